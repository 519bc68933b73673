"""The statements of following: the follow, both counts and the message stored or not stored as one."""

from socialapp.counters import sql as counters
from socialapp.follows.queries import FOLLOWERS, FOLLOWING
from socialapp.messaging.messages import ActivityKind, PersonFollowed, PersonUnfollowed
from socialapp.messaging.outbox import publish_sql
from socialapp.sql import Prepared, acting, blocks_between

# What every inbox must hold of follows (for `manage.py audit`).
FACTS = f"""
SELECT followee_id AS recipient_id, '{ActivityKind.FOLLOW}' AS kind, NULL::bigint AS post_id,
       follower_id AS actor_id, 0::bigint AS reply_id
FROM follows_follow
"""

# A lock of two people, `one` and `other`, until the transaction ends: whoever checks whether one blocks the other holds
# it while acting on the answer. A statement of its own, before the one that checks, which then sees what was committed
# before it began (ADR 25).
LOCK_PAIR = """
SELECT pg_advisory_xact_lock(hashtextextended(
    'follows ' || least(%(one)s, %(other)s) || ' ' || greatest(%(one)s, %(other)s), 0
));
"""
_FOLLOW = f"""
WITH followee AS MATERIALIZED (
    SELECT id FROM ({acting("%(followee)s")}) AS person
    WHERE NOT {blocks_between("person.id", "%(follower)s")}
), follower AS MATERIALIZED ({acting("%(follower)s")}
), added AS (
    INSERT INTO follows_follow (follower_id, followee_id) SELECT follower.id, followee.id FROM follower, followee
    ON CONFLICT DO NOTHING RETURNING followee_id AS recipient_id, follower_id AS actor_id, created_at AS at
), followers AS ({counters.change(FOLLOWERS, "recipient_id", 1, "added")}
), following AS ({counters.change(FOLLOWING, "actor_id", 1, "added")}
), message AS ({publish_sql(PersonFollowed, "added")})
SELECT EXISTS (SELECT FROM followee) AND EXISTS (SELECT FROM follower), EXISTS (SELECT FROM added)
"""
# In one round trip, whose statements are one transaction.
FOLLOW = Prepared(_FOLLOW, follower="bigint", followee="bigint").after(LOCK_PAIR)


def unfollow(which: str) -> str:
    """Remove `which` follows, a condition. Yields how many there were."""
    return f"""
WITH removed AS (
    DELETE FROM follows_follow WHERE {which}
    RETURNING followee_id, follower_id, follower_uncounted, followee_uncounted
), followers AS ({counters.change(FOLLOWERS, "followee_id", -1, "removed WHERE follower_uncounted IS NULL")}
), following AS ({counters.change(FOLLOWING, "follower_id", -1, "removed WHERE followee_uncounted IS NULL")}
), fact AS (SELECT followee_id AS recipient_id, follower_id AS actor_id, clock_timestamp() AS at FROM removed
), message AS ({publish_sql(PersonUnfollowed, "fact")})
SELECT count(*) FROM removed
"""
