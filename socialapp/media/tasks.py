"""Celery tasks for pictures: `prepare` when workers are woken, `sweep` for lost wake-ups, and `tidy`."""

from typing import Any

from celery import shared_task

from socialapp.media import cleanup, processing
from socialapp.media.operations import QUEUE
from socialapp.messaging.tasks import AGAIN, DATABASE_AWAY, PAUSE_S, thread_of, with_database


@shared_task(autoretry_for=DATABASE_AWAY, max_retries=AGAIN, default_retry_delay=PAUSE_S)
def prepare(*, queue: str = QUEUE, **_later: Any) -> None:
    """Prepare what waits in the queue. What could not be prepared now is due again at its due_at."""
    with thread_of(queue) as is_free, with_database():
        if is_free:
            processing.prepare(queue)


@shared_task
def sweep(**_later: Any) -> None:
    """Wake workers for what waits although its wake-up was lost. Beat enqueues it."""
    with with_database():
        cleanup.wake_workers_for_what_is_due()


@shared_task
def tidy(**_later: Any) -> None:
    """Move and remove files that are not where they should be. Beat enqueues it."""
    with with_database():
        cleanup.tidy()
