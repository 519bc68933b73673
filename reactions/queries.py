"""Reactions that may be seen."""

from collections.abc import Collection
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from reactions.models import Comment, Like, Share
from socialapp.follows.queries import without_blocked
from socialapp.posts.queries import FeedSource
from socialapp.tallies.queries import counts

SHARED = FeedSource("reactions_share", person="person_id", post="post_id")

_COUNTED = {"post.likes": "likes", "post.shares": "shares", "post.comments": "comments"}

# What every inbox must hold of reactions (for `manage.py audit`): who hears is decided as in `statements`.
FACTS = """
SELECT post.author_id AS recipient_id, 'like' AS kind, post.id AS post_id,
       person_id AS actor_id, 0::bigint AS comment_id
FROM reactions_like JOIN posts_post AS post ON post.id = post_id WHERE post.author_id <> person_id
UNION ALL
SELECT post.author_id, 'share', post.id, person_id, 0
FROM reactions_share JOIN posts_post AS post ON post.id = post_id WHERE post.author_id <> person_id
UNION ALL
SELECT post.author_id, 'comment', post.id, comment.author_id, comment.id
FROM reactions_comment AS comment JOIN posts_post AS post ON post.id = comment.post_id
LEFT JOIN reactions_comment AS target ON target.id = comment.reply_to_id
WHERE comment.deleted_at IS NULL AND comment.hidden_at IS NULL
  AND post.author_id <> comment.author_id AND post.author_id IS DISTINCT FROM target.author_id
UNION ALL
SELECT target.author_id, 'reply', comment.post_id, comment.author_id, comment.id
FROM reactions_comment AS comment JOIN reactions_comment AS target ON target.id = comment.reply_to_id
WHERE comment.deleted_at IS NULL AND comment.hidden_at IS NULL AND target.author_id <> comment.author_id
UNION ALL
SELECT mention.person_id, 'mention', comment.post_id, comment.author_id, comment.id
FROM reactions_mention AS mention JOIN reactions_comment AS comment ON comment.id = mention.comment_id
JOIN posts_post AS post ON post.id = comment.post_id
LEFT JOIN reactions_comment AS target ON target.id = comment.reply_to_id
WHERE comment.deleted_at IS NULL AND comment.hidden_at IS NULL
  AND mention.person_id <> post.author_id AND mention.person_id IS DISTINCT FROM target.author_id
"""


def likes_of(post_id: int, viewer_id: int | None = None) -> QuerySet[Like]:
    """Each with its `person`, for this viewer; order by `-id` for the newest first."""
    return _of_visible_people(Like.objects.filter(post_id=post_id), viewer_id)


def shares_of(post_id: int, viewer_id: int | None = None) -> QuerySet[Share]:
    """Each with its `person`, for this viewer; order by `-id` for the newest first."""
    return _of_visible_people(Share.objects.filter(post_id=post_id), viewer_id)


def visible_comments() -> QuerySet[Comment]:
    """Below visible posts, neither deleted nor hidden, of visible people; with author and whom they reply to."""
    return Comment.objects.select_related("author", "reply_to__author").filter(
        deleted_at=None,
        hidden_at=None,
        author__suspended_at=None,
        author__deleted_at=None,
        post__deleted_at=None,
        post__hidden_at=None,
        post__author__suspended_at=None,
        post__author__deleted_at=None,
    )


def visible_comment(comment_id: int) -> Comment:
    """Raises Comment.DoesNotExist when it is gone or may not be seen."""
    return visible_comments().get(pk=comment_id)


def comments_of(post_id: int) -> QuerySet[Comment]:
    """Visible comments of a post; order by `root_id`, `id` for thread after thread."""
    return visible_comments().filter(post_id=post_id)


def summaries(post_ids: Collection[int], viewer_id: int | None) -> dict[int, dict[str, Any]]:
    """{post id: likes, shares, comments, liked, shared}. Two statements, one for a stranger."""
    found: dict[int, dict[str, Any]] = {
        post_id: {"likes": 0, "shares": 0, "comments": 0, "liked": False, "shared": False} for post_id in post_ids
    }
    for (name, post_id), count in counts(list(_COUNTED), post_ids).items():
        found[post_id][_COUNTED[name]] = count
    if viewer_id is not None and post_ids:
        for post_id, verb in _deeds(post_ids, viewer_id):
            found[post_id][verb] = True
    return found


def _deeds(post_ids: Collection[int], viewer_id: int) -> list[tuple[int, str]]:
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
