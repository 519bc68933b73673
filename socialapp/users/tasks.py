"""The Celery tasks that remove what has ended: sessions, tokens and accounts that were left."""

from typing import Any

from celery import shared_task
from django.db import close_old_connections

from socialapp.users.departures import end_departures
from socialapp.users.log_ins import clear_expired
from socialapp.users.operations import revoke_ended_tokens


@shared_task
def clear_sessions(**_later: Any) -> None:
    """Delete expired sessions. Beat enqueues it."""
    close_old_connections()
    clear_expired()


@shared_task
def end_tokens(**_later: Any) -> None:
    """Revoke tokens whose time is over. Beat enqueues it."""
    close_old_connections()
    revoke_ended_tokens()


@shared_task
def end_left_accounts(**_later: Any) -> None:
    """Delete the accounts that were left long ago. Beat enqueues it."""
    close_old_connections()
    end_departures()
