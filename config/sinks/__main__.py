"""`python -m config.sinks`: the sinks, until a signal. `bin/up` starts it where no mail server is named."""

import argparse
import asyncio
import signal

from config.sinks.mail import KEPT
from config.sinks.server import Sinks


async def main() -> None:
    """Both ports, on loopback only: what lies here is people's mail."""
    parser = argparse.ArgumentParser(prog="python -m config.sinks", description=__doc__)
    parser.add_argument("--http-port", type=int, default=8025)
    parser.add_argument("--smtp-port", type=int, default=8026)
    parser.add_argument("--origin", default="", help="how push services are reached, when that is through a proxy")
    parser.add_argument("--keep", type=int, default=KEPT, help="how many mails are kept")
    chosen = parser.parse_args()
    sinks = Sinks(origin=chosen.origin, kept_mails=chosen.keep)
    await sinks.start(chosen.http_port, chosen.smtp_port)
    print(f"The sinks are open: {sinks.url}", flush=True)
    done = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, done.set)
    await done.wait()
    await sinks.stop()


asyncio.run(main())
