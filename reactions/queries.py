"""Reactions that may be seen."""

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet, Value

from reactions.models import Like, Share
from socialapp.counters.queries import counts
from socialapp.follows.queries import without_blocked
from socialapp.posts.queries import FeedSource
from socialapp.users.models import active

SHARED = FeedSource("reactions_share", person="person_id", post="post_id")

_COUNTED = {"post.likes": "likes", "post.shares": "shares", "post.comments": "comments"}


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
        for post_id, verb in _reacted(post_ids, viewer_id):
            found[post_id][verb] = True
    return found


def _reacted(post_ids: Collection[int], viewer_id: int) -> QuerySet[Any, tuple[int, str]]:
    """(post, "liked" or "shared") of each of these posts that the viewer liked or shared."""
    likes, shares = (model.objects.filter(person_id=viewer_id, post_id__in=post_ids) for model in (Like, Share))
    return likes.values_list("post_id", Value("liked")).union(shares.values_list("post_id", Value("shared")), all=True)


def _of_visible_people(rows: QuerySet[Any], viewer_id: int | None) -> QuerySet[Any]:
    seen = rows.select_related("person").filter(active("person"))
    return without_blocked(seen, viewer_id, "person")
