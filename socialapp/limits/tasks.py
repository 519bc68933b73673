"""The Celery task that forgets what is allowed for again."""

from typing import Any

from celery import shared_task
from django.db import close_old_connections

from socialapp.limits import operations


@shared_task
def forget(**_later: Any) -> None:
    """Remove rows that say nothing any more. Beat enqueues it every hour."""
    close_old_connections()
    operations.forget()
