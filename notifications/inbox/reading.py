"""Note what people have read. Ids are those of queries.Entry: "n7" a group, "p7" a new post."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, F, Subquery, When
from django.db.models.functions import Greatest, Least

from notifications.inbox.cursor import EPOCH, Cursor
from notifications.inbox.queries import Entry
from notifications.inbox.sql import reading
from notifications.models import (
    Inbox,
    Kind,
    NotificationGroup,
    ReadMark,
)
from socialapp.api.pagination import BIGINT, Page
from socialapp.messaging import live_updates


@transaction.atomic
def mark_read(*, person_id: int, ids: Collection[str], until: int | None = None) -> None:
    """Mark those of these notifications read that are the person's; others are ignored.

    With `until`, a number of the inbox's sequence, only what came up to it: newer activities of the same groups stay
    unread. An older one that was taken back, and is done again later, does not make its group unread.
    """
    groups, posts = _split(ids)
    until = BIGINT - 1 if until is None else until
    last = Subquery(Inbox.objects.filter(person_id=person_id).values("seq"))
    NotificationGroup.objects.filter(recipient_id=person_id, pk__in=groups).update(
        read_seq=Greatest("read_seq", Least(Greatest("seq", last), until)),
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
        cursor.execute(reading.MARK_ALL_READ, values)
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
        cursor.execute(reading.NOTE_SHOWN, values)


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
    ReadMark.objects.get_or_create(person_id=person_id)
    ReadMark.objects.filter(person_id=person_id).update(version=F("version") + 1)
    live_updates.publish(people=[person_id])


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
            reading.MARK_POSTS,
            {"person": person_id, "posts": list(post_ids), "unread": unread},
        )
