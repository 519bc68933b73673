"""Celery's entry points, which beat enqueues."""

from typing import Any

from celery import shared_task
from django.db import close_old_connections

from socialapp.moderation.operations.acts import lift_ended_suspensions
from socialapp.moderation.operations.retention import purge_evidence


@shared_task
def lift(**_later: Any) -> None:
    """Lift suspensions whose end is past."""
    close_old_connections()
    while lift_ended_suspensions():
        pass


@shared_task
def purge(**_later: Any) -> None:
    """Remove evidence of cases that were closed long ago."""
    close_old_connections()
    while purge_evidence():
        pass
