"""Write inboxes: add activities, take them back, and note what people have read. Everything in sets."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, F, When
from django.db.models.functions import Greatest, Least

from notifications.inbox import sql, visibility
from notifications.inbox.cursor import EPOCH, Cursor
from notifications.inbox.queries import Entry
from notifications.models import (
    Inbox,
    Kind,
    NotificationGroup,
    ReadMark,
)
from socialapp.api.pagination import BIGINT, Page
from socialapp.messaging import live_updates
from socialapp.sql import Prepared
from socialapp.users.queries import is_active_until_commit

REMOVE_BATCH = 1_000
SETTLE_BATCH = 1_000
# More activities than these have a plan of their own.
FEW = 50


@dataclass(frozen=True)
class Activity:
    """`actor_id` did something that may notify `recipient_id`. `reply_id` is 0 except for comments and replies."""

    recipient_id: int
    kind: str
    post_id: int | None
    actor_id: int
    reply_id: int
    at: datetime


@dataclass(frozen=True)
class Moved:
    """A group that new members joined, from `first_member` to `last_member` (ids)."""

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
    rows = _execute(sql.JOIN if len(activities) <= FEW else sql.JOIN_MANY, activities)
    if settled := [group_id for group_id, _, first_member, *_ in rows if first_member is None]:
        with connection.cursor() as cursor:
            cursor.execute(sql.SETTLE, {"groups": settled})
    live_updates.publish(people={activity.recipient_id for activity in activities})
    return [Moved(*row) for row in rows if row[2] is not None]


def retract(activities: Sequence[Activity]) -> None:
    """Take activities back: they no longer count, and their groups stand as if they had not been.

    Activities that notified nobody leave no trace.
    """
    if not activities:
        return
    _refresh(_execute(sql.LEAVE, activities))
    live_updates.publish(people={activity.recipient_id for activity in activities})


def withhold(blocks: Sequence[tuple[int, int]]) -> None:
    """Remove the activities of each blocked person from their blocker's inbox. The caller holds the shards."""
    columns = {"recipients": [blocker for blocker, _ in blocks], "actors": [blocked for _, blocked in blocks]}
    with connection.cursor() as cursor:
        cursor.execute(sql.WITHHOLD, columns)
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
        with connection.cursor() as cursor:
            cursor.execute(sql.HIDE, {"members": [row[0] for row in rows]})
            _refresh(cursor.fetchall())
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
            cursor.execute(sql.REFRESH, columns)


# --- What people have read. Ids are those of queries.Entry: "n7" a group, "p7" a new post. ---


@transaction.atomic
def mark_read(*, person_id: int, ids: Collection[str], until: int | None = None) -> None:
    """Mark those of these notifications read that are the person's; others are ignored.

    With `until`, a number of the inbox's sequence, only what came up to it: newer activities of the same groups stay
    unread.
    """
    groups, posts = _split(ids)
    until = BIGINT - 1 if until is None else until
    NotificationGroup.objects.filter(recipient_id=person_id, pk__in=groups).update(
        read_seq=Greatest("read_seq", Least("seq", until)),
        marked_seq=Case(When(seq__gt=until, then="marked_seq")),
        unread_seq=Case(When(seq__gt=until, then="unread_seq")),
    )
    _mark_posts(person_id, posts, unread=False)
    _note_reading(person_id)


@transaction.atomic
def mark_unread(*, person_id: int, ids: Collection[str]) -> None:
    """Mark those of these notifications unread that are the person's; others are ignored."""
    groups, posts = _split(ids)
    if groups:
        # A new number of their sequence: beyond all that was marked read as a whole, and nothing else's.
        Inbox.objects.get_or_create(person_id=person_id)
        Inbox.objects.filter(person_id=person_id).update(seq=F("seq") + 1)
        seq = Inbox.objects.values_list("seq", flat=True).get(person_id=person_id)
        NotificationGroup.objects.filter(recipient_id=person_id, pk__in=groups).update(unread_seq=seq, marked_seq=seq)
    _mark_posts(person_id, posts, unread=True)
    _note_reading(person_id)


def mark_all_read(*, person_id: int, until: Cursor | None = None) -> None:
    """Mark everything read that the inbox held at `until`, or holds now; later entries stay unread. One statement."""
    values: dict[str, Any] = {
        "person": person_id,
        "until": until.seq if until else None,
        "until_at": until.moment if until else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.MARK_ALL_READ, values)
    live_updates.publish(people=[person_id])


def note_shown(*, person_id: int, place: Cursor, page: Page[Entry]) -> None:
    """Note that the person was shown this page as the inbox was at `place`. Writes only for a first page with news."""
    if page.previous:
        return
    newest_post_at = next((entry.at for entry in page.items if entry.kind == Kind.POST), None)
    values: dict[str, Any] = {
        "person": person_id,
        "seq": place.seq,
        "at": place.moment,
        "newest_post_at": newest_post_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.NOTE_SHOWN, values)


def last_shown(person_id: int) -> Cursor | None:
    """The place up to which the person was shown the inbox; None when they never were."""
    mark = ReadMark.objects.filter(person_id=person_id, shown_seq__isnull=False).first()
    if mark is None or mark.shown_seq is None or mark.shown_at is None:
        return None
    return Cursor(mark.shown_seq, mark.version, (mark.shown_at - EPOCH) // timedelta(microseconds=1))


def undo_mark_all_read(*, person_id: int) -> bool:
    """Undo the last `mark_all_read`. False when there is nothing to undo."""
    undone = ReadMark.objects.filter(person_id=person_id, previous_seq__isnull=False).update(
        seq=F("previous_seq"),
        posts_at=F("previous_posts_at"),
        version=F("version") + 1,
        previous_seq=None,
        previous_posts_at=None,
    )
    live_updates.publish(people=[person_id])
    return bool(undone)


def _note_reading(person_id: int) -> None:
    """Let the person's other browsers see, by the mark's version, that something was read."""
    with connection.cursor() as cursor:
        cursor.execute(sql.NOTE_READING, {"person": person_id})
    live_updates.publish(people=[person_id])


def remove_groups_of(person_id: int) -> bool:
    """Remove a batch of someone's notifications. True while there may be more."""
    groups = NotificationGroup.objects.filter(recipient_id=person_id)
    ids = list(groups.values_list("pk", flat=True)[:REMOVE_BATCH])
    groups.filter(pk__in=ids).delete()
    return bool(ids)


def _split(ids: Collection[str]) -> tuple[list[int], list[int]]:
    """Split ids into group ids and post ids; others are ignored."""
    known = {id_ for id_ in ids if id_[:1] in {"n", "p"} and id_[1:].isdecimal() and len(id_) < 20}
    return [int(i[1:]) for i in known if i[0] == "n"], [int(i[1:]) for i in known if i[0] == "p"]


def _mark_posts(person_id: int, post_ids: Collection[int], *, unread: bool) -> None:
    """Mark new posts of followed people; others are ignored."""
    if not post_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            sql.MARK_POSTS,
            {"person": person_id, "posts": list(post_ids), "unread": unread},
        )
