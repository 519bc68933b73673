"""The statements of following: the follow, both counts and the message stored or not stored as one."""

from socialapp.counters import sql as counters
from socialapp.follows.queries import FOLLOWERS, FOLLOWING
from socialapp.messaging.messages import (
    ActivityKind,
    FollowNoticeAdded,
    FollowNoticeRemoved,
    PersonFollowed,
    PersonUnfollowed,
)
from socialapp.messaging.outbox import publish_sql
from socialapp.sql import Prepared, acting, active, blocks_between, follows

# What every inbox must hold of follows and requests (for `manage.py audit`).
FACTS = f"""
SELECT followee_id AS recipient_id, '{ActivityKind.FOLLOW}' AS kind, NULL::bigint AS post_id,
       follower_id AS actor_id, 0::bigint AS reply_id
FROM follows_follow
UNION ALL SELECT followee_id, '{ActivityKind.REQUEST}', NULL, follower_id, 0 FROM follows_followrequest
UNION ALL SELECT follower_id, '{ActivityKind.ACCEPT}', NULL, followee_id, 0 FROM follows_follow WHERE approved
"""

# Lock two people, `one` and `other`, until the transaction ends. Code that checks whether one blocks the other holds
# this lock while it acts on the answer. It is a statement of its own, before the one that checks, which then sees what
# was committed before it began (ADR 25).
LOCK_PAIR = """
SELECT pg_advisory_xact_lock(hashtextextended(
    'follows ' || least(%(one)s, %(other)s) || ' ' || greatest(%(one)s, %(other)s), 0
));
"""
# The same of one person, `one`, and each of `others`, in one order.
LOCK_PAIRS = """
SELECT count(pg_advisory_xact_lock(key)) FROM (
    SELECT hashtextextended('follows ' || least(%(one)s, other) || ' ' || greatest(%(one)s, other), 0) AS key
    FROM unnest(%(others)s::bigint[]) AS other ORDER BY key
) AS pair
"""

_NOTICE = f"SELECT recipient_id, actor_id, '{ActivityKind.REQUEST}' AS kind, at"
# A person who approves their followers is sent a request instead. Their row is locked, so that the account cannot be
# unlocked meanwhile, which would answer all its requests but this one.
_FOLLOW = f"""
WITH followee AS MATERIALIZED (
    SELECT id, locked AND NOT {follows("%(follower)s", "person.id")} AS asks
    FROM (
        SELECT id, locked FROM users_person WHERE id = %(followee)s AND {active("users_person")} FOR SHARE
    ) AS person
    WHERE NOT {blocks_between("person.id", "%(follower)s")}
), follower AS MATERIALIZED ({acting("%(follower)s")}
), pair AS MATERIALIZED (SELECT follower.id AS follower_id, followee.id AS followee_id, asks FROM follower, followee
), added AS (
    INSERT INTO follows_follow (follower_id, followee_id) SELECT follower_id, followee_id FROM pair WHERE NOT asks
    ON CONFLICT DO NOTHING RETURNING followee_id AS recipient_id, follower_id AS actor_id, created_at AS at
), asked AS (
    INSERT INTO follows_followrequest (follower_id, followee_id) SELECT follower_id, followee_id FROM pair WHERE asks
    ON CONFLICT DO NOTHING RETURNING followee_id AS recipient_id, follower_id AS actor_id, created_at AS at
), ended AS (
    DELETE FROM follows_followrequest AS request USING pair
    WHERE NOT asks AND request.follower_id = pair.follower_id AND request.followee_id = pair.followee_id
    RETURNING request.followee_id AS recipient_id, request.follower_id AS actor_id, clock_timestamp() AS at
), followers AS ({counters.change(FOLLOWERS, "recipient_id", 1, "added")}
), following AS ({counters.change(FOLLOWING, "actor_id", 1, "added")}
), message AS ({publish_sql(PersonFollowed, "added")}
), request AS ({_NOTICE} FROM asked), notice AS ({publish_sql(FollowNoticeAdded, "request")}
), answered AS ({_NOTICE} FROM ended), no_notice AS ({publish_sql(FollowNoticeRemoved, "answered")})
SELECT EXISTS (SELECT FROM pair), EXISTS (SELECT FROM added), EXISTS (SELECT FROM asked),
       coalesce((SELECT asks FROM pair), false)
"""
# In one round trip, whose statements are one transaction.
FOLLOW = Prepared(_FOLLOW, follower="bigint", followee="bigint", request_id="text").after(LOCK_PAIR)

