"""The Celery task that removes expired sessions."""

from typing import Any

from celery import shared_task
from django.contrib.sessions.models import Session
from django.db import close_old_connections
from django.utils import timezone


@shared_task
def clear_sessions(**_later: Any) -> None:
    """Delete expired sessions. Beat enqueues it nightly."""
    close_old_connections()
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
