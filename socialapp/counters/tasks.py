"""The Celery task that rolls up counters."""

from typing import Any

from celery import shared_task
from django.db import close_old_connections

from socialapp.counters import operations


@shared_task
def roll_up(**_later: Any) -> None:
    """Roll up until less than a batch is left. Beat enqueues it every few seconds."""
    close_old_connections()
    while operations.roll_up() == operations.ROLL_UP_BATCH:
        pass
