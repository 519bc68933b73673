"""Doorbell of the pictures that wait; a sweep in case nobody rang; and tidying."""

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
    """Somebody rang: prepare what waits in the queue."""
    with with_database():
        hiccup = processing.prepare(queue)
    if hiccup:
        raise hiccup


@shared_task
def sweep(**_later: Any) -> None:
    """Beat's: ring for what waits and nobody rang for."""
    with with_database():
        cleanup.wake_workers_for_what_is_due()


@shared_task
def tidy(**_later: Any) -> None:
    """Beat's: files that nothing needs go."""
    with with_database():
        cleanup.tidy()
