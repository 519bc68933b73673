"""The processes of the product, and the command of each: `bin/run` becomes one of them, `bin/up` starts them all."""

import argparse
import sys

from config.channels import CHANNELS, CORES, QUEUE_THREADS
from config.env import CHECKOUT
from socialapp.web import WEB_THREADS

WEB_PROCESSES = min(max(2, CORES // 2), 8)
WORKERS = max(1, CORES // 2)
WORKER_THREADS = 2
# The workers, and the queues that each serves.
QUEUES = {
    "worker": ["messages", "housekeeping", "fanout"],
    **{channel: [channel] for channel in CHANNELS},
    "pictures": ["pictures", "heavy-pictures"],
    "takeout": ["takeout"],
    "outside": [*QUEUE_THREADS],
}
BEAT = [sys.executable, "-m", "config.beat"]
PREPARE = [sys.executable, str(CHECKOUT / "manage.py"), "prepare"]


def command_of(chosen: argparse.Namespace) -> list[str]:
    """The command of the process that the options of `bin/run` name."""
    match chosen.process:
        case "web":
            return web(chosen.host, chosen.port, chosen.processes or WEB_PROCESSES)
        case "live":
            return live(chosen.host, chosen.port)
        case "worker":
            return worker("worker", chosen.threads or WORKER_THREADS)
        case "beat":
            return BEAT
        case "prepare":
            return PREPARE
        case name:
            return worker(name)


def web(host: str, port: int, processes: int = WEB_PROCESSES) -> list[str]:
    """Pages and the API."""
    return [
        *(sys.executable, "-m", "config.web", "--interface", "wsgi", "--no-ws"),
        *("--host", host, "--port", str(port)),
        *("--workers", str(processes), "--blocking-threads", str(WEB_THREADS), "--respawn-failed-workers"),
        # A thread that ends takes its connection to PostgreSQL along, and all that this one had planned.
        *("--blocking-threads-idle-timeout", "600"),
        "config.wsgi:application",
    ]


def live(host: str, port: int) -> list[str]:
    """The streams of open browsers."""
    return [sys.executable, "-m", "config.live", "--host", host, "--port", str(port)]


def worker(name: str, threads: int | None = None) -> list[str]:
    """A Celery worker of threads: they wait for PostgreSQL and for others most of the time.

    By default it has a thread for each task of its queues that may run at once.
    """
    queues = QUEUES[name]
    threads = threads or sum(QUEUE_THREADS.get(queue, 0) for queue in queues) or WORKER_THREADS
    return [
        *(sys.executable, "-m", "celery", "--quiet", "-A", "config", "worker", "--queues", ",".join(queues)),
        *("--pool", "threads", "--concurrency", str(threads), "--loglevel", "INFO"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]
