"""What an export of somebody's data has of their mutes, bells and notification settings."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications.models import Bell, Endpoint, Mute, NoticePolicy, Stranger
from notifications.preferences import mutes
from notifications.preferences.operations import preferences_of
from notifications.preferences.quiet_hours import schedule_of
from notifications.preferences.strangers import policy_of
from socialapp.takeout.activities import actor_url, post_url
from socialapp.takeout.contents import address_of, table
from socialapp.takeout.kinds import ImportKind, find_people, is_address, names_of_people
from socialapp.takeout.sections import document
from socialapp.users.models import Person


def _muted(person: Person) -> QuerySet[Mute]:
    standing = Mute.objects.filter(Q(until=None) | Q(until__gt=Now()), person=person)
    return standing.filter(muted__isnull=False, muted__deleted_at=None).select_related("muted")


def _settings(person: Person) -> dict[str, Any]:
    schedule = schedule_of(person)
    threads = Mute.objects.filter(person=person, thread__isnull=False).order_by("pk")
    bells = Bell.objects.filter(person=person).order_by("pk").select_related("author")
    policy = policy_of(person.pk)
    accepted = Stranger.objects.filter(person=person, accepted_at__isnull=False, stranger__deleted_at=None)
    endpoints = Endpoint.objects.filter(person=person).order_by("pk").values("channel", "name", "host", "created_at")
    return {
        "preferences": [
            {"kind": kind, "channel": channel, "from": whom}
            for (kind, channel), whom in sorted(preferences_of(person.pk).items())
        ],
        "schedule": {
            "time_zone": schedule.time_zone,
            "quiet_from": schedule.quiet_from,
            "quiet_to": schedule.quiet_to,
            "mail_rhythm": schedule.mail_rhythm,
            "digest_at": schedule.digest_at,
        },
        "muted_threads": [
            {"thread": post_url(each.thread or 0), "kind": each.kind, "until": each.until} for each in threads
        ],
        "strangers": {field: getattr(policy, field) for field in NoticePolicy.FIELDS},
        "accepted_strangers": [
            actor_url(each.stranger.username) for each in accepted.order_by("pk").select_related("stranger")
        ],
        "bells": [actor_url(bell.author.username) for bell in bells],
        "endpoints": list(endpoints),
    }


def _how(mute: Mute) -> list[str]:
    return ["true" if mute.notifications else "false", mute.until.isoformat() if mute.until else ""]


# The columns of Mastodon's list, and one more for when each mute ends.
MUTED = table(
    "muted_accounts.csv",
    _muted,
    lambda mute: [address_of(mute.muted), *_how(mute)],
    *("Account address", "Hide notifications", "Ends at"),
)
SETTINGS = document("notification_settings.json", _settings)


def _mute(person: Person, target: int, options: Mapping[str, str]) -> None:
    mutes.mute_person(
        person=person,
        muted=Person.objects.active().get(pk=target),
        until=_end(options.get("ends at", "")),
        notifications=options.get("hide notifications", "").lower() != "false",
    )


def _end(text: str) -> datetime | None:
    """When a mute ends. Raises ValidationError for what is no time of ISO 8601 with its offset."""
    if not text:
        return None
    with suppress(ValueError):
        if (end := datetime.fromisoformat(text)).tzinfo:
            return end
    raise ValidationError(_("“%(text)s” is no time.") % {"text": text[:60]})


MUTES = ImportKind(
    "muted",
    gettext_lazy("People you mute"),
    is_address,
    find_people,
    lambda person: _muted(person).values_list("muted_id", flat=True),
    _mute,
    lambda person, target: _muted(person).filter(muted_id=target).delete(),
    names_of_people,
)
