"""The options of `bin/up` and `bin/run`. Of the standard library alone: they are read before anything is installed."""

import argparse
import sys
from pathlib import Path

# What `bin/run` knows.
PROCESSES = {
    "web": "pages and the API",
    "live": "the streams of open browsers",
    "worker": "messages, fan-outs and housekeeping",
    "email": "mail alone",
    "push": "push messages alone",
    "webhook": "webhooks alone",
    "pictures": "pictures alone",
    "takeout": "exports and imports alone",
    "outside": "email, push, webhook, pictures and takeout in one",
    "beat": "starts what is periodic; one in all is enough",
    "prepare": "migrates the database and collects static files, then ends",
}
_LISTEN_ON = "address to listen on (0.0.0.0: every one of this machine)"


def up(typed: list[str] | None = None) -> argparse.Namespace:
    """As typed: None for what depends on the environment, and was left open. Ends the process with what is wrong."""
    parser = argparse.ArgumentParser(prog="bin/up", description="Start socialapp: servers, web, workers and beat.")
    parser.add_argument("--host", default="127.0.0.1", help=_LISTEN_ON)
    parser.add_argument("--port", type=int, default=8000, help="port of the pages and the API")
    parser.add_argument("--live-port", type=int, help="port of the live streams (the next one, or any that is free)")
    parser.add_argument("--data", type=Path, help="folder of data, logs, mail (or SOCIALAPP_DATA)")
    parser.add_argument(
        "--demo",
        action=argparse.BooleanOptionalAction,
        help="make demo people where there are none yet (default: only in a database of our own)",
    )
    parser.add_argument(
        "--fakes",
        action=argparse.BooleanOptionalAction,
        help="a page that shows the mails, where no mail server is named (default: only with --host 127.0.0.1)",
    )
    parser.add_argument("--user", help="for root: the user that PostgreSQL runs as (default: one of its own)")
    parser.add_argument("--workers", type=int, help="processes that notify, of two threads each (one for two cores)")
    chosen = parser.parse_args(typed)
    _check(parser, chosen, port=65_535, live_port=65_535, workers=1_000)
    return chosen


def run(typed: list[str] | None = None) -> argparse.Namespace:
    """As typed: `process`, and the options that it has. Ends the process with what is wrong."""
    parser = argparse.ArgumentParser(
        prog="bin/run",
        description="Run one process of socialapp in the foreground, on the servers that the environment names, else "
        "on those of the last bin/up.",
    )
    commands = parser.add_subparsers(dest="process", required=True, metavar="PROCESS")
    parsers = {name: commands.add_parser(name, help=does, description=does) for name, does in PROCESSES.items()}
    for name, port in {"web": 8000, "live": 8001}.items():
        parsers[name].add_argument("--host", default="127.0.0.1", help=_LISTEN_ON)
        parsers[name].add_argument("--port", type=int, default=port, help=f"port to listen on ({port})")
    parsers["web"].add_argument("--processes", type=int, help="processes (one for two cores, 2 to 8)")
    parsers["worker"].add_argument("--threads", type=int, help="messages that are handled at once (2)")
    chosen = parser.parse_args(typed)
    _check(parsers[chosen.process], chosen, port=65_535, processes=1_000, threads=1_000)
    return chosen


def _check(parser: argparse.ArgumentParser, chosen: argparse.Namespace, **most: int) -> None:
    """End the process where a number is out of its bounds."""
    for name, highest in most.items():
        value = getattr(chosen, name, None)
        if value is not None and not 0 < value <= highest:
            parser.error(f"--{name.replace('_', '-')} must be between 1 and {highest}")


if __name__ == "__main__":
    {"up": up, "run": run}[sys.argv[1]](sys.argv[2:])
