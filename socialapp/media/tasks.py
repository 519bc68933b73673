"""Celery tasks for pictures: `prepare` when workers are woken, `sweep` for lost wake-ups, and `tidy`."""

from typing import Any

from celery import shared_task

from socialapp.media import cleanup, processing
from socialapp.media.operations import QUEUE
from socialapp.messaging.tasks import DATABASE_AWAY, with_database


@shared_task(
    # Hiccups of up to a minute. What lasts longer, and a retry that gets lost, is in the picture's due_at.
    autoretry_for=(*processing.HICCUPS, *DATABASE_AWAY),
    retry_backoff=2,
    retry_backoff_max=30,
    retry_jitter=True,
    max_retries=5,
)
def prepare(*, queue: str = QUEUE, **_later: Any) -> None:
    """Prepare what waits in the queue."""
    with with_database():
        hiccup = processing.prepare(queue)
    if hiccup:
        raise hiccup


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
