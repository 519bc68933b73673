"""Sends due deliveries: lease, recheck, render, send, outcome. Each step is committed by itself.

If a worker dies between two steps, the delivery is due again when its lease ends:
- after the lease: sent then, once;
- after the send, before its outcome: sent twice, under the same id (Message-ID, Topic, webhook-id);
- after the outcome: nothing is left to do.
"""

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

from psycopg2 import errorcodes

from notifications.channels import channel as channel_named
from notifications.channels.base import Channel, PermanentFailure, Receipt, TemporaryFailure
from notifications.deliveries import outcome
from notifications.deliveries.lease import Batch, claim
from notifications.deliveries.recheck import CheckedDelivery, hold_until, recheck
from notifications.deliveries.render import render
from notifications.deliveries.sql.lease import SUPERSEDED
from notifications.models import Reason
from socialapp.messaging import dispatch
from socialapp.messaging.tasks import DATABASE_AWAY
from socialapp.web.request_ids import working_for

logger = logging.getLogger(__name__)

# After this time a task makes room for others, and wakes workers for the rest.
LONG_ENOUGH_S = 20.0


def deliver(name: str) -> TemporaryFailure | None:
    """Send the due deliveries of this channel. Returns the last temporary failure, if there was one."""
    channel = channel_named(name)
    dispatch.acknowledge(name)
    started, failed = time.monotonic(), None
    while True:
        batches, more = claim(channel)
        if more:
            # Another can help.
            dispatch.wake_workers(name)
        for batch in batches:
            failed = send(channel, batch) or failed
        if not batches and not more:
            return failed
        if time.monotonic() - started > LONG_ENOUGH_S:
            dispatch.wake_workers(name)
            return failed


def send(channel: Channel, batch: Batch) -> TemporaryFailure | None:
    """Send one batch and record the result. Raises only when the database is away."""
    learned, wanted = False, []
    try:
        wanted = _sift(channel, batch)
        if not wanted:
            return None
        with working_for(wanted[0].request_id):
            tried, failure = _try(channel, batch, wanted)
            learned = True
            _record(channel, batch, tried, failure)
            _log(channel, tried, failure)
    except Exception as error:  # a defect of ours must not be tried without end, nor hold up others
        _raise_if_away(error)
        with working_for(wanted[0].request_id if wanted else ""):
            logger.exception("Batch %d of %s failed.", batch.id, channel.name)
        _broke(batch, error, apart=not learned)
        learned = False
        return None
    finally:
        if batch.probe and not learned:
            with suppress(*DATABASE_AWAY):
                outcome.freed(batch.probe)
    return failure if isinstance(failure, TemporaryFailure) else None


def _try(
    channel: Channel, batch: Batch, wanted: Sequence[CheckedDelivery]
) -> tuple[outcome.Result, TemporaryFailure | PermanentFailure | None]:
    """Render and send; return the result. Raises what is a defect of ours."""
    started = time.monotonic()
    receipt, failure = Receipt(), None
    try:
        receipt = channel.send(render(batch, wanted))
    except (TemporaryFailure, PermanentFailure) as error:
        receipt, failure = error.receipt, error
    return outcome.Result(wanted, receipt, int((time.monotonic() - started) * 1_000)), failure


def _record(
    channel: Channel,
    batch: Batch,
    tried: outcome.Result,
    failure: TemporaryFailure | PermanentFailure | None,
) -> None:
    if failure is None:
        outcome.sent(batch, tried)
    elif isinstance(failure, PermanentFailure):
        outcome.failed_for_good(batch, tried, failure)
    else:
        outcome.failed_for_now(channel, batch, tried, failure)


def _log(channel: Channel, tried: outcome.Result, failure: TemporaryFailure | PermanentFailure | None) -> None:
    """Log an attempt, as the access log does a request."""
    ids = ", ".join(map(str, tried.ids))
    logger.info("%s, delivery %s: %s, %d ms", channel.name, ids, failure.reason if failure else "sent", tried.took_ms)


def _sift(channel: Channel, batch: Batch) -> list[CheckedDelivery]:
    """Return the deliveries of a batch that are to be sent now. The others end, join a later version, or are held."""
    wanted: list[CheckedDelivery] = []
    for checked in recheck(channel, batch):
        try:
            if _is_wanted(channel, batch, checked):
                wanted.append(checked)
        except Exception as error:  # of this one; the others go
            _raise_if_away(error)
            logger.exception("Delivery %d failed before it was sent.", checked.id)
            _broke(batch, error, [checked.id])
    return wanted


def _is_wanted(channel: Channel, batch: Batch, checked: CheckedDelivery) -> bool:
    if checked.decision == SUPERSEDED:
        outcome.merged_into_later(batch, checked)
    elif checked.decision == Reason.EXPIRED:
        outcome.expired(batch, checked)
    elif checked.decision:
        outcome.suppressed(batch, checked, Reason(checked.decision))
    elif hold := hold_until(channel, checked, datetime.now(UTC)):
        outcome.held(batch, checked, *hold)
    else:
        return True
    return False


def _broke(batch: Batch, error: Exception, ids: Sequence[int] | None = None, *, apart: bool = True) -> None:
    """Record the defect. If that fails too, the delivery is due again when its lease ends."""
    if is_of_a_lock(error):
        return
    try:
        outcome.broke(batch, error, ids, apart=apart)
    except Exception as second:
        _raise_if_away(second)
        logger.exception("What failed of batch %d could not be recorded.", batch.id)


def _raise_if_away(error: Exception) -> None:
    """Raise errors that concern all batches. A locked row concerns that row alone."""
    if isinstance(error, DATABASE_AWAY) and not is_of_a_lock(error):
        raise error


def is_of_a_lock(error: Exception) -> bool:
    """Return whether PostgreSQL refused one statement because of others' locks: connection and database work."""
    return getattr(error.__cause__, "pgcode", "") in {
        errorcodes.LOCK_NOT_AVAILABLE,
        errorcodes.DEADLOCK_DETECTED,
        errorcodes.QUERY_CANCELED,
    }
