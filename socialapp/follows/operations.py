"""Follow and stop following, block and unblock. Each may be repeated."""

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from socialapp.follows.models import Block, Follow
from socialapp.follows.queries import FOLLOWERS, FOLLOWING
from socialapp.messaging import outbox
from socialapp.messaging.messages import PersonBlocked, PersonFollowed, PersonUnfollowed
from socialapp.tallies.operations import change_sql
from socialapp.users.models import Person

PURGE_BATCH = 1_000

_FOLLOW = f"""
WITH followee AS MATERIALIZED (
    SELECT id FROM users_person WHERE id = %(followee)s AND suspended_at IS NULL AND deleted_at IS NULL
      AND NOT EXISTS (
        SELECT FROM follows_block
        WHERE (blocker_id, blocked_id) IN ((users_person.id, %(follower)s), (%(follower)s, users_person.id))
      )
), added AS (
    INSERT INTO follows_follow (follower_id, followee_id) SELECT %(follower)s, id FROM followee
    ON CONFLICT DO NOTHING RETURNING followee_id AS recipient_id, follower_id AS actor_id, created_at AS at
), followers AS ({change_sql(FOLLOWERS, "recipient_id", 1, "added")}
), following AS ({change_sql(FOLLOWING, "actor_id", 1, "added")}
), message AS ({outbox.publish_sql(PersonFollowed, "added")})
SELECT EXISTS (SELECT FROM followee), EXISTS (SELECT FROM added)
"""

_UNFOLLOW = f"""
WITH removed AS (
    DELETE FROM follows_follow WHERE {{which}}
    RETURNING followee_id AS recipient_id, follower_id AS actor_id, clock_timestamp() AS at
), followers AS ({change_sql(FOLLOWERS, "recipient_id", -1, "removed")}
), following AS ({change_sql(FOLLOWING, "actor_id", -1, "removed")}
), message AS ({outbox.publish_sql(PersonUnfollowed, "removed")})
SELECT count(*) FROM removed
"""


def follow(*, follower_id: int, followee_id: int) -> bool:
    """True the first time. Raises Person.DoesNotExist (or one blocks the other), ValidationError. One statement."""
    if follower_id == followee_id:
        raise ValidationError(_("You cannot follow yourself."))
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOW, {"follower": follower_id, "followee": followee_id})
        exists, added = cursor.fetchone()
    if not exists:
        raise Person.DoesNotExist("There is nobody there whom you can follow.")
    if added:
        outbox.ring_after_commit()
    return bool(added)


def unfollow(*, follower_id: int, followee_id: int) -> bool:
    """True when they did follow. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_UNFOLLOW.format(which="follower_id = %s AND followee_id = %s"), [follower_id, followee_id])
        removed = cursor.fetchone()[0]
    if removed:
        outbox.ring_after_commit()
    return bool(removed)


@transaction.atomic
def block(*, blocker_id: int, blocked_id: int) -> bool:
    """True the first time. Neither follows the other any more. Raises Person.DoesNotExist, ValidationError."""
    if blocker_id == blocked_id:
        raise ValidationError(_("You cannot block yourself."))
    blocked = Person.objects.get(pk=blocked_id, deleted_at=None)
    row, added = Block.objects.get_or_create(blocker_id=blocker_id, blocked=blocked)
    if added:
        unfollow(follower_id=blocker_id, followee_id=blocked_id)
        unfollow(follower_id=blocked_id, followee_id=blocker_id)
        row.refresh_from_db(fields=["created_at"])
        outbox.publish(PersonBlocked(recipient_id=blocker_id, actor_id=blocked_id, at=row.created_at))
    return added


def unblock(*, blocker_id: int, blocked_id: int) -> bool:
    """True when they were blocked. What was withheld meanwhile does not come back."""
    return bool(Block.objects.filter(blocker_id=blocker_id, blocked_id=blocked_id).delete()[0])


@transaction.atomic
def remove_follows_of(person_id: int) -> bool:
    """Remove a batch of the follows from and to someone. True while there may be more."""
    ids = list(Follow.objects.filter(follower_id=person_id).values_list("pk", flat=True)[:PURGE_BATCH])
    ids += Follow.objects.filter(followee_id=person_id).values_list("pk", flat=True)[:PURGE_BATCH]
    with connection.cursor() as cursor:
        cursor.execute(_UNFOLLOW.format(which="id = ANY(%s)"), [sorted(ids)])
    outbox.ring_after_commit()
    return bool(ids)
