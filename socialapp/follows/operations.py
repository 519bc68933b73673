"""Follow and unfollow, block and unblock. Each may be repeated."""

from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from socialapp.counters import sql as counters
from socialapp.follows import sql
from socialapp.follows.models import Block, Follow, FollowRequest
from socialapp.follows.queries import FOLLOWERS, FOLLOWING
from socialapp.limits import operations as limits
from socialapp.messaging import outbox
from socialapp.messaging.messages import PersonBlocked
from socialapp.users.models import Person
from socialapp.users.queries import is_active_until_commit

PURGE_BATCH = 1_000
_UNFOLLOW = sql.LOCK_PAIR + sql.unfollow(sql.PAIR, requests=sql.PAIR)
SETTLED_AT_ONCE = 2_000


class Following(NamedTuple):
    """How a follow stands: whether it `is_new`, and whether it only `is_requested`, and waits for approval."""

    is_new: bool
    is_requested: bool


def follow(*, follower_id: int, followee_id: int) -> bool:
    """Follow somebody, or ask to. Returns True the first time. As `follow_or_ask`."""
    return follow_or_ask(follower_id=follower_id, followee_id=followee_id).is_new


def follow_or_ask(*, follower_id: int, followee_id: int, is_limited: bool = True) -> Following:
    """Follow somebody; ask to, if they approve their followers. One round trip. Not `is_limited`, it is not counted.

    Raises Person.DoesNotExist, also when one blocks the other, ValidationError and LimitExceeded.
    """
    if follower_id == followee_id:
        raise ValidationError(_("You cannot follow yourself."))
    if is_limited:
        limits.check("follows", follower_id)
    with connection.cursor() as cursor:
        pair = {"one": follower_id, "other": followee_id}
        follow = {"follower": follower_id, "followee": followee_id}
        cursor.execute(sql.FOLLOW, follow | pair | outbox.request())
        exists, added, asked, waits = cursor.fetchone()
    if not exists:
        raise Person.DoesNotExist("There is no such person, or one of you blocked the other.")
    if added or asked:
        if is_limited:
            limits.count("follows", follower_id)
        outbox.wake_workers_after_commit()
    return Following(added or asked, waits)


def unfollow(*, follower_id: int, followee_id: int) -> bool:
    """Stop following, or take a request back. Returns whether there was either. One round trip."""
    with connection.cursor() as cursor:
        pair = {"one": follower_id, "other": followee_id}
        cursor.execute(_UNFOLLOW, {"follower": follower_id, "followee": followee_id, **pair} | outbox.request())
        removed = any(cursor.fetchone())
    if removed:
        outbox.wake_workers_after_commit()
    return removed


@transaction.atomic
def block(*, blocker_id: int, blocked_id: int) -> bool:
    """Block somebody and end the follows and requests between the two. Returns True the first time.

    Raises Person.DoesNotExist, ValidationError.
    """
    if blocker_id == blocked_id:
        raise ValidationError(_("You cannot block yourself."))
    with connection.cursor() as cursor:
        cursor.execute(sql.LOCK_PAIR, {"one": blocker_id, "other": blocked_id})
    blocked = Person.objects.get(pk=blocked_id, deleted_at=None)
    row, added = Block.objects.get_or_create(blocker_id=blocker_id, blocked=blocked)
    if added:
        unfollow(follower_id=blocker_id, followee_id=blocked_id)
        unfollow(follower_id=blocked_id, followee_id=blocker_id)
        row.refresh_from_db(fields=["created_at"])
        outbox.publish(
            PersonBlocked(recipient_id=blocker_id, actor_id=blocked_id, at=row.created_at),
            PersonBlocked(recipient_id=blocked_id, actor_id=blocker_id, at=row.created_at),
        )
    return added


def unblock(*, blocker_id: int, blocked_id: int) -> bool:
    """End a block. Returns whether there was one. What was withheld meanwhile does not come back."""
    return bool(Block.objects.filter(blocker_id=blocker_id, blocked_id=blocked_id).delete()[0])


@transaction.atomic
def settle_follows_of(person_id: int) -> bool:
    """Count a batch of someone's follows again, or no longer, as the person is visible. True while more are left."""
    uncounted = None if is_active_until_commit(person_id) else True
    ids = [
        row_id
        for side in ("follower", "followee")
        for row_id in Follow.objects.filter(**{side: person_id, f"{side}_uncounted__isnull": bool(uncounted)})
        .order_by("-pk")
        .values_list("pk", flat=True)[:SETTLED_AT_ONCE]
    ]
    # Locked in order: the batches of two people may share rows.
    list(Follow.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    with connection.cursor() as cursor:
        for side, name, subject in (("follower", FOLLOWERS, "followee_id"), ("followee", FOLLOWING, "follower_id")):
            cursor.execute(
                counters.settle("follows_follow", name, subject, f"{side}_uncounted", f"{side}_id = %(person)s"),
                {"ids": ids, "person": person_id, "uncounted": uncounted},
            )
    return bool(ids)


@transaction.atomic
def remove_follows_of(person_id: int) -> bool:
    """Remove a batch of the follows and requests from and to someone. True while there may be more."""
    follows, requests = (
        sorted(
            row_id
            for side in ("follower_id", "followee_id")
            for row_id in model._default_manager.filter(**{side: person_id}).values_list("pk", flat=True)[:PURGE_BATCH]
        )
        for model in (Follow, FollowRequest)
    )
    with connection.cursor() as cursor:
        statement = sql.unfollow("id = ANY(%(follows)s)", requests="id = ANY(%(requests)s)")
        cursor.execute(statement, {"follows": follows, "requests": requests} | outbox.request())
    outbox.wake_workers_after_commit()
    return bool(follows or requests)
