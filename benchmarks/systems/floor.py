"""The floor: its own web on the product's tables, and the product's worker behind it."""

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.systems.product import SEED, Socialapp
from benchmarks.systems.sandbox import Yardstick, yard
from benchmarks.systems.system import Request
from benchmarks.systems.warm import warm_up
from bin.runtime.options import CORES
from bin.runtime.up import WEB_PROCESSES
from socialapp.web.slow_bodies import WEB_THREADS

FLOOR = "benchmarks.baselines.floor"


class Floor(Yardstick):
    """Asked as the product is."""

    PEOPLE_AND_POSTS = Socialapp.PEOPLE_AND_POSTS
    INBOX_ROWS = Socialapp.INBOX_ROWS
    LATENCIES = Socialapp.LATENCIES

    def like(self, person: int, post: int) -> Request:
        return Request("PUT", f"/api/social/v1/posts/{post}/like/", {"Authorization": f"Bearer sa_{person}"})


@contextmanager
def floor(*, workers: int | None = None) -> Iterator[Floor]:
    """Warm. No beat and no other workers: what they do in the background is not in the floor."""
    with yard() as place:
        stack = Floor("floor", place)
        place.migrate("config.settings")
        stack.ask(SEED)
        stack.ask("VACUUM ANALYZE")
        stack.read_people()
        stack.start_web(
            *("granian", "--interface", "wsgi", "--no-ws", "--host", "127.0.0.1", "--port", str(stack.port)),
            *("--workers", str(WEB_PROCESSES), "--blocking-threads", str(WEB_THREADS), f"{FLOOR}.wsgi:application"),
        )
        place.start(
            "worker",
            *("celery", "-A", "config", "worker", "--queues", "messages"),
            *("--concurrency", str(workers or max(2, CORES))),
            *("--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"),
        )
        warm_up(stack)
        yield stack
