"""New posts of followed people as notifications: nothing is written for them, so a celebrity's post costs one row."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from notifications.models import PostMark
from socialapp.feeds.newest import FOLLOWED_SINCE, newest
from socialapp.http.keyset import Cursor
from socialapp.posts.queries import POSTED


@dataclass(frozen=True)
class NewPost:
    """A post by someone followed since before it was posted."""

    at: datetime
    id: int
    unread: bool


def new_posts(
    person_id: int, read_up_to: datetime | None, unread: bool, cursor: Cursor | None, limit: int
) -> list[NewPost]:
    """Rows in the cursor's direction; with `unread`, only those. Its key ends in the time and id of a post."""
    place = Cursor(cursor.key[1:], cursor.backwards) if cursor else None
    rows = [(row.at, row.post_id) for row in newest(FOLLOWED_SINCE, person_id, [POSTED], place, limit)]
    if unread:
        rows = [row for row in rows if read_up_to is None or row[0] > read_up_to]
        rows += _marked_unread(person_id, place, limit)
    marks = dict(PostMark.objects.filter(person_id=person_id, post_id__in=[id_ for _, id_ in rows]).values_list("post_id", "unread")) if rows else {}
    found = {
        id_: NewPost(at, id_, marks.get(id_, read_up_to is None or at > read_up_to)) for at, id_ in rows
    }
    ordered = sorted(found.values(), key=lambda row: (row.at, row.id), reverse=not (place and place.backwards))
    return [row for row in ordered if row.unread or not unread][:limit]


def _marked_unread(person_id: int, place: Cursor | None, limit: int) -> list[tuple[datetime, int]]:
    rows = PostMark.objects.filter(person_id=person_id, unread=True)
    order = ["-post__created_at", "-post_id"]
    if place:
        at, id_ = place.key
        if place.backwards:
            order = ["post__created_at", "post_id"]
            rows = rows.filter(Q(post__created_at__gt=at) | Q(post__created_at=at, post_id__gt=id_))
        else:
            rows = rows.filter(Q(post__created_at__lt=at) | Q(post__created_at=at, post_id__lt=id_))
    return list(rows.order_by(*order).values_list("post__created_at", "post_id")[:limit])