PAIR = "follower_id = %(follower)s AND followee_id = %(followee)s"


def unfollow(which: str, requests: str = "false") -> str:
    """Remove `which` follows, and these requests, both conditions. Yields how many there were of each."""
    return f"""
WITH removed AS (
    DELETE FROM follows_follow WHERE {which}
    RETURNING followee_id, follower_id, follower_uncounted, followee_uncounted, approved
), taken_back AS (
    DELETE FROM follows_followrequest WHERE {requests} RETURNING followee_id, follower_id
), followers AS ({counters.change(FOLLOWERS, "followee_id", -1, "removed WHERE follower_uncounted IS NULL")}
), following AS ({counters.change(FOLLOWING, "follower_id", -1, "removed WHERE followee_uncounted IS NULL")}
), fact AS (SELECT followee_id AS recipient_id, follower_id AS actor_id, clock_timestamp() AS at FROM removed
), message AS ({publish_sql(PersonUnfollowed, "fact")}
), notice AS (
    SELECT followee_id AS recipient_id, follower_id AS actor_id, '{ActivityKind.REQUEST}' AS kind,
           clock_timestamp() AS at FROM taken_back
    UNION ALL
    SELECT follower_id, followee_id, '{ActivityKind.ACCEPT}', clock_timestamp() FROM removed WHERE approved
), no_notice AS ({publish_sql(FollowNoticeRemoved, "notice")})
SELECT (SELECT count(*) FROM removed), (SELECT count(*) FROM taken_back)
"""


def _approved(source: str) -> str:
    """What follows of the approved follows in `source`: stored, counted and published."""
    return f"""
added AS (
    INSERT INTO follows_follow (follower_id, followee_id, approved)
    SELECT follower_id, followee_id, approved FROM {source} ORDER BY follower_id ON CONFLICT DO NOTHING
    RETURNING follower_id, followee_id, created_at AS at, approved
), followers AS ({counters.change(FOLLOWERS, "followee_id", 1, "added")}
), following AS ({counters.change(FOLLOWING, "follower_id", 1, "added")}
), fact AS (
    SELECT followee_id AS recipient_id, follower_id AS actor_id, at, coalesce(approved, false) AS approved FROM added
), message AS ({publish_sql(PersonFollowed, "fact")}
), accepted AS (
    SELECT follower_id AS recipient_id, followee_id AS actor_id, '{ActivityKind.ACCEPT}' AS kind, at
    FROM added WHERE approved
), notice AS ({publish_sql(FollowNoticeAdded, "accepted")})
"""


# Approve the requests in `ids` whose follower may act. The caller holds the locks of the pairs.
APPROVE = f"""
WITH follower AS MATERIALIZED (
    SELECT id FROM users_person WHERE {active("users_person")}
     AND id IN (SELECT follower_id FROM follows_followrequest WHERE id = ANY(%(ids)s))
    ORDER BY id FOR KEY SHARE
), request AS (
    DELETE FROM follows_followrequest WHERE id = ANY(%(ids)s) AND follower_id IN (SELECT id FROM follower)
    RETURNING follower_id, followee_id, true AS approved
), {_approved("request")}, ended AS (
    SELECT followee_id AS recipient_id, follower_id AS actor_id, '{ActivityKind.REQUEST}' AS kind,
           clock_timestamp() AS at FROM request
), no_notice AS ({publish_sql(FollowNoticeRemoved, "ended")})
SELECT count(*) FROM request
"""
# A follower who was removed is one again, as they were before. The caller holds the lock of the pair.
RESTORE = f"""
WITH pair AS MATERIALIZED (
    SELECT follower.id AS follower_id, followee.id AS followee_id, %(approved)s::boolean AS approved
    FROM ({acting("%(follower)s")}) AS follower, ({acting("%(followee)s")}) AS followee
    WHERE NOT {blocks_between("%(follower)s", "%(followee)s")}
), {_approved("pair")} SELECT EXISTS (SELECT FROM pair)
"""
