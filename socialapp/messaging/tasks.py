"""Celery tasks: `consume` when workers are woken, `sweep` every second in case a wake-up was lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import shared_task
from django.db import InterfaceError, InternalError, OperationalError, close_old_connections

from socialapp.messaging import consumer

# The database is away, or ended the session because this process hung.
DATABASE_AWAY = (OperationalError, InterfaceError, InternalError)


@shared_task(
    autoretry_for=DATABASE_AWAY,
    retry_backoff=1,
    retry_backoff_max=30,
    retry_jitter=True,
    max_retries=8,
)
def consume(**_later: Any) -> None:
    """Handle waiting messages. The sweep makes up for a retry that is lost."""
    with with_database():
        consumer.consume()


@shared_task
def sweep(**_later: Any) -> None:
    """Handle messages whose wake-up was lost. Beat enqueues it; not retried, as the next one is a second away."""
    with with_database():
        consumer.sweep()


@contextmanager
def with_database() -> Iterator[None]:
    """Run a task with a connection that works at its beginning; one that breaks is not kept for the next task."""
    close_old_connections()
    try:
        yield
    except DATABASE_AWAY:
        close_old_connections()
        raise
