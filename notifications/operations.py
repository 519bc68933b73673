"""Tell people, put right what they were told, and note what they have read. All in sets."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from notifications import planning, statements
from notifications.models import Bell, Circuit, Delivery, Endpoint, Group, Inbox, Mute, Preference, Timing
from notifications.planning import Moved
from socialapp.messaging import wakeups
from socialapp.planned import Planned

REMOVE_BATCH = 1_000
# More deeds than these have a plan of their own.
FEW = 50


@dataclass(frozen=True)
class Deed:
    """That `actor_id` did something that `recipient_id` may hear of; `comment_id` is 0 but for comments and replies."""

    recipient_id: int
    kind: str
    post_id: int | None
    actor_id: int
    comment_id: int
    at: datetime


def notify(deeds: Sequence[Deed]) -> None:
    """Each deed takes effect once, however often it is told of.

    A new one moves its group up and makes it unread; one that was there before
    and taken back counts again, and does neither. The caller holds the shards
    of the recipients, and no two deeds are the same.
    """
    if not deeds:
        return
    moved = [Moved(*row) for row in _execute(statements.JOIN if len(deeds) <= FEW else statements.JOIN_MANY, deeds)]
    planning.plan(moved)
    wakeups.wake(people={deed.recipient_id for deed in deeds})


def retract(deeds: Sequence[Deed]) -> None:
    """Deeds that were taken back no longer count. Those that were never told of leave no trace."""
    if not deeds:
        return
    _refresh(_execute(statements.LEAVE, deeds))
    wakeups.wake(people={deed.recipient_id for deed in deeds})


def withhold(blocks: Sequence[tuple[int, int]]) -> None:
    """Of each (blocker, blocked): what the blocked did leaves the blocker's inbox. The caller holds the shards."""
    columns = {"recipients": [blocker for blocker, _ in blocks], "actors": [blocked for _, blocked in blocks]}
    with connection.cursor() as cursor:
        cursor.execute(statements.WITHHOLD, columns)
        _refresh(cursor.fetchall())
    wakeups.wake(people={blocker for blocker, _ in blocks})


def _execute(statement: Planned, deeds: Sequence[Deed]) -> list[tuple[Any, ...]]:
    columns: dict[str, Any] = {
        "recipients": [deed.recipient_id for deed in deeds],
        "kinds": [deed.kind for deed in deeds],
        "posts": [deed.post_id for deed in deeds],
        "actors": [deed.actor_id for deed in deeds],
        "comments": [deed.comment_id for deed in deeds],
        "ats": [deed.at for deed in deeds],
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, columns)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _refresh(ceased: Collection[tuple[int, int]]) -> None:
    """Count and sample of groups in which deeds ceased, each given as (group, actor)."""
    pairs = sorted(set(ceased))
    if pairs:
        columns = {"groups": [group_id for group_id, _ in pairs], "actors": [actor_id for _, actor_id in pairs]}
        with connection.cursor() as cursor:
            cursor.execute(statements.REFRESH, columns)


# --- What people have read. Ids are those of queries.Entry: "n7" a group, "p7" a new post. ---


@transaction.atomic
def mark_read(*, person_id: int, ids: Collection[str]) -> None:
    """Those of these notifications that are the person's are read; others are passed over."""
    groups, posts = _split(ids)
    Group.objects.filter(recipient_id=person_id, pk__in=groups).update(unread_seq=None)
    _mark_posts(person_id, posts, unread=False)
    _note_reading(person_id)


@transaction.atomic
def mark_unread(*, person_id: int, ids: Collection[str]) -> None:
    """Those of these notifications that are the person's are unread; others are passed over."""
    groups, posts = _split(ids)
    if groups:
        # A new number of their sequence: beyond all that was marked read as a whole, and nothing else's.
        Inbox.objects.get_or_create(person_id=person_id)
        Inbox.objects.filter(person_id=person_id).update(seq=F("seq") + 1)
        seq = Inbox.objects.values_list("seq", flat=True).get(person_id=person_id)
        Group.objects.filter(recipient_id=person_id, pk__in=groups).update(unread_seq=seq)
    _mark_posts(person_id, posts, unread=True)
    _note_reading(person_id)


