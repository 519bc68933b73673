"""The floor: its own web on the product's tables, and the product's worker behind it."""

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.systems.product import SEED, Socialapp
from benchmarks.systems.sandbox import Yardstick, yard
from benchmarks.systems.system import Request
from benchmarks.systems.warm import warm_up
from bin.runtime.processes import WEB_PROCESSES, WORKERS
from bin.runtime.supervisor import Program
from bin.runtime.up import programs
from socialapp.web import WEB_THREADS

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
        for program in _workers(workers or WORKERS):
            place.supervisor.start(program)
        warm_up(stack)
        yield stack


def _workers(number: int) -> list[Program]:
    """Those of messages, as `bin/up` starts them."""
    chosen = Namespace(host="127.0.0.1", port=0, live_port=0, workers=number)
    return [program for program in programs(chosen) if any(word.startswith("messages") for word in program.command)]
