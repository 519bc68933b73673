"""When someone may be disturbed: quiet hours and digests, in the local time of their zone."""

import logging
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from django.db import transaction

from notifications.models import DeliverySchedule
from socialapp.messaging import outbox
from socialapp.messaging.messages import ScheduleChanged
from socialapp.users.models import Person

logger = logging.getLogger(__name__)

_REGIONS = (
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
)  # fmt: skip


def schedule_of(person: Person) -> DeliverySchedule:
    """The person's schedule, or the default one."""
    return DeliverySchedule.objects.filter(person=person).first() or DeliverySchedule(person=person)


@transaction.atomic
def save_schedule(schedule: DeliverySchedule) -> None:
    """Save a schedule. Deliveries that are held follow it once the message is handled."""
    schedule.save()
    outbox.publish(ScheduleChanged(person_id=schedule.person_id))


def places() -> list[str]:
    """The time zones that are offered: those named after a place, and UTC.

    Neither what depends on the machine (localtime) nor names kept for old systems (W-SU, EST5EDT, US/Pacific).
    """
    return sorted(zone for zone in available_timezones() if zone.partition("/")[0] in _REGIONS or zone == "UTC")


def zone_of(name: str) -> ZoneInfo:
    """The zone of that name; UTC where this machine knows none (another version of the time zone data, a typo)."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError; a folder's name an OSError
        logger.warning("There is no time zone %r on this machine: UTC is used.", name)
        return ZoneInfo("UTC")


def quiet_until(now: datetime, zone: ZoneInfo, start: time | None, end: time | None) -> datetime | None:
    """When the quiet hours around `now` end; None outside of them, or without any. They may pass midnight."""
    if start is None or end is None:
        return None
    local = now.astimezone(zone)
    for day in (local.date() - timedelta(days=1), local.date()):
        begins = datetime.combine(day, start, zone)
        ends = datetime.combine(day if start < end else day + timedelta(days=1), end, zone)
        # Compared as instants: on the nights when clocks change, walls and clocks differ.
        if begins.astimezone(UTC) <= now < ends.astimezone(UTC):
            return ends.astimezone(UTC)
    return None


def next_digest(now: datetime, zone: ZoneInfo, at: time, *, weekly: bool) -> datetime:
    """The next time that local clocks show `at`; on a Monday when `weekly`."""
    day = now.astimezone(zone).date()
    while True:
        then = datetime.combine(day, at, zone).astimezone(UTC)
        if then > now and (not weekly or day.weekday() == 0):
            return then
        day += timedelta(days=1)
