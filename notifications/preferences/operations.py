"""Preferences: whose notifications are wanted, by kind and channel; the defaults, and what differs from them."""

from collections.abc import Mapping

from notifications.models import (
    Bell,
    ChannelName,
    DeliverySchedule,
    FromWhom,
    Kind,
    Mute,
    NoticePolicy,
    Preference,
    Stranger,
)

INBOX, EMAIL, PUSH, WEBHOOK = ChannelName.INBOX, ChannelName.EMAIL, ChannelName.PUSH, ChannelName.WEBHOOK
E, F, N = FromWhom.EVERYONE, FromWhom.FOLLOWING, FromWhom.NO_ONE

# What speaks to a person comes by all ways; likes and shares, which come in numbers, from those they chose to follow.
# New posts leave the house for those only whose bell is on. The inbox takes from everyone what it has no row about
# (`inbox/sql/activities.py`); so a kind that is to be off there by default needs that statement to know it.
_ROWS: dict[Kind, dict[str, FromWhom]] = {
    Kind.LIKE: {INBOX: E, PUSH: F, EMAIL: F, WEBHOOK: E},
    Kind.SHARE: {INBOX: E, PUSH: F, EMAIL: F, WEBHOOK: E},
    Kind.COMMENT: {INBOX: E, PUSH: E, EMAIL: E, WEBHOOK: E},
    Kind.REPLY: {INBOX: E, PUSH: E, EMAIL: E, WEBHOOK: E},
    Kind.MENTION: {INBOX: E, PUSH: E, EMAIL: E, WEBHOOK: E},
    Kind.FOLLOW: {INBOX: E, PUSH: E, EMAIL: E, WEBHOOK: E},
    Kind.REQUEST: {INBOX: E, PUSH: E, EMAIL: E, WEBHOOK: E},
    Kind.ACCEPT: {INBOX: E, PUSH: E, EMAIL: E, WEBHOOK: E},
    Kind.POST: {INBOX: E, PUSH: E, EMAIL: N, WEBHOOK: E},
    # Always in the inbox: people must be able to learn of acts against them.
    Kind.MODERATION: {PUSH: E, EMAIL: E, WEBHOOK: E},
}
DEFAULTS: dict[tuple[Kind, str], FromWhom] = {
    (kind, channel): whom for kind, row in _ROWS.items() for channel, whom in row.items()
}


def preferences_of(person_id: int) -> dict[tuple[str, str], str]:
    """{(kind, channel): from_whom}, including defaults."""
    chosen = Preference.objects.filter(person_id=person_id).values_list("kind", "channel", "from_whom")
    return {(str(k), c): str(w) for (k, c), w in DEFAULTS.items()} | {(k, c): w for k, c, w in chosen}


def set_preferences(*, person_id: int, changes: Mapping[tuple[str, str], str]) -> None:
    """Change some preferences; others stay. One that equals the default has no row. Keys must be among DEFAULTS."""
    for (kind, channel), whom in sorted(changes.items()):
        if DEFAULTS[Kind(kind), channel] == whom:
            Preference.objects.filter(person_id=person_id, kind=kind, channel=channel).delete()
        else:
            Preference.objects.update_or_create(
                person_id=person_id, kind=kind, channel=channel, defaults={"from_whom": FromWhom(whom)}
            )


def forget(person_id: int) -> None:
    """Remove everything that a person chose: their account is deleted."""
    for model in (Bell, Mute, Preference, DeliverySchedule, NoticePolicy, Stranger):
        model._default_manager.filter(person_id=person_id).delete()
