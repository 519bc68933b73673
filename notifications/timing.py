"""When someone may be disturbed: quiet hours and digests, by the clock on the wall where they live."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from notifications.asking import Asked
from notifications.channels.base import Channel
from notifications.models import Rhythm

QUIET = "quiet hours"
DIGEST = "digest"


def hold_until(channel: Channel, asked: Asked, now: datetime) -> tuple[datetime, str] | None:
    """Until when this is held, and why; None when it may go now."""
    if asked.kind in {"test", "warning"}:
        return None
    zone = ZoneInfo(asked.time_zone)
    if channel.disturbs and asked.quiet_from and asked.quiet_to:
        end = quiet_until(now, zone, asked.quiet_from, asked.quiet_to)
        return (end, QUIET) if end else None
    if channel.gathers and asked.mail_rhythm != Rhythm.IMMEDIATE and asked.reason != DIGEST:
        return next_digest(now, zone, asked.digest_at, weekly=asked.mail_rhythm == Rhythm.WEEKLY), DIGEST
    return None


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
