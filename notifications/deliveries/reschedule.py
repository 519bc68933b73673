"""Reschedules held deliveries of a person who changed their schedule."""

from datetime import UTC, datetime

from notifications.channels import channels
from notifications.deliveries import outcome
from notifications.deliveries.plan import wake_workers
from notifications.models import DeliverySchedule, Rhythm
from notifications.preferences.quiet_hours import next_digest, quiet_until, zone_of


def reschedule(schedule: DeliverySchedule) -> None:
    """Hold this person's held deliveries until the time that their new schedule gives, or make them due now."""
    now, zone = datetime.now(UTC), zone_of(schedule.time_zone)
    for channel in channels().values():
        until = None
        if channel.respects_quiet_hours:
            until = quiet_until(now, zone, schedule.quiet_from, schedule.quiet_to)
        elif channel.batches_deliveries and schedule.mail_rhythm != Rhythm.IMMEDIATE:
            until = next_digest(now, zone, schedule.digest_at, weekly=schedule.mail_rhythm == Rhythm.WEEKLY)
        if channel.respects_quiet_hours or channel.batches_deliveries:
            outcome.reschedule_held(channel, schedule.person_id, until)
            wake_workers([] if until else [channel.name])
