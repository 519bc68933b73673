"""Each system under test takes likes and brings them to inboxes, and a bench can see what it needs to."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

import pytest

from benchmarks.systems.floor import floor
from benchmarks.systems.product import Socialapp, socialapp
from benchmarks.systems.system import Stack
from benchmarks.systems.textbook import synchronous, textbook
from benchmarks.systems.warm import send, wait_for_inbox_rows, wait_until

LIKES = 50
STACKS: dict[str, tuple[Callable[[], AbstractContextManager[Stack]], set[str]]] = {
    "socialapp": (socialapp, {"web", "worker", "live", "beat", "fakes", "supervisor"}),
    "textbook": (partial(textbook, kept=False), {"web", "worker"}),
    "textbook, connections kept": (partial(textbook, kept=True), {"web", "worker"}),
    "synchronous": (partial(synchronous, answers_after_s=0.005), {"web", "service"}),
    "floor": (floor, {"web", "worker"}),
}

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", STACKS)
def test_50_likes_are_50_rows_in_inboxes(name: str) -> None:
    start, programs = STACKS[name]
    with start() as stack:
        assert stack.name == name
        before, since = stack.inbox_rows(), time.time()
        send(stack.url, stack.likes(LIKES))
        wait_for_inbox_rows(stack, before + LIKES)
        assert stack.inbox_rows() == before + LIKES
        latencies = stack.latencies(since)
        assert len(latencies) == LIKES
        assert all(0 < seconds < 60 for seconds in latencies)
        running = stack.processes()
        assert set(running) == programs | {"postgres", "redis"}
        assert all(running.values())
        assert len(running["web"]) > 2  # gunicorn's and granian's processes, below the one that was started
        assert stack.broker_process_id in running["redis"]


def test_everything_is_accepted_while_the_broker_is_away_and_told_once_it_is_back() -> None:
    with socialapp(loud=5) as stack:
        before = stack.inbox_rows()
        with stack.broker_frozen():
            send(stack.url, stack.likes(LIKES))
        with stack.broker_stopped():
            send(stack.url, stack.likes(LIKES))
        wait_for_inbox_rows(stack, before + 2 * LIKES)
        assert stack.inbox_rows() == before + 2 * LIKES


def test_channels_really_send_and_answer_as_they_are_told() -> None:
    with socialapp(loud=5) as stack:
        stack.channels_answer("hang 0.3")
        authors = min(posts_of_the_loud(stack))
        send(stack.url, [stack.like(person, authors) for person in stack.people[:LIKES]])
        wait_until(lambda: len(took_of(stack)) >= 2)
        assert all(took >= 300 for took in took_of(stack))


def posts_of_the_loud(stack: Socialapp) -> list[int]:
    """Posts of those who hear by webhook and push."""
    return [
        post for (post,) in stack.ask("SELECT id FROM posts_post WHERE author_id IN (SELECT person_id FROM "
        "notifications_endpoint)")
    ]  # fmt: skip


def took_of(stack: Socialapp) -> list[int]:
    """Milliseconds of what was sent."""
    return [took for (took,) in stack.ask("SELECT took_ms FROM notifications_attempt WHERE outcome = 'sent'")]
