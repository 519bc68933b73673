"""`python -m config.sinks`: the sinks, until a signal. `bin/up` starts it where no mail server is named."""

import argparse
import asyncio
import signal

from config.sinks.server import Sinks


async def main() -> None:
    """Both ports, on loopback only: what lies here is people's mail."""
    parser = argparse.ArgumentParser(prog="python -m config.sinks", description=__doc__)
    parser.add_argument("--http-port", type=int, default=8025)
    parser.add_argument("--smtp-port", type=int, default=8026)
    chosen = parser.parse_args()
    sinks = Sinks()
    await sinks.start(chosen.http_port, chosen.smtp_port)
    print(f"The sinks are open: {sinks.url}", flush=True)
    done = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, done.set)
    await done.wait()
    await sinks.stop()


asyncio.run(main())
