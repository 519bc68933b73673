"""Doorbells: `drain` when somebody rang, `sweep` every second in case nobody did."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import shared_task
from django.db import InterfaceError, InternalError, OperationalError, close_old_connections

from socialapp.messaging import drain as drains

# The database is away, or ended the session because this process hung.
DATABASE_AWAY = (OperationalError, InterfaceError, InternalError)


@shared_task(
    autoretry_for=DATABASE_AWAY,
    retry_backoff=1,
    retry_backoff_max=30,
    retry_jitter=True,
    max_retries=8,
)
def drain(**_later: Any) -> None:
    """Somebody rang: handle what waits. A retry that gets lost is made good by the sweep."""
    with with_database():
        drains.drain()


@shared_task
def sweep(**_later: Any) -> None:
    """Beat's: handle what a lost ring left behind. Not retried; the next one is a second away."""
    with with_database():
        drains.sweep()


@contextmanager
def with_database() -> Iterator[None]:
    """A connection that was alive when the task began; one that broke in it is not kept for the next."""
    close_old_connections()
    try:
        yield
    except DATABASE_AWAY:
        close_old_connections()
        raise