def mark_all_read(*, person_id: int) -> None:
    """All that the inbox holds now is read, in one small statement; what comes later is not."""
    with connection.cursor() as cursor:
        cursor.execute(statements.MARK_ALL_READ, {"person": person_id})
    wakeups.wake(people=[person_id])


def undo_mark_all_read(*, person_id: int) -> bool:
    """Unread is again what was before the last `mark_all_read`. False when there is nothing to undo."""
    with connection.cursor() as cursor:
        cursor.execute(statements.UNDO_MARK_ALL_READ, {"person": person_id})
        undone: bool = cursor.rowcount > 0
    wakeups.wake(people=[person_id])
    return undone


def _note_reading(person_id: int) -> None:
    """Other browsers of the person see by the mark's version that something was read."""
    with connection.cursor() as cursor:
        cursor.execute(statements.NOTE_READING, {"person": person_id})
    wakeups.wake(people=[person_id])


def remove_inbox_of(person_id: int) -> bool:
    """Remove a batch of someone's notifications, and where and how they heard of them. True while there may be more."""
    for model in (Bell, Mute, Preference, Timing):
        model._default_manager.filter(person_id=person_id).delete()
    endpoints = Endpoint.objects.filter(person_id=person_id)
    # What it knew of them goes at once; the row when its log is gone.
    endpoints.update(address="", keys={}, disabled_at=Now(), disabled_reason="the account is deleted")
    found = False
    for rows in (Delivery.objects.filter(recipient_id=person_id), Group.objects.filter(recipient_id=person_id)):
        ids = list(rows.values_list("pk", flat=True)[:REMOVE_BATCH])
        rows.filter(pk__in=ids).delete()
        found = found or bool(ids)
    if not found:
        circuits = list(endpoints.exclude(channel="email").values_list("circuit_id", flat=True))
        endpoints.delete()
        Circuit.objects.filter(pk__in=circuits).delete()
    return found


def remove_endpoints_of(person_id: int, *, until: datetime, token_id: int) -> bool:
    """Remove push subscriptions and webhooks made until then, or of those what a token made.

    They are off at once; their logs go in batches. True while there may be more.
    """
    endpoints = Endpoint.objects.filter(person_id=person_id, created_at__lte=until).exclude(channel="email")
    if token_id:
        endpoints = endpoints.filter(token_id=token_id)
    endpoints.update(address="", keys={}, disabled_at=Now(), disabled_reason="access was revoked")
    deliveries = Delivery.objects.filter(endpoint__in=list(endpoints.values_list("pk", flat=True)))
    ids = list(deliveries.values_list("pk", flat=True)[:REMOVE_BATCH])
    if ids:
        deliveries.filter(pk__in=ids).delete()
        return True
    circuits = list(endpoints.values_list("circuit_id", flat=True))
    endpoints.delete()
    Circuit.objects.filter(pk__in=circuits).delete()
    return False


def _split(ids: Collection[str]) -> tuple[list[int], list[int]]:
    """Group ids and post ids; what is neither is nobody's notification."""
    known = {id_ for id_ in ids if id_[:1] in {"n", "p"} and id_[1:].isdecimal() and len(id_) < 20}
    return [int(i[1:]) for i in known if i[0] == "n"], [int(i[1:]) for i in known if i[0] == "p"]


def _mark_posts(person_id: int, post_ids: Collection[int], *, unread: bool) -> None:
    """Only those of people they follow: no one can fill the table with marks of other posts."""
    if not post_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO notifications_postmark (person_id, post_id, unread, at)
            SELECT follower_id, post.id, %(unread)s, clock_timestamp()
            FROM posts_post AS post JOIN follows_follow ON followee_id = author_id AND follower_id = %(person)s
            WHERE post.id = ANY(%(posts)s)
            ORDER BY post.id
            ON CONFLICT (person_id, post_id) DO UPDATE SET unread = excluded.unread, at = excluded.at
            """,
            {"person": person_id, "posts": list(post_ids), "unread": unread},
        )
