"""Celery tasks of channels and fan-outs, the sweep for lost wake-ups, and periodic work."""

import logging
from typing import Any

from celery import shared_task

from notifications.deliveries import fan_out as fan_outs
from notifications.deliveries import maintenance, send
from notifications.endpoints import browsers
from notifications.history import audit as audits
from socialapp.messaging import dispatch
from socialapp.messaging.tasks import AGAIN, DATABASE_AWAY, PAUSE_S, thread_of, with_database

logger = logging.getLogger(__name__)


@shared_task(autoretry_for=DATABASE_AWAY, max_retries=AGAIN, default_retry_delay=PAUSE_S)
def deliver(*, queue: str, **_later: Any) -> None:
    """Send what is due by the channel of this queue. What fails for now is due again at its next_attempt_at."""
    with thread_of(queue) as is_free, with_database():
        if is_free:
            send.deliver(queue)


@shared_task(autoretry_for=DATABASE_AWAY, max_retries=AGAIN, default_retry_delay=PAUSE_S)
def fan_out(**_later: Any) -> None:
    """Work on running fan-outs, a chunk of each in turn."""
    with with_database():
        fan_outs.run()


@shared_task
def sweep(**_later: Any) -> None:
    """Wake workers for what is due although its wake-up was lost. Beat enqueues it."""
    dispatch.heartbeat("housekeeping")
    with with_database():
        maintenance.wake_workers_for_what_is_due()


@shared_task
def audit(**_later: Any) -> None:
    """Compare all inboxes and deliveries with the facts, for the admin's page. Beat enqueues it."""
    with with_database():
        found = audits.run()
        if not found.is_well:
            logger.error("The audit found something lost, doubled or made up: %s", found.findings)
            logger.error("Some of it: %s", audits.examples())


@shared_task
def purge(**_later: Any) -> None:
    """Remove old deliveries and endpoints of ended sessions; disable failing endpoints. Beat enqueues it."""
    with with_database():
        browsers.remove_logged_out()
        maintenance.purge()
