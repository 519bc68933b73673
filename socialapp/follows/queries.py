"""Queries of follows, requests to follow, and blocks."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import RawSQL

from socialapp.follows.models import Block, Follow, FollowRequest, Move
from socialapp.sql import blocks_with
from socialapp.users.models import Person, active
from socialapp.users.queries import person_named

Rows = TypeVar("Rows", bound=QuerySet[Any])

FOLLOWERS = "person.followers"
FOLLOWING = "person.following"
MOST_COUNTED = 100


def no_block(viewer: int | str | None, person: str) -> Q:
    """A condition: viewer and `person`, a path, have no block between them. A viewer without an account has none.

    A text is the column of the model that is asked which has the viewer of each row.
    """
    if viewer is None:
        return Q()
    if isinstance(viewer, str):
        each, other = OuterRef(viewer), OuterRef(person)
        between = Q(blocker=each, blocked=other) | Q(blocker=other, blocked=each)
        return Q(~Exists(Block.objects.filter(between)))
    hidden = RawSQL(blocks_with("%s"), [viewer, viewer])  # noqa: S611  no text from outside
    return ~Q(**{f"{person}__in": hidden})


def without_blocked(rows: Rows, viewer_id: int | None, person: str) -> Rows:
    """`rows` without those where viewer and `person` have a block between them. All rows without an account."""
    return rows.filter(no_block(viewer_id, person))


def person_seen(username: str, viewer_id: int | None) -> Person:
    """The visible person with this username. Raises Person.DoesNotExist, also when they block the viewer."""
    people = Person.objects.active()
    if viewer_id is not None:
        people = people.exclude(Exists(Block.objects.filter(blocker=OuterRef("pk"), blocked=viewer_id)))
    return people.get(username=username.lower())


def person_unblocked(username: str, viewer_id: int | None) -> Person:
    """Like `person_seen`, and the viewer does not block them either."""
    person = person_named(username)
    if has_block_between(viewer_id, person.pk):
        raise Person.DoesNotExist(f"There is no @{username}, or one of you has blocked the other.")
    return person


def shut_out_among(person_id: int, viewer_id: int | None) -> tuple[int, int]:
    """How many of a person's followers, and of those they follow, are counted but hidden from the viewer by blocks.

    Each costs as many probes as the viewer has blocks.
    """
    if viewer_id is None:
        return 0, 0
    hidden = RawSQL(blocks_with("%s"), [viewer_id, viewer_id])  # noqa: S611  no text from outside
    followers = Follow.objects.filter(followee_id=person_id, follower_uncounted=None, follower__in=hidden)
    following = Follow.objects.filter(follower_id=person_id, followee_uncounted=None, followee__in=hidden)
    return followers.count(), following.count()


def followers_of(person_id: int, viewer_id: int | None = None) -> QuerySet[Follow]:
    """Follows of a person by people this viewer may see, with `follower`; order by `-id` for the newest first."""
    followers = Follow.objects.select_related("follower").filter(active("follower"), followee_id=person_id)
    return without_blocked(followers, viewer_id, "follower")


def following_of(person_id: int, viewer_id: int | None = None) -> QuerySet[Follow]:
    """Follows by a person of people this viewer may see, with `followee`; order by `-id` for the newest first."""
    following = Follow.objects.select_related("followee").filter(active("followee"), follower_id=person_id)
    return without_blocked(following, viewer_id, "followee")


def followed_among(viewer_id: int | None, person_ids: Collection[int]) -> set[int]:
    """Which of these people the viewer follows."""
    if viewer_id is None or not person_ids:
        return set()
    followed = Follow.objects.filter(follower_id=viewer_id, followee_id__in=person_ids)
    return set(followed.values_list("followee_id", flat=True))


def requests_to(person_id: int) -> QuerySet[FollowRequest]:
    """Requests to follow a person that wait, each with its `follower`; order by `-id` for the newest first."""
    return FollowRequest.objects.select_related("follower").filter(active("follower"), followee_id=person_id)


def waiting_requests(person_id: int) -> int:
    """How many requests wait for a person's answer; MOST_COUNTED stands for that many or more."""
    return requests_to(person_id).order_by()[:MOST_COUNTED].count()


@dataclass(frozen=True)
class Relations:
    """Among some people: those that a viewer `follows`, `asked` to follow, and `blocks`."""

    follows: set[int] = field(default_factory=set)
    asked: set[int] = field(default_factory=set)
    blocks: set[int] = field(default_factory=set)


def relations_among(viewer_id: int | None, person_ids: Collection[int]) -> Relations:
    """What the viewer has with which of these people. One query; none without an account."""
    found = Relations()
    if viewer_id is None or not person_ids:
        return found
    follows = Follow.objects.filter(follower_id=viewer_id, followee_id__in=person_ids)
    asked = FollowRequest.objects.filter(follower_id=viewer_id, followee_id__in=person_ids)
    blocks = Block.objects.filter(blocker_id=viewer_id, blocked_id__in=person_ids)
    rows = follows.values_list("followee_id", Value("follows")).union(
        asked.values_list("followee_id", Value("asked")), blocks.values_list("blocked_id", Value("blocks")), all=True
    )
    for id_, name in rows:
        getattr(found, name).add(id_)
    return found


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


def moved_to(person: Person, viewer_id: int | None = None) -> Person | None:
    """The account to which a person moved, if this viewer may see it."""
    moves = Move.objects.exclude(state=Move.State.ENDED).filter(active("target"), person=person)
    found = without_blocked(moves.select_related("target"), viewer_id, "target").first()
    return found.target if found else None
