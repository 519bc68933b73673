"""Checks just before sending whether deliveries are still wanted. One statement per batch renews its lease, too."""

import json
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db import connection

from notifications.channels.base import Channel
from notifications.deliveries.lease import LEASE, Batch
from notifications.deliveries.plan import channel_columns, ensure_mail_endpoints
from notifications.deliveries.sql import lease as sql
from notifications.models import ChannelName, Delivery, EndpointNotice, Reason, Rhythm
from notifications.preferences.quiet_hours import next_digest, quiet_until, zone_of


@dataclass(frozen=True)
class CheckedDelivery:
    """A claimed delivery, its destination, its recipient's schedule, and the decision: "" to send it."""

    id: int
    endpoint_id: int
    recipient_id: int
    kind: str
    group_id: int | None
    post_id: int | None
    text: str
    reason: str
    attempts: int
    accepted_at: datetime
    created_at: datetime
    ttl: timedelta
    address: str
    keys: dict[str, Any]
    circuit_id: int
    time_zone: str
    quiet_from: time | None
    quiet_to: time | None
    mail_rhythm: str
    digest_at: time
    era: str
    request_id: str
    decision: str  # a Reason not to, SUPERSEDED, or ""


def recheck(channel: Channel, batch: Batch) -> list[CheckedDelivery]:
    """Return the deliveries of the batch; none if the lease ended and another worker took over any of them.

    Mail goes to the address that is the primary one at this moment, whatever it was when the mail began to wait.
    """
    if channel.name == ChannelName.EMAIL:
        ours = Delivery.objects.filter(batch=batch.id, lease=batch.lease, state=Delivery.State.WAITING)
        ensure_mail_endpoints(set(ours.values_list("recipient_id", flat=True)))
    values: dict[str, Any] = {
        "batch": batch.id,
        "lease": str(batch.lease),
        "lease_for": LEASE,
        "replaces": channel.collapses,
        "reading_cancels": channel.reading_cancels,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.CHECK, values | channel_columns())
        # Django leaves JSON to its field; here it comes as text.
        return [CheckedDelivery(*(*row[:13], json.loads(row[13]), *row[14:])) for row in cursor.fetchall()]


def hold_until(channel: Channel, checked: CheckedDelivery, now: datetime) -> tuple[datetime, Reason] | None:
    """Return until when this is held, and why; None if it may be sent now."""
    if checked.kind in EndpointNotice:
        return None
    if channel.respects_quiet_hours:
        end = quiet_until(now, zone_of(checked.time_zone), checked.quiet_from, checked.quiet_to)
        return (end, Reason.QUIET_HOURS) if end else None
    # What was held for a digest is claimed at its time, and not before.
    if channel.batches_deliveries and checked.mail_rhythm != Rhythm.IMMEDIATE and checked.reason != Reason.DIGEST:
        # The first one after it was due: where no worker ran for a while, that is over, and it goes with the others.
        due_at = checked.created_at + channel.delay
        zone, weekly = zone_of(checked.time_zone), checked.mail_rhythm == Rhythm.WEEKLY
        then = next_digest(due_at, zone, checked.digest_at, weekly=weekly)
        return (then, Reason.DIGEST) if then > now else None
    return None
