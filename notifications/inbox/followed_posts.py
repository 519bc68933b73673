"""New posts of followed people as notifications. They are not written, so that a celebrity's post costs one row."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import QuerySet

from notifications.models import PostMark, ReadMark
from notifications.preferences.sql import wants_new_posts
from socialapp.api.pagination import Cursor
from socialapp.feeds.newest import newest
from socialapp.feeds.sql import FOLLOWED_SINCE
from socialapp.posts.models import Post, in_feeds, visible_to
from socialapp.posts.queries import POSTED

_HEARD = replace(
    FOLLOWED_SINCE,
    people=f"{FOLLOWED_SINCE.people} AND {wants_new_posts('%(person)s', 'followee_id')}",
)


@dataclass(frozen=True)
class FollowedPost:
    """A post by someone followed since before it was posted."""

    at: datetime
    id: int
    unread: bool


def new_posts(
    person_id: int, read_up_to: datetime | None, unread: bool, cursor: Cursor | None, limit: int
) -> list[FollowedPost]:
    """New posts in the cursor's direction; with `unread`, only unread ones. The cursor's key ends in a post's id."""
    place = Cursor(cursor.key[1:], cursor.backwards) if cursor else None
    if not unread:
        return _newest(person_id, read_up_to, place, limit)
    rows = _unread(person_id, read_up_to, place, limit)
    ascending = place is not None and place.backwards
    return sorted(rows, key=lambda row: row.id, reverse=not ascending)[:limit]


def is_unread(person_id: int, post: Post) -> bool:
    """Whether this new post is unread for somebody who follows its author."""
    read_up_to = ReadMark.objects.filter(person_id=person_id).values_list("posts_at", flat=True).first()
    return _marks(person_id, read_up_to, [post.pk]).get(post.pk, read_up_to is None or post.created_at > read_up_to)


def _newest(person_id: int, read_up_to: datetime | None, place: Cursor | None, limit: int) -> list[FollowedPost]:
    rows = newest(_HEARD, person_id, [POSTED], place, limit)
    marks = _marks(person_id, read_up_to, [row.post_id for row in rows])
    return [FollowedPost(r.at, r.post_id, marks.get(r.post_id, read_up_to is None or r.at > read_up_to)) for r in rows]


def _unread(person_id: int, read_up_to: datetime | None, place: Cursor | None, limit: int) -> set[FollowedPost]:
    """Read on past posts that were marked read one by one, down to where all were marked read."""
    found = set(_marked_unread(person_id, read_up_to, place, limit))
    while len(found) < limit:
        rows = _newest(person_id, read_up_to, place, limit)
        found.update(row for row in rows if row.unread)
        if len(rows) < limit:
            break
        place = Cursor((rows[-1].id,), backwards=place is not None and place.backwards)
        if not place.backwards and read_up_to is not None and rows[-1].at <= read_up_to:
            break
    return found


def _standing(person_id: int, read_up_to: datetime | None) -> QuerySet[PostMark]:
    """Marks of single posts that are newer than the mark of all."""
    marks = PostMark.objects.filter(person_id=person_id)
    return marks.filter(at__gt=read_up_to) if read_up_to else marks


def _marks(person_id: int, read_up_to: datetime | None, post_ids: Collection[int]) -> dict[int, bool]:
    if not post_ids:
        return {}
    marks = _standing(person_id, read_up_to).filter(post_id__in=post_ids)
    return dict(marks.values_list("post_id", "unread"))


def _marked_unread(person_id: int, read_up_to: datetime | None, place: Cursor | None, limit: int) -> list[FollowedPost]:
    rows = _standing(person_id, read_up_to).filter(visible_to(person_id, "post"), in_feeds("post"), unread=True)
    backwards = place is not None and place.backwards
    if place:
        rows = rows.filter(post_id__gt=place.key[0]) if backwards else rows.filter(post_id__lt=place.key[0])
    marked = rows.order_by("post_id" if backwards else "-post_id").values_list("post__created_at", "post_id")[:limit]
    return [FollowedPost(at, id_, unread=True) for at, id_ in marked]
