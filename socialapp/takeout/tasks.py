"""Celery tasks: `work` when workers are woken, `sweep` for lost wake-ups and for exports that have expired."""

import time
from typing import Any

from celery import shared_task

from socialapp.follows import moves
from socialapp.messaging import dispatch
from socialapp.messaging.tasks import AGAIN, DATABASE_AWAY, PAUSE_S, thread_of, with_database
from socialapp.takeout import exports, imports, operations
from socialapp.takeout.operations import QUEUE

# After this time each of these makes room for others, and wakes workers for the rest.
TURN_S = 10.0
JOBS = (imports, moves, exports)


@shared_task(autoretry_for=DATABASE_AWAY, max_retries=AGAIN, default_retry_delay=PAUSE_S)
def work(**_later: Any) -> None:
    """Do lines of imports, move followers, and make parts of exports, as they are due."""
    with thread_of(QUEUE) as is_free, with_database():
        if is_free:
            dispatch.acknowledge(QUEUE)
            if any([each.work(time.monotonic() + TURN_S) for each in JOBS]):  # noqa: C419  each gets its turn
                dispatch.wake_workers(QUEUE)


@shared_task
def sweep(**_later: Any) -> None:
    """Wake workers for what waits, announce what is ready and was not, remove what has ended. Beat enqueues it."""
    with with_database():
        operations.tidy()
        imports.tidy()
        exports.announce_late()
        if any(each.is_due() for each in JOBS):
            dispatch.wake_workers(QUEUE)
