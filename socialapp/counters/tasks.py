"""Doorbell of the roll-up."""

from typing import Any

from celery import shared_task
from django.db import close_old_connections

from socialapp.counters import operations


@shared_task
def roll_up(**_later: Any) -> None:
    """Beat's, every few seconds: until less than a batch was left."""
    close_old_connections()
    while operations.roll_up() == operations.ROLL_UP_BATCH:
        pass
