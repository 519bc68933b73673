"""The Celery task that purges deleted posts and old versions."""

from typing import Any

from celery import shared_task
from django.db import close_old_connections

from socialapp.posts import operations


@shared_task
def purge(**_later: Any) -> None:
    """Remove posts that were deleted long ago, and texts that were replaced long ago, for good. Beat enqueues it."""
    close_old_connections()
    while operations.purge_posts() or operations.purge_versions():
        pass
