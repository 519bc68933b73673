"""When someone may be disturbed: quiet hours and digests, by the clock on the wall where they live."""

import logging
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from django.db import transaction

from notifications import recording
from notifications.asking import Asked
from notifications.channels import channels
from notifications.channels.base import Channel
from notifications.models import Rhythm, Timing
from notifications.planning import ring

logger = logging.getLogger(__name__)

_REGIONS = (
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
)  # fmt: skip
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


@transaction.atomic
def choose_timing(timing: Timing) -> None:
    """Save it. What is held already follows: it waits for the new hour, or goes now."""
    timing.save()
    now, zone = datetime.now(UTC), zone_of(timing.time_zone)
    for channel in channels().values():
        until = None
        if channel.disturbs and timing.quiet_from and timing.quiet_to:
            until = quiet_until(now, zone, timing.quiet_from, timing.quiet_to)
        elif channel.gathers and timing.mail_rhythm != Rhythm.IMMEDIATE:
            until = next_digest(now, zone, timing.digest_at, weekly=timing.mail_rhythm == Rhythm.WEEKLY)
        if channel.disturbs or channel.gathers:
            recording.held_anew(channel, timing.person_id, until)
            ring([] if until else [channel.name])


def places() -> list[str]:
    """The time zones to choose from: those named after a place, and UTC.

    Not what depends on the machine (localtime), nor names that are kept for old systems (W-SU, EST5EDT, US/Pacific).
    """
    return sorted(zone for zone in available_timezones() if zone.partition("/")[0] in _REGIONS or zone == "UTC")


def zone_of(name: str) -> ZoneInfo:
    """The zone of that name; UTC where this machine knows none (another version of the time zone data, a typo)."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError; a folder's name an OSError
        logger.warning("There is no time zone %r on this machine: UTC is used.", name)
        return ZoneInfo("UTC")


def quiet_until(now: datetime, zone: ZoneInfo, start: time, end: time) -> datetime | None:
    """When the quiet hours end that `now` falls into; None outside of them. They may pass midnight."""
    local = now.astimezone(zone)
    for day in (local.date() - timedelta(days=1), local.date()):
        begins = datetime.combine(day, start, zone)
        ends = datetime.combine(day if start < end else day + timedelta(days=1), end, zone)
        # Compared as instants: on the nights when clocks change, walls and clocks differ.
        if begins.astimezone(UTC) <= now < ends.astimezone(UTC):
            return ends.astimezone(UTC)
    return None


def next_digest(now: datetime, zone: ZoneInfo, at: time, *, weekly: bool) -> datetime:
    """The next time that the clock on the wall shows `at`; on a Monday when `weekly`."""
    day = now.astimezone(zone).date()
    while True:
        then = datetime.combine(day, at, zone).astimezone(UTC)
        if then > now and (not weekly or day.weekday() == 0):
            return then
        day += timedelta(days=1)
