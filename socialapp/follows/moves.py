"""Move from one account to another one here: both confirm it, and workers have the followers follow the new one.

The new account names the old one first, so that followers cannot be sent to a stranger; then the old one moves.
Follower by follower, each its own transaction: a worker that dies does one again, which changes nothing.
"""

import time
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from socialapp.follows import follow_requests, operations
from socialapp.follows.models import Alias, Follow, FollowRequest, Move
from socialapp.follows.queries import moved_to
from socialapp.messaging import dispatch
from socialapp.users.models import Person
from socialapp.users.operations import lock_person

QUEUE = "takeout"
LEASE = timedelta(minutes=2)
# How many followers move before the lease is renewed.
AT_ONCE = 50
MOST_ALIASES = 10
# Followers are not sent about more often.
PAUSE = timedelta(days=30)

State = Move.State


@transaction.atomic
def name_alias(*, person: Person, former: Person) -> None:
    """Confirm that `former` is an account of this person, which may move here. May be repeated.

    Raises ValidationError.
    """
    if former.pk == person.pk:
        raise ValidationError(_("This is the account you are using. Name the other one."))
    lock_person(person.pk)
    if Alias.objects.filter(person=person).exclude(former=former).count() >= MOST_ALIASES:
        raise ValidationError(_("You have named %(n)d accounts. Remove one first.") % {"n": MOST_ALIASES})
    Alias.objects.get_or_create(person=person, former=former)


def remove_alias(*, person: Person, alias_id: int) -> None:
    """Take that back; a move that was begun goes on. Raises Alias.DoesNotExist."""
    Alias.objects.get(pk=alias_id, person=person).delete()


@transaction.atomic
def move(*, person: Person, target: Person) -> Move:
    """Redirect an account to another one, and have workers move its followers. Raises ValidationError."""
    lock_person(person.pk)
    if target.pk == person.pk:
        raise ValidationError(_("This is the account you are using. Name the other one."))
    if not Alias.objects.filter(person=target, former=person).exists():
        name = {"new": f"@{target.username}", "old": f"@{person.username}"}
        raise ValidationError(_("%(new)s has not confirmed this. Log in there and name %(old)s first.") % name)
    if moved_to(target) is not None:
        raise ValidationError(_("That account has moved itself. Choose the one where it is now."))
    earlier = Move.objects.filter(person=person).first()
    if earlier and earlier.created_at + PAUSE > timezone.now() and earlier.target_id != target.pk:
        raise ValidationError(_("You moved less than %(n)d days ago.") % {"n": PAUSE.days})
    total = Follow.objects.filter(followee=person).count()
    begun = {"target": target, "state": State.RUNNING, "total": total, "done": 0, "last_follow": 0}
    now = {"created_at": Now(), "due_at": Now()}
    moved, _is_new = Move.objects.update_or_create(person=person, defaults=begun | now)
    transaction.on_commit(lambda: dispatch.wake_workers(QUEUE))
    return moved


def end_move(*, person: Person) -> bool:
    """Redirect no longer. Followers who moved stay where they are. Returns whether there was a move."""
    return bool(Move.objects.filter(person=person).update(state=State.ENDED, due_at=None))


def forget(person_id: int) -> None:
    """Forget the aliases and the move of an account that was deleted."""
    Alias.objects.filter(Q(person=person_id) | Q(former=person_id)).delete()
    Move.objects.filter(Q(person=person_id) | Q(target=person_id)).delete()


def is_due() -> bool:
    """Whether a worker should move followers now."""
    return Move.objects.filter(state=State.RUNNING, due_at__lte=Now()).exists()


def work(until: float) -> bool:
    """Move followers until none is left or the clock (`time.monotonic`) is past `until`. True while more may be."""
    while held := claim():
        while _move_some(held):
            if time.monotonic() > until:
                _held(held).update(due_at=Now())
                return True
    return False


@transaction.atomic
def claim() -> Move | None:
    """Lease the move that waits longest to this worker."""
    due = Move.objects.filter(state=State.RUNNING, due_at__lte=Now()).order_by("due_at")
    held = due.select_for_update(skip_locked=True).first()
    if held is not None:
        held.claim += 1
        Move.objects.filter(pk=held.pk).update(due_at=Now() + LEASE, claim=held.claim)
    return held


def _move_some(held: Move) -> bool:
    """Move some followers, and renew the lease. False when none is left, or another worker has the move."""
    follows = Follow.objects.filter(followee=held.person_id, pk__gt=held.last_follow).order_by("pk")
    rows = list(follows.values_list("pk", "follower_id")[:AT_ONCE])
    if not rows:
        _held(held).update(state=State.DONE, due_at=None)
        return False
    for _follow_id, follower_id in rows:
        _move_one(follower_id, held)
    held.last_follow = rows[-1][0]
    progress = {"last_follow": held.last_follow, "done": F("done") + len(rows)}
    return bool(_held(held).update(due_at=Now() + LEASE, **progress))


def _move_one(follower_id: int, held: Move) -> None:
    """Move one follower, unless they cannot follow the new account: it is theirs, or one blocks the other."""
    pair = {"follower_id": follower_id, "followee_id": held.target_id}
    try:
        following = operations.follow_or_ask(**pair, is_limited=False)
        if following.is_requested and _is_accepted(follower_id, held.person_id):
            follow_requests.approve(**pair)
    except (ValidationError, Person.DoesNotExist, FollowRequest.DoesNotExist):
        return
    operations.unfollow(follower_id=follower_id, followee_id=held.person_id)


def _is_accepted(follower_id: int, followee_id: int) -> bool:
    """Whether an account accepted this follower: by an answer to their request, or because it is locked and kept them.

    The followers of an account that is open to all were never approved: if the new account is locked, they wait.
    """
    accepted = Q(approved=True) | Q(followee__locked=True)
    return Follow.objects.filter(accepted, follower_id=follower_id, followee_id=followee_id).exists()


def _held(held: Move) -> QuerySet[Move]:
    """The move, as long as this claim of it stands."""
    return Move.objects.filter(pk=held.pk, claim=held.claim, state=State.RUNNING)
