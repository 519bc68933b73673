"""Doorbells of the channels and of the fan-out; sweeps in case nobody rang."""

import logging
from typing import Any

from celery import shared_task

from notifications.channels.base import TemporaryFailure
from notifications.deliveries import fan_out as fan_outs
from notifications.deliveries import maintenance, send
from notifications.endpoints import browsers
from notifications.history import audit as audits
from socialapp.messaging.tasks import DATABASE_AWAY, with_database

logger = logging.getLogger(__name__)


@shared_task(
    # Hiccups of up to a minute. What lasts longer, and a retry that gets lost, is in the delivery's next_attempt_at.
    autoretry_for=(TemporaryFailure, *DATABASE_AWAY),
    retry_backoff=2,
    retry_backoff_max=30,
    retry_jitter=True,
    max_retries=5,
)
def deliver(*, queue: str, **_later: Any) -> None:
    """Somebody rang for the channel of this queue: send what is due."""
    with with_database():
        failure = send.deliver(queue)
    if failure:
        raise failure


@shared_task(autoretry_for=DATABASE_AWAY, retry_backoff=1, retry_backoff_max=30, retry_jitter=True, max_retries=8)
def fan_out(**_later: Any) -> None:
    """Somebody posted whose bell is on somewhere: a chunk of each job in turn."""
    with with_database():
        fan_outs.run()


@shared_task
def sweep(**_later: Any) -> None:
    """Beat's: ring for what is due and nobody rang for."""
    with with_database():
        maintenance.wake_workers_for_what_is_due()


@shared_task
def audit(**_later: Any) -> None:
    """Beat's: hold all inboxes and deliveries against the truth, for the admin's page."""
    with with_database():
        found = audits.run()
    if not found.is_well:
        logger.error("The audit found something lost, doubled or made up: %s", found.findings)


@shared_task
def purge(**_later: Any) -> None:
    """Beat's: finished deliveries go after a while; endpoints that failed too long are disabled."""
    with with_database():
        browsers.remove_logged_out()
        maintenance.purge()
