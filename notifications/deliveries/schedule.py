"""Until when a delivery is held: the end of quiet hours, or the next digest."""

from datetime import UTC, datetime

from notifications.channels import channels
from notifications.channels.base import Channel
from notifications.deliveries import outcome
from notifications.deliveries.plan import ring
from notifications.deliveries.recheck import Asked
from notifications.models import Rhythm, Timing
from notifications.preferences.quiet_hours import next_digest, quiet_until, zone_of

QUIET = "quiet hours"
DIGEST = "digest"


def hold_until(channel: Channel, asked: Asked, now: datetime) -> tuple[datetime, str] | None:
    """Until when this is held, and why; None when it may go now."""
    if asked.kind in {"test", "warning"}:
        return None
    if channel.disturbs and asked.quiet_from and asked.quiet_to:
        end = quiet_until(now, zone_of(asked.time_zone), asked.quiet_from, asked.quiet_to)
        return (end, QUIET) if end else None
    # What was held for a digest is claimed at its time, and not before.
    if channel.gathers and asked.mail_rhythm != Rhythm.IMMEDIATE and asked.reason != DIGEST:
        # The first one after it was due: where no worker ran for a while, that is over, and it goes with the others.
        due_at = asked.created_at + channel.hold
        zone, weekly = zone_of(asked.time_zone), asked.mail_rhythm == Rhythm.WEEKLY
        then = next_digest(due_at, zone, asked.digest_at, weekly=weekly)
        return (then, DIGEST) if then > now else None
    return None


def reschedule(timing: Timing) -> None:
    """What is held for this person waits for the hour that they chose since, or goes now."""
    now, zone = datetime.now(UTC), zone_of(timing.time_zone)
    for channel in channels().values():
        until = None
        if channel.disturbs and timing.quiet_from and timing.quiet_to:
            until = quiet_until(now, zone, timing.quiet_from, timing.quiet_to)
        elif channel.gathers and timing.mail_rhythm != Rhythm.IMMEDIATE:
            until = next_digest(now, zone, timing.digest_at, weekly=timing.mail_rhythm == Rhythm.WEEKLY)
        if channel.disturbs or channel.gathers:
            outcome.held_anew(channel, timing.person_id, until)
            ring([] if until else [channel.name])
