"""Doorbell of the purge."""

from typing import Any

from celery import shared_task
from django.db import close_old_connections

from socialapp.posts import operations


@shared_task
def purge(**_later: Any) -> None:
    """Beat's: posts deleted long ago go for good."""
    close_old_connections()
    while operations.purge_posts():
        pass
