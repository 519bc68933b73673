"""The box of notices from strangers, by person: what is in it; accept and drop. Each may be repeated."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from notifications.inbox.operations import Activity, Moved, notify
from notifications.inbox.queries import EXCERPT
from notifications.models import GroupMember, Reason, Stranger
from socialapp.follows.queries import without_blocked
from socialapp.messaging import outbox
from socialapp.messaging.messages import StrangerAnswered
from socialapp.posts.models import Post
from socialapp.text.excerpts import shorten
from socialapp.users.models import Person, active

MOST_COUNTED = 100
SHOWN = 3  # notices of each person
ANSWERED_AT_ONCE = 500


@dataclass(frozen=True)
class Notice:
    """That somebody did `kind` at a time; `post_id` leads to it, and `excerpt` is how what they wrote begins."""

    kind: str
    at: datetime
    post_id: int | None = None
    excerpt: str = ""


@dataclass
class Boxed:
    """A person in the box: their newest notices, and how many there are; MOST_COUNTED for that many or more."""

    id: int
    person: Person
    at: datetime
    notices: list[Notice] = field(default_factory=list)
    count: int = 0


def box_of(person_id: int) -> QuerySet[Stranger]:
    """The rows of strangers who wait in a person's box, with their `stranger`; order by `-id` for the latest first."""
    waiting = Stranger.objects.select_related("stranger").filter(
        active("stranger"), person_id=person_id, accepted_at=None
    )
    return without_blocked(waiting, person_id, "stranger")


def waiting_strangers(person_id: int) -> int:
    """How many people wait in somebody's box; MOST_COUNTED stands for that many or more."""
    return box_of(person_id).order_by()[:MOST_COUNTED].count()


def boxed(person_id: int, strangers: Sequence[Stranger]) -> list[Boxed]:
    """These people with their notices in the box; none if they took everything back. Two queries."""
    found = {each.stranger_id: Boxed(each.pk, each.stranger, each.at) for each in strangers}
    members: defaultdict[int, list[GroupMember]] = defaultdict(list)
    for member in _held(person_id, list(found)).order_by("-at")[: MOST_COUNTED * SHOWN]:
        members[member.actor_id].append(member)
    texts = _texts(person_id, [each for some in members.values() for each in some[:SHOWN]])
    for actor_id, theirs in members.items():
        found[actor_id].count = min(len(theirs), MOST_COUNTED)
        found[actor_id].notices = [_notice(member, texts) for member in theirs[:SHOWN]]
    return list(found.values())


@transaction.atomic
def accept(*, person_id: int, stranger_id: int) -> None:
    """Accept somebody's notices from now on; workers move those in the box to the inbox. Raises DoesNotExist."""
    changed = Stranger.objects.filter(person_id=person_id, stranger_id=stranger_id, accepted_at=None)
    if changed.update(accepted_at=Now()):
        _answered(person_id, [stranger_id], accepted=True)
    elif not Stranger.objects.filter(person_id=person_id, stranger_id=stranger_id).exists():
        raise Stranger.DoesNotExist("There are no notices of theirs.")


@transaction.atomic
def drop(*, person_id: int, stranger_id: int) -> None:
    """Drop somebody's notices that are in the box; those that come later are filtered again."""
    if Stranger.objects.filter(person_id=person_id, stranger_id=stranger_id).delete()[0]:
        _answered(person_id, [stranger_id], accepted=False)


@transaction.atomic
def answer_all(*, person_id: int, accept: bool) -> None:
    """Accept or drop the notices of everybody in the box."""
    waiting = Stranger.objects.filter(person_id=person_id, accepted_at=None)
    ids = list(waiting.select_for_update(no_key=True).order_by("pk").values_list("stranger_id", flat=True))
    changed = waiting.filter(stranger_id__in=ids)
    if accept:
        changed.update(accepted_at=Now())
    else:
        changed.delete()
    _answered(person_id, ids, accepted=accept)


def move_to_inbox(person_id: int, stranger_id: int) -> tuple[list[Moved], bool]:
    """Move a batch of somebody's notices from the box to the inbox. The caller holds the shard.

    Returns the groups that moved up, and True while there may be more.
    """
    members = list(_held(person_id, [stranger_id]).order_by("ordinal")[:ANSWERED_AT_ONCE])
    moved = notify(
        [
            Activity(person_id, each.group.kind, each.group.post_id, each.actor_id, each.reply_id, each.at)
            for each in members
        ]
    )
    left = _held(person_id, [stranger_id])
    is_stuck = left.filter(pk__in=[each.pk for each in members]).exists()
    return moved, len(members) == ANSWERED_AT_ONCE and left.exists() and not is_stuck


def drop_from_box(person_id: int, stranger_id: int) -> None:
    """Drop what is in the box of somebody. The caller holds the shard."""
    ids = list(_held(person_id, [stranger_id]).values_list("pk", flat=True))
    GroupMember.objects.filter(pk__in=ids).update(suppressed_reason=Reason.STRANGER_DROPPED)


def _answered(person_id: int, stranger_ids: Iterable[int], *, accepted: bool) -> None:
    outbox.publish(
        *[StrangerAnswered(recipient_id=person_id, actor_id=each, accepted=accepted) for each in stranger_ids]
    )


def _held(person_id: int, actor_ids: Sequence[int]) -> QuerySet[GroupMember]:
    held = GroupMember.objects.select_related("group").filter(suppressed_reason=Reason.STRANGER)
    return held.filter(actor_id__in=actor_ids, group__recipient_id=person_id)


def _texts(person_id: int, members: Iterable[GroupMember]) -> dict[int, str]:
    ids = {member.reply_id or member.group.post_id or 0 for member in members}
    return dict(Post.objects.visible_to(person_id).filter(pk__in=ids).values_list("pk", "body"))


def _notice(member: GroupMember, texts: dict[int, str]) -> Notice:
    post_id = member.reply_id or member.group.post_id
    text = texts.get(post_id or 0)
    return Notice(member.group.kind, member.at, post_id if text is not None else None, shorten(text or "", EXCERPT))
