"""The options of `bin/up`. Of the standard library alone: they are read, and shown, before anything is installed."""

import argparse
import os
from pathlib import Path

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2


def options() -> argparse.Namespace:
    """As typed: None for what depends on the environment, and was left open. Ends the process with what is wrong."""
    parser = argparse.ArgumentParser(prog="bin/up", description="Start socialapp: servers, web, workers and beat.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (0.0.0.0: every one of this machine)")
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
    parser.add_argument("--workers", type=int, default=max(2, CORES), help="processes that deliver notifications")
    chosen = parser.parse_args()
    if not 0 < chosen.port < 65_536:
        parser.error("--port must be between 1 and 65535")
    if chosen.live_port is not None and not 0 < chosen.live_port < 65_536:
        parser.error("--live-port must be between 1 and 65535")
    if not 0 < chosen.workers <= 1_000:
        parser.error("--workers must be between 1 and 1000")
    return chosen


if __name__ == "__main__":
    options()
