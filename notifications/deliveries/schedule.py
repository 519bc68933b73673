"""Reschedules what is held for a person who chose other hours."""

from datetime import UTC, datetime

from notifications.channels import channels
from notifications.deliveries import outcome
from notifications.deliveries.plan import wake_workers
from notifications.models import DeliverySchedule, Rhythm
from notifications.preferences.quiet_hours import next_digest, quiet_until, zone_of


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
