"""`python -m bin.fakes`: the fakes, until a signal. `bin/up` starts it where no mail server is named."""

import argparse
import asyncio
import signal
from urllib.parse import urlsplit

from bin.fakes.mail import KEPT
from bin.fakes.server import Fakes
from config.env import env


async def main() -> None:
    """Both ports, on loopback only: what lies here is people's mail."""
    parser = argparse.ArgumentParser(prog="python -m bin.fakes", description=__doc__)
    parser.add_argument("--http-port", type=int, default=8025)
    parser.add_argument("--smtp-port", type=int, default=8026)
    parser.add_argument("--origin", default="", help="how push services are reached, when that is through a proxy")
    parser.add_argument("--keep", type=int, default=KEPT, help="how many mails are kept")
    # Not as an option: each user of the machine can read the options of a process.
    parser.add_argument("--closed", action="store_true", help="only below the secret that bin/up wrote down")
    chosen = parser.parse_args()
    door = urlsplit(env.fakes_url or "").path.strip("/") if chosen.closed else ""
    fakes = Fakes(origin=chosen.origin, kept_mails=chosen.keep, door=door)
    await fakes.start(chosen.http_port, chosen.smtp_port)
    print("The fakes are open.", flush=True)
    done = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, done.set)
    await done.wait()
    await fakes.stop()


asyncio.run(main())
