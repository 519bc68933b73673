"""Reactions that may be seen."""

from collections.abc import Collection
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from reactions.models import Like, Share
from socialapp.counters.queries import counts
from socialapp.follows.queries import without_blocked
from socialapp.posts.queries import FeedSource

SHARED = FeedSource("reactions_share", person="person_id", post="post_id")

_COUNTED = {"post.likes": "likes", "post.shares": "shares", "post.comments": "comments"}

# What every inbox must hold of reactions (for `manage.py audit`): who is notified is decided as in `statements`.
FACTS = """
SELECT post.author_id AS recipient_id, 'like' AS kind, post.id AS post_id,
       person_id AS actor_id, 0::bigint AS reply_id
FROM reactions_like JOIN posts_post AS post ON post.id = post_id WHERE post.author_id <> person_id
UNION ALL
SELECT post.author_id, 'share', post.id, person_id, 0
FROM reactions_share JOIN posts_post AS post ON post.id = post_id WHERE post.author_id <> person_id
UNION ALL
SELECT answered.author_id, CASE WHEN answered.thread IS NULL THEN 'comment' ELSE 'reply' END, answered.id,
       reply.author_id, reply.id
FROM posts_post AS reply JOIN posts_post AS answered ON answered.id = reply.reply_to_id
WHERE reply.deleted_at IS NULL AND reply.hidden_at IS NULL AND answered.author_id <> reply.author_id
UNION ALL
SELECT beginning.author_id, 'comment', beginning.id, reply.author_id, reply.id
FROM posts_post AS reply JOIN posts_post AS beginning ON beginning.id = reply.thread
WHERE reply.deleted_at IS NULL AND reply.hidden_at IS NULL AND reply.reply_to_id IS DISTINCT FROM reply.thread
  AND beginning.author_id NOT IN (reply.author_id, reply.reply_to_author)
"""


def likes_of(post_id: int, viewer_id: int | None = None) -> QuerySet[Like]:
    """Each with its `person`, for this viewer; order by `-id` for the newest first."""
    return _of_visible_people(Like.objects.filter(post_id=post_id), viewer_id)


def shares_of(post_id: int, viewer_id: int | None = None) -> QuerySet[Share]:
    """Each with its `person`, for this viewer; order by `-id` for the newest first."""
    return _of_visible_people(Share.objects.filter(post_id=post_id), viewer_id)


def summaries(post_ids: Collection[int], viewer_id: int | None) -> dict[int, dict[str, Any]]:
    """{post id: likes, shares, comments, liked, shared}. Two statements, one for a stranger."""
    found: dict[int, dict[str, Any]] = {
        post_id: {"likes": 0, "shares": 0, "comments": 0, "liked": False, "shared": False} for post_id in post_ids
    }
    for (name, post_id), count in counts(list(_COUNTED), post_ids).items():
        found[post_id][_COUNTED[name]] = count
    if viewer_id is not None and post_ids:
        for post_id, verb in _activities(post_ids, viewer_id):
            found[post_id][verb] = True
    return found


def _activities(post_ids: Collection[int], viewer_id: int) -> list[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT post_id, 'liked' FROM reactions_like WHERE person_id = %(viewer)s AND post_id = ANY(%(posts)s) "
            "UNION ALL "
            "SELECT post_id, 'shared' FROM reactions_share WHERE person_id = %(viewer)s AND post_id = ANY(%(posts)s)",
            {"viewer": viewer_id, "posts": list(post_ids)},
        )
        rows: list[tuple[int, str]] = cursor.fetchall()
        return rows


def _of_visible_people(rows: QuerySet[Any], viewer_id: int | None) -> QuerySet[Any]:
    seen = rows.select_related("person").filter(person__suspended_at=None, person__deleted_at=None)
    return without_blocked(seen, viewer_id, "person")
