"""Who follows and who blocks somebody."""

from collections.abc import Collection
from typing import Any, TypeVar

from django.db.models import Q, QuerySet, Value
from django.db.models.expressions import RawSQL

from socialapp.follows.models import Block, Follow
from socialapp.sql import blocks_with
from socialapp.users.models import active

Rows = TypeVar("Rows", bound=QuerySet[Any])

FOLLOWERS = "person.followers"
FOLLOWING = "person.following"


def without_blocked(rows: Rows, viewer_id: int | None, person: str) -> Rows:
    """`rows` without those where viewer and `person` have a block between them. All rows without an account."""
    if viewer_id is None:
        return rows
    hidden = RawSQL(blocks_with("%s"), [viewer_id, viewer_id])  # noqa: S611  no text from outside
    return rows.exclude(**{f"{person}__in": hidden})


def followers_of(person_id: int, viewer_id: int | None = None) -> QuerySet[Follow]:
    """Follows of a person by people whom this viewer may see, with `follower`; order by `-id` for the newest first."""
    followers = Follow.objects.select_related("follower").filter(active("follower"), followee_id=person_id)
    return without_blocked(followers, viewer_id, "follower")


def following_of(person_id: int, viewer_id: int | None = None) -> QuerySet[Follow]:
    """Follows by a person of people whom this viewer may see, with `followee`; order by `-id` for the newest first."""
    following = Follow.objects.select_related("followee").filter(active("followee"), follower_id=person_id)
    return without_blocked(following, viewer_id, "followee")


def followed_among(viewer_id: int | None, person_ids: Collection[int]) -> set[int]:
    """Which of these people the viewer follows."""
    if viewer_id is None or not person_ids:
        return set()
    followed = Follow.objects.filter(follower_id=viewer_id, followee_id__in=person_ids)
    return set(followed.values_list("followee_id", flat=True))


def follows_and_blocks_among(viewer_id: int | None, person_ids: Collection[int]) -> tuple[set[int], set[int]]:
    """Which of these people the viewer follows, and which they blocked. One query; none without an account."""
    if viewer_id is None or not person_ids:
        return set(), set()
    follows = Follow.objects.filter(follower_id=viewer_id, followee_id__in=person_ids)
    blocks = Block.objects.filter(blocker_id=viewer_id, blocked_id__in=person_ids)
    rows = set(
        follows.values_list("followee_id", Value("follow")).union(blocks.values_list("blocked_id", Value("block")))
    )
    return {id_ for id_, kind in rows if kind == "follow"}, {id_ for id_, kind in rows if kind == "block"}


def blocks_of(person_id: int) -> QuerySet[Block]:
    """A person's blocks, each with its `blocked`; order by `-id` for the newest first."""
    return Block.objects.select_related("blocked").filter(blocker_id=person_id, blocked__deleted_at=None)


def has_block_between(one_id: int | None, other_id: int) -> bool:
    """Whether either of two people blocks the other. False without an account."""
    pairs = Q(blocker_id=one_id, blocked_id=other_id) | Q(blocker_id=other_id, blocked_id=one_id)
    return one_id is not None and Block.objects.filter(pairs).exists()


def has_blocked(blocker_id: int, blocked_id: int) -> bool:
    """Whether one person blocks another."""
    return Block.objects.filter(blocker_id=blocker_id, blocked_id=blocked_id).exists()
