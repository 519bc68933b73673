"""Queues that share a worker: each has threads of its own, and what comes while all are taken is not forgotten."""

import argparse
import time
from contextlib import ExitStack

import pytest
from django.conf import settings

from bin.runtime.up import programs
from config.celery import app
from notifications.models import Delivery
from notifications.tasks import deliver
from socialapp import broker
from socialapp.messaging import dispatch
from socialapp.messaging.tasks import Limit, thread_of
from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.notifications.activities import comment
from tests.notifications.fakes import Other

PATIENCE_S = 5.0


@pytest.fixture
def nothing_enqueued() -> None:
    """In the queues of these tests. By a patient client: the product's gives up after a quarter of a second."""
    with broker.client(settings.REDIS_URL, socket_timeout=30) as client:
        for name in settings.QUEUE_TASKS:
            client.delete(name, dispatch.KEY.format(queue=name))


def enqueued(queue: str) -> int:
    return dispatch.queue_statuses([queue])[queue][0]


def test_a_task_beyond_the_threads_of_its_queue_is_refused_and_other_queues_have_theirs() -> None:
    push, webhook = Limit("push", 2), Limit("webhook", 1)
    with push.thread() as ada, push.thread() as bob, push.thread() as charlie, webhook.thread() as other:
        assert (ada, bob, charlie, other) == (True, True, False, True)


def test_a_thread_is_free_again_after_a_failure() -> None:
    limit = Limit("push", 1)
    with pytest.raises(ZeroDivisionError), limit.thread():
        _ = 1 / 0
    with limit.thread() as is_free:
        assert is_free


def test_the_first_to_end_after_a_task_was_refused_wakes_workers_again(nothing_enqueued: None) -> None:
    limit = Limit("push", 1)
    dispatch.wake_workers_now("push")
    with limit.thread():
        with limit.thread():
            pass
        dispatch.wake_workers_now("push")
        assert enqueued("push") == 1, "a refused task acknowledges nothing"
    until = time.monotonic() + PATIENCE_S
    while enqueued("push") < 2 and time.monotonic() < until:
        time.sleep(0.01)
    assert enqueued("push") == 2


def test_nobody_is_woken_where_no_task_was_refused(nothing_enqueued: None) -> None:
    limit = Limit("push", 1)
    with limit.thread():
        pass
    with limit.thread():
        pass
    time.sleep(10 * dispatch.PAUSE_S)
    assert enqueued("push") == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["email", "push", "webhook"])
def test_a_channel_whose_threads_are_all_taken_sends_later(
    name: str, other: Other, ada: Person, bob: Person, post: Post
) -> None:
    other.endpoint_of(ada, name)
    comment(bob, post)
    Delivery.objects.update(next_attempt_at=post.created_at)
    with ExitStack() as threads:
        for _ in range(settings.QUEUE_THREADS[name]):
            assert threads.enter_context(thread_of(name))
        deliver(queue=name)
        assert other.told(ada, name) == 0
    deliver(queue=name)
    assert other.told(ada, name) == 1


def test_bin_up_serves_each_queue_and_has_a_thread_for_each_task_that_may_run_at_once() -> None:
    started = programs(argparse.Namespace(host="127.0.0.1", port=8000, live_port=8001, workers=3))
    served: dict[str, tuple[int, str]] = {}
    for program in started:
        if "--queues" in program.command:
            queues, threads = (program.command[program.command.index(o) + 1] for o in ("--queues", "--concurrency"))
            served[queues] = (served.get(queues, (0, ""))[0] + 1, threads)
    assert served == {
        "messages,housekeeping,fanout": (3, "2"),
        "email,push,webhook,pictures,heavy-pictures,takeout": (1, str(sum(settings.QUEUE_THREADS.values()))),
    }
    periodic = {entry["options"]["queue"] for entry in app.conf.beat_schedule.values()}
    assert {*settings.QUEUE_TASKS, *periodic} == set(",".join(served).split(","))
