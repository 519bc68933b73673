"""Follow and stop following, block and unblock. Each may be repeated."""

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from socialapp.counters.operations import change_sql, settle_sql
from socialapp.follows.models import Block, Follow
from socialapp.follows.queries import FOLLOWERS, FOLLOWING
from socialapp.messaging import outbox
from socialapp.messaging.messages import PersonBlocked, PersonFollowed, PersonUnfollowed
from socialapp.sql import acting
from socialapp.users.models import Person
from socialapp.users.queries import is_active_until_commit

PURGE_BATCH = 1_000
SETTLED_AT_ONCE = 2_000

# Of two people, `one` and `other`, until the transaction ends: who looks whether one blocks the other holds it while
# acting on the answer. A statement of its own, before the one that looks: that one sees what was committed before it
# began (ADR 25).
LOCK_PAIR = """
SELECT pg_advisory_xact_lock(hashtextextended(
    'follows ' || least(%(one)s, %(other)s) || ' ' || greatest(%(one)s, %(other)s), 0
));
"""
# In one round trip, whose statements are one transaction.
_FOLLOW = f"""{LOCK_PAIR}
WITH followee AS MATERIALIZED (
    SELECT id FROM ({acting("%(followee)s")}) AS person
    WHERE NOT EXISTS (
        SELECT FROM follows_block
        WHERE (blocker_id, blocked_id) IN ((person.id, %(follower)s), (%(follower)s, person.id))
      )
), follower AS MATERIALIZED ({acting("%(follower)s")}
), added AS (
    INSERT INTO follows_follow (follower_id, followee_id) SELECT follower.id, followee.id FROM follower, followee
    ON CONFLICT DO NOTHING RETURNING followee_id AS recipient_id, follower_id AS actor_id, created_at AS at
), followers AS ({change_sql(FOLLOWERS, "recipient_id", 1, "added")}
), following AS ({change_sql(FOLLOWING, "actor_id", 1, "added")}
), message AS ({outbox.publish_sql(PersonFollowed, "added")})
SELECT EXISTS (SELECT FROM followee) AND EXISTS (SELECT FROM follower), EXISTS (SELECT FROM added)
"""

_UNFOLLOW = f"""
WITH removed AS (
    DELETE FROM follows_follow WHERE {{which}}
    RETURNING followee_id, follower_id, follower_uncounted, followee_uncounted
), followers AS ({change_sql(FOLLOWERS, "followee_id", -1, "removed WHERE follower_uncounted IS NULL")}
), following AS ({change_sql(FOLLOWING, "follower_id", -1, "removed WHERE followee_uncounted IS NULL")}
), fact AS (SELECT followee_id AS recipient_id, follower_id AS actor_id, clock_timestamp() AS at FROM removed
), message AS ({outbox.publish_sql(PersonUnfollowed, "fact")})
SELECT count(*) FROM removed
"""


def follow(*, follower_id: int, followee_id: int) -> bool:
    """True the first time. Raises Person.DoesNotExist (or one blocks the other), ValidationError. One round trip."""
    if follower_id == followee_id:
        raise ValidationError(_("You cannot follow yourself."))
    with connection.cursor() as cursor:
        pair = {"one": follower_id, "other": followee_id}
        cursor.execute(_FOLLOW, {"follower": follower_id, "followee": followee_id, **pair})
        exists, added = cursor.fetchone()
    if not exists:
        raise Person.DoesNotExist("There is nobody there whom you can follow.")
    if added:
        outbox.wake_workers_after_commit()
    return bool(added)


def unfollow(*, follower_id: int, followee_id: int) -> bool:
    """True when they did follow. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_UNFOLLOW.format(which="follower_id = %s AND followee_id = %s"), [follower_id, followee_id])
        removed = cursor.fetchone()[0]
    if removed:
        outbox.wake_workers_after_commit()
    return bool(removed)


@transaction.atomic
def block(*, blocker_id: int, blocked_id: int) -> bool:
    """True the first time. Neither follows the other any more. Raises Person.DoesNotExist, ValidationError."""
    if blocker_id == blocked_id:
        raise ValidationError(_("You cannot block yourself."))
    with connection.cursor() as cursor:
        cursor.execute(LOCK_PAIR, {"one": blocker_id, "other": blocked_id})
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
def settle_follows_of(person_id: int) -> bool:
    """Count a batch of someone's follows again, or no longer, as they may be seen. True while more are left."""
    uncounted = None if is_active_until_commit(person_id) else True
    ids = [
        row_id
        for side in ("follower", "followee")
        for row_id in Follow.objects.filter(**{side: person_id, f"{side}_uncounted__isnull": bool(uncounted)})
        .order_by("-pk")
        .values_list("pk", flat=True)[:SETTLED_AT_ONCE]
    ]
    # Those of two people have follows in common.
    list(Follow.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    with connection.cursor() as cursor:
        for side, name, subject in (("follower", FOLLOWERS, "followee_id"), ("followee", FOLLOWING, "follower_id")):
            cursor.execute(
                settle_sql("follows_follow", name, subject, f"{side}_uncounted", f"{side}_id = %(person)s"),
                {"ids": ids, "person": person_id, "uncounted": uncounted},
            )
    return bool(ids)


@transaction.atomic
def remove_follows_of(person_id: int) -> bool:
    """Remove a batch of the follows from and to someone. True while there may be more."""
    ids = list(Follow.objects.filter(follower_id=person_id).values_list("pk", flat=True)[:PURGE_BATCH])
    ids += Follow.objects.filter(followee_id=person_id).values_list("pk", flat=True)[:PURGE_BATCH]
    with connection.cursor() as cursor:
        cursor.execute(_UNFOLLOW.format(which="id = ANY(%s)"), [sorted(ids)])
    outbox.wake_workers_after_commit()
    return bool(ids)
