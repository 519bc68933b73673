"""Write inboxes: add activities, and take them back. Everything in sets."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from notifications.inbox import visibility
from notifications.inbox.filters import Notice, with_muted_words
from notifications.inbox.sql import join, leave
from notifications.models import GroupMember, NotificationGroup, Reason
from socialapp.messaging import live_updates
from socialapp.sql import Prepared
from socialapp.users.queries import is_active_until_commit

REMOVE_BATCH = 1_000
SETTLE_BATCH = 1_000
# More activities than these have a plan of their own.
FEW = 50


class Activity(NamedTuple):
    """`actor_id` did something that may notify `recipient_id`. `reply_id` is 0 except for comments and replies.

    `unwanted` is a Reason why the recipient does not want it, if one is known; others are found when it is added.
    """

    recipient_id: int
    kind: str
    post_id: int | None
    actor_id: int
    reply_id: int
    at: datetime
    unwanted: str = ""


@dataclass(frozen=True)
class Moved:
    """A group that new members joined, from `first_member` to `last_member` (`GroupMember.ordinal`)."""

    group_id: int
    recipient_id: int
    first_member: int
    last_member: int
    oldest_at: datetime


def notify(activities: Sequence[Activity]) -> list[Moved]:
    """Add activities to inboxes, each once, however often it arrives. Returns the groups that moved up, for delivery.

    A new activity moves its group up and makes it unread. One that was taken back and is done again counts again, and
    does neither: the group stays where it is. One that was suppressed, and is done again since that ended, is new. The
    caller holds the shards of the recipients, and no two activities are the same.
    """
    if not activities:
        return []
    activities = _without_muted_words(activities)
    rows = _execute(join.JOIN if len(activities) <= FEW else join.JOIN_MANY, activities)
    if settled := [group_id for group_id, _, first_member, *_ in rows if first_member is None]:
        with connection.cursor() as cursor:
            cursor.execute(leave.SETTLE, {"groups": settled})
    live_updates.publish(people={activity.recipient_id for activity in activities})
    return [Moved(*row) for row in rows if row[2] is not None]


def _without_muted_words(activities: Sequence[Activity]) -> Sequence[Activity]:
    """The same, those of texts with a muted word as unwanted."""
    found = with_muted_words([_notice(activity) for activity in activities])
    if not found:
        return activities
    return [
        activity._replace(unwanted=Reason.FILTERED.value) if _notice(activity) in found else activity
        for activity in activities
    ]


def _notice(activity: Activity) -> Notice:
    return activity.recipient_id, activity.kind, activity.reply_id or activity.post_id or 0


def retract(activities: Sequence[Activity]) -> None:
    """Take activities back: they no longer count, and their groups stand as if they had not been.

    Activities that notified no one leave no trace.
    """
    if not activities:
        return
    _refresh(_execute(leave.LEAVE, activities))
    live_updates.publish(people={activity.recipient_id for activity in activities})


def withhold(blocks: Sequence[tuple[int, int]]) -> None:
    """Remove the activities of each blocked person from their blocker's inbox. The caller holds the shards."""
    columns = {"recipients": [blocker for blocker, _ in blocks], "actors": [blocked for _, blocked in blocks]}
    with connection.cursor() as cursor:
        cursor.execute(leave.WITHHOLD, columns)
        _refresh(cursor.fetchall())
    live_updates.publish(people={blocker for blocker, _ in blocks})


def settle_suspension(*, person_id: int, shard: int) -> tuple[list[Moved], bool]:
    """Hide a batch of someone's activities from the inboxes of a shard while they are suspended; else show them again.

    Returns the groups that moved up, and True while there may be more. The caller holds the shard.
    """
    moved: list[Moved] = []
    if is_active_until_commit(person_id):
        rows = visibility.hidden(person_id, shard, SETTLE_BATCH)
        moved = notify([Activity(*row[1:]) for row in rows])
    else:
        rows = visibility.shown(person_id, shard, SETTLE_BATCH)
        theirs = GroupMember.objects.filter(pk__in=[(row[0], person_id, row[5]) for row in rows])
        theirs.update(active=False, suppressed_reason=Reason.SUSPENDED)
        _refresh([(row[0], person_id) for row in rows])
        live_updates.publish(people={row[1] for row in rows})
    return moved, len(rows) == SETTLE_BATCH


def _execute(statement: Prepared, activities: Sequence[Activity]) -> list[tuple[Any, ...]]:
    columns: dict[str, Any] = {
        "recipients": [activity.recipient_id for activity in activities],
        "kinds": [activity.kind for activity in activities],
        "posts": [activity.post_id for activity in activities],
        "actors": [activity.actor_id for activity in activities],
        "replies": [activity.reply_id for activity in activities],
        "ats": [activity.at for activity in activities],
        "unwanted": [activity.unwanted for activity in activities],
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, columns)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _refresh(ceased: Collection[tuple[int, int]]) -> None:
    """Update count and sample of groups in which activities ended, each given as (group, actor)."""
    pairs = sorted(set(ceased))
    if pairs:
        columns = {"groups": [group_id for group_id, _ in pairs], "actors": [actor_id for _, actor_id in pairs]}
        with connection.cursor() as cursor:
            cursor.execute(leave.REFRESH, columns)


def remove_groups_of(person_id: int) -> bool:
    """Remove a batch of someone's notifications. True while there may be more."""
    groups = NotificationGroup.objects.filter(recipient_id=person_id)
    ids = list(groups.values_list("pk", flat=True)[:REMOVE_BATCH])
    groups.filter(pk__in=ids).delete()
    return bool(ids)
