"""Accounts that approve their followers: answer requests, remove followers, lock and unlock. Each may be repeated."""

from collections.abc import Collection
from enum import StrEnum
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from socialapp.follows import sql
from socialapp.follows.models import Follow, FollowRequest
from socialapp.follows.operations import Following, follow_or_ask, unfollow
from socialapp.messaging import outbox
from socialapp.messaging.messages import FollowRequestsAnswered
from socialapp.users.models import Person, active

ANSWERED_AT_ONCE = 200
UNDO_LASTS_S = 10 * 60
_REMOVED, _REFUSED = "socialapp.follows.removed", "socialapp.follows.refused"


class Waiting(StrEnum):
    """What becomes of requests that wait when an account is unlocked."""

    APPROVE = "approve"
    REFUSE = "refuse"
    LEAVE = "leave"


def approve(*, followee_id: int, follower_id: int) -> None:
    """Approve a request, of which the follower is notified. Raises FollowRequest.DoesNotExist, unless they follow."""
    if not _answer_one(followee_id, follower_id, approve=True):
        if Follow.objects.filter(followee_id=followee_id, follower_id=follower_id).exists():
            return
        raise FollowRequest.DoesNotExist("There is no such request.")


def refuse(*, followee_id: int, follower_id: int) -> str:
    """Refuse a request; the follower is not notified. Returns what `restore_request` takes, "" if there was none."""
    if not _answer_one(followee_id, follower_id, approve=False):
        return ""
    return signing.dumps([followee_id, follower_id], salt=_REFUSED, compress=True)


def restore_request(*, followee_id: int, refused: str) -> Following:
    """Undo `refuse`, within ten minutes: the request waits again, or is a follow where none is needed any more.

    Raises ValidationError, Person.DoesNotExist.
    """
    follower_id = _read(refused, _REFUSED, followee_id)[0]
    return follow_or_ask(follower_id=follower_id, followee_id=followee_id, is_limited=False)


def answer_all(*, followee_id: int, approve: bool) -> None:
    """Approve or refuse all requests that wait; workers answer those beyond the first few hundred."""
    newest = _newest(followee_id)
    if newest is None:
        return
    with transaction.atomic():
        if answer_batch(followee_id=followee_id, until=newest, approve=approve):
            outbox.publish(FollowRequestsAnswered(person_id=followee_id, until=newest, approve=approve))


def _newest(followee_id: int) -> int | None:
    requests = FollowRequest.objects.filter(followee_id=followee_id).order_by("-pk")
    return requests.values_list("pk", flat=True).first()


@transaction.atomic
def answer_batch(*, followee_id: int, until: int, approve: bool) -> bool:
    """Approve or refuse a batch of the requests up to this id. True while there may be more.

    Those of people who may not act stay when the others are approved.
    """
    due = FollowRequest.objects.filter(followee_id=followee_id, pk__lte=until)
    if approve:
        due = due.filter(active("follower"))
    rows = list(due.order_by("pk").values_list("pk", "follower_id")[:ANSWERED_AT_ONCE])
    answered = _answer(followee_id, [follower_id for _, follower_id in rows], [id_ for id_, _ in rows], approve=approve)
    return bool(answered) and len(rows) == ANSWERED_AT_ONCE


@transaction.atomic
def set_locked(*, person: Person, locked: bool, waiting: Waiting = Waiting.LEAVE) -> None:
    """Approve one's followers from now on, or no longer; `waiting` says what workers make of the requests then.

    Raises Person.DoesNotExist when the account was deleted.
    """
    if not Person.objects.filter(pk=person.pk, deleted_at=None).update(locked=locked):
        raise Person.DoesNotExist(f"{person.username} deleted this account.")
    person.locked = locked
    if locked or waiting is Waiting.LEAVE:
        return
    # Not answered here: a request made at this moment holds the lock of the pair, and waits for the person's row.
    if newest := _newest(person.pk):
        approve = waiting is Waiting.APPROVE
        outbox.publish(FollowRequestsAnswered(person_id=person.pk, until=newest, approve=approve))


@transaction.atomic
def remove_follower(*, followee_id: int, follower_id: int) -> str:
    """End that somebody follows; they are not notified. Returns what `restore_follower` takes, "" if they did not."""
    # Without a lock of the row: blocks lock the pair first.
    follow = Follow.objects.filter(followee_id=followee_id, follower_id=follower_id).first()
    if follow is None or not unfollow(follower_id=follower_id, followee_id=followee_id):
        return ""
    return signing.dumps([followee_id, follower_id, bool(follow.approved)], salt=_REMOVED, compress=True)


@transaction.atomic
def restore_follower(*, followee_id: int, removed: str) -> None:
    """Undo `remove_follower`, within ten minutes. Raises ValidationError, Person.DoesNotExist."""
    follower_id, approved = _read(removed, _REMOVED, followee_id)
    with connection.cursor() as cursor:
        cursor.execute(sql.LOCK_PAIR, {"one": followee_id, "other": follower_id})
        values = {"followee": followee_id, "follower": follower_id, "approved": approved or None}
        cursor.execute(sql.RESTORE, values | outbox.request())
        if not cursor.fetchone()[0]:
            raise Person.DoesNotExist("There is no such person, or one of you blocked the other.")
    outbox.wake_workers_after_commit()


def _read(token: str, salt: str, owner_id: int) -> list[Any]:
    """Return what `owner_id` may undo by a token. Raises ValidationError."""
    found: list[Any]
    try:
        whose, *found = signing.loads(token, salt=salt, max_age=UNDO_LASTS_S)
    except signing.BadSignature as error:
        raise ValidationError(_("It is too late to undo this.")) from error
    if whose != owner_id:
        raise ValidationError(_("It is too late to undo this."))
    return found


@transaction.atomic
def _answer_one(followee_id: int, follower_id: int, *, approve: bool) -> bool:
    requests = FollowRequest.objects.filter(followee_id=followee_id, follower_id=follower_id)
    ids = list(requests.values_list("pk", flat=True))
    return bool(_answer(followee_id, [follower_id], ids, approve=approve))


def _answer(followee_id: int, follower_ids: Collection[int], ids: Collection[int], *, approve: bool) -> int:
    """Answer these requests. Returns how many there still were."""
    if not ids:
        return 0
    refusing = sql.unfollow("false", requests="id = ANY(%(ids)s)")
    with connection.cursor() as cursor:
        cursor.execute(sql.LOCK_PAIRS, {"one": followee_id, "others": list(follower_ids)})
        cursor.execute(sql.APPROVE if approve else refusing, {"ids": list(ids)} | outbox.request())
        answered: int = cursor.fetchone()[0 if approve else 1]
    outbox.wake_workers_after_commit()
    return answered
