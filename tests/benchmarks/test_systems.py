"""Each system under test takes likes and brings them to inboxes, and a bench can see what it needs to."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial

import pytest

from benchmarks.database.truth import wait_until_empty
from benchmarks.systems.floor import floor
from benchmarks.systems.product import Socialapp, socialapp
from benchmarks.systems.system import Stack
from benchmarks.systems.textbook import synchronous, textbook
from benchmarks.systems.warm import send, wait_for_inbox_rows, wait_until

LIKES = 50
STACKS: dict[str, tuple[Callable[[], AbstractContextManager[Stack]], set[str]]] = {
    "textbook": (partial(textbook, kept=False), {"web", "worker"}),
    "textbook, connections kept": (partial(textbook, kept=True), {"web", "worker"}),
    "synchronous": (partial(synchronous, answers_after_s=0.005), {"web", "service"}),
    "floor": (floor, {"web", "worker"}),
}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ours() -> Iterator[Socialapp]:
    """The product, of which five people hear by webhook and push."""
    with socialapp(loud=5) as stack:
        yield stack


@pytest.mark.parametrize("name", ["socialapp", *STACKS])
def test_50_likes_are_50_rows_in_inboxes(name: str, request: pytest.FixtureRequest) -> None:
    if name == "socialapp":
        started: AbstractContextManager[Stack] = nullcontext(request.getfixturevalue("ours"))
        programs = {"web", "worker", "live", "beat", "fakes", "supervisor"}
    else:
        start, programs = STACKS[name]
        started = start()
    with started as stack:
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


def test_everything_is_accepted_while_the_broker_is_away_and_delivered_once_it_is_back(ours: Socialapp) -> None:
    before = ours.inbox_rows()
    with ours.broker_frozen():
        send(ours.url, ours.likes(LIKES))
    with ours.broker_stopped():
        send(ours.url, ours.likes(LIKES))
    wait_for_inbox_rows(ours, before + 2 * LIKES)
    assert ours.inbox_rows() == before + 2 * LIKES


def test_channels_really_send_and_answer_as_they_are_told(ours: Socialapp) -> None:
    ours.channels_answer("hang 0.3")
    authors = min(posts_of_the_loud(ours))
    send(ours.url, [ours.like(person, authors) for person in ours.people[:LIKES]])
    # No post of theirs was liked before.
    wait_until(lambda: len(took_ms(ours)) >= 2)
    assert all(took >= 300 for took in took_ms(ours))
    ours.channels_answer("ok")
    wait_until_empty(ours)  # another test counts the rows in inboxes


def posts_of_the_loud(stack: Socialapp) -> list[int]:
    """Posts of those who hear by webhook and push."""
    return [
        post for (post,) in stack.ask("SELECT id FROM posts_post WHERE author_id IN (SELECT person_id FROM "
        "notifications_endpoint)")
    ]  # fmt: skip


def took_ms(stack: Socialapp) -> list[int]:
    """Milliseconds that each delivery took."""
    return [took for (took,) in stack.ask("SELECT took_ms FROM notifications_attempt WHERE outcome = 'sent'")]
