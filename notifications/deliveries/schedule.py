"""Until when a delivery is held: the end of quiet hours, or the next digest."""

from datetime import UTC, datetime

from notifications.channels import channels
from notifications.channels.base import Channel
from notifications.deliveries import outcome
from notifications.deliveries.plan import wake_workers
from notifications.deliveries.recheck import CheckedDelivery
from notifications.models import DeliverySchedule, EndpointNotice, Reason, Rhythm
from notifications.preferences.quiet_hours import next_digest, quiet_until, zone_of


def hold_until(channel: Channel, checked: CheckedDelivery, now: datetime) -> tuple[datetime, Reason] | None:
    """Until when this is held, and why; None when it may go now."""
    if checked.kind in EndpointNotice:
        return None
    if channel.respects_quiet_hours and checked.quiet_from and checked.quiet_to:
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


def reschedule(timing: DeliverySchedule) -> None:
    """What is held for this person waits for the hour that they chose since, or goes now."""
    now, zone = datetime.now(UTC), zone_of(timing.time_zone)
    for channel in channels().values():
        until = None
        if channel.respects_quiet_hours and timing.quiet_from and timing.quiet_to:
            until = quiet_until(now, zone, timing.quiet_from, timing.quiet_to)
        elif channel.batches_deliveries and timing.mail_rhythm != Rhythm.IMMEDIATE:
            until = next_digest(now, zone, timing.digest_at, weekly=timing.mail_rhythm == Rhythm.WEEKLY)
        if channel.respects_quiet_hours or channel.batches_deliveries:
            outcome.held_anew(channel, timing.person_id, until)
            wake_workers([] if until else [channel.name])
