"""The statement by which activities join inboxes: a whole batch, in the order of recipients, so that none deadlock."""

from notifications.inbox.sql.activities import ACTIVITIES, MANY, TYPES, judged
from notifications.inbox.sql.strangers import BOXED
from notifications.models import Kind, Reason
from socialapp.sql import Prepared, one_of

# An activity that the recipient does not want becomes a suppressed member, so that each activity ends somewhere, with
# a reason.
#
# One statement, which sees members as they were before it (`before`):
#   NULL     there is none: it is made, and moves its group up;
#   'THERE'  nothing happens;
#   'BACK'   it was taken back: it is active again, with the number that it had, and moves nothing up;
#   'SHOWN'  its actor was suspended meanwhile: the same, also if its recipient has muted them since;
#   'ANEW'   it was suppressed, and was done again since: it moves its group up as one that is made.
# A new group is stored once, in its final form: if it were written and then updated, its row and its entries in five
# indexes would be made twice. No one else makes it meanwhile, because the caller holds its recipient's shard.
#
# An actor counts once: those of `people` had no active activity there before. Each change of an inbox takes a number
# of its sequence, also one that moves nothing up, so that live streams can tell that they missed it.

# The kinds of which an actor has at most one member in a group: one can like a post only once.
_ONE_PER_ACTOR = one_of([Kind.LIKE, Kind.SHARE, Kind.FOLLOW, Kind.REQUEST, Kind.ACCEPT])
_IS_SUSPENDED = f"member.suppressed_reason = '{Reason.SUSPENDED}'"
# It was in the box of strangers, whose recipient accepted them.
_IS_ACCEPTED = f"member.suppressed_reason = '{Reason.STRANGER}' AND numbered.reason <> '{Reason.STRANGER}'"
_IS_BACK = f"(member.suppressed_reason = '' OR ({_IS_SUSPENDED} AND member.seq IS NOT NULL))"
ON_CONFLICT = f"""ON CONFLICT (group_id, actor_id, reply_id) DO UPDATE SET
        active = excluded.active, suppressed_reason = excluded.suppressed_reason,
        id = CASE WHEN {_IS_BACK} THEN member.id ELSE excluded.id END,
        at = CASE WHEN {_IS_BACK} THEN member.at ELSE excluded.at END,
        delivered_at = CASE WHEN {_IS_BACK} THEN member.delivered_at ELSE excluded.delivered_at END,
        seq = CASE WHEN {_IS_BACK} THEN member.seq ELSE excluded.seq END"""

# The group in which it ends, also one that is to be made, and how its member stood `before`.
_PLACED = f"""
    SELECT numbered.*, coalesce(known_id, max(new_id) OVER same) AS group_id, (
        SELECT CASE
            WHEN member.active THEN 'THERE'
            WHEN member.suppressed_reason = '' THEN 'BACK'
            WHEN {_IS_SUSPENDED} AND numbered.reason = '{Reason.SUSPENDED}' THEN 'THERE'
            WHEN {_IS_SUSPENDED} AND member.seq IS NOT NULL THEN 'SHOWN'
            WHEN {_IS_SUSPENDED} OR {_IS_ACCEPTED} OR numbered.at > member.at THEN 'ANEW'
            ELSE 'THERE'
        END
        FROM notifications_groupmember AS member WHERE member.group_id = numbered.known_id
         AND member.actor_id = numbered.actor_id AND member.reply_id = numbered.reply_id
    ) AS before
    FROM (
        SELECT activity.*, CASE WHEN known_id IS NULL AND row_number() OVER same = 1
            THEN nextval(pg_get_serial_sequence('notifications_group', 'id')) END AS new_id
        FROM activity WINDOW same AS (PARTITION BY recipient_id, kind, post_id)
    ) AS numbered WINDOW same AS (PARTITION BY recipient_id, kind, post_id)
"""
# The groups of the activities, each once.
_PLACE = """
    SELECT DISTINCT group_id, recipient_id, kind, post_id, known_id IS NULL AS is_new FROM placed
"""
# The members that are made, or change. Somebody who is back is shown again, unless blocked meanwhile.
_CHANGE = f"""
    SELECT group_id, recipient_id, actor_id, reply_id, at, before,
           CASE WHEN before = 'SHOWN' AND reason <> '{Reason.BLOCKED}' THEN '' ELSE reason END AS reason
    FROM placed WHERE before IS DISTINCT FROM 'THERE'
"""
# The groups that move up, and in which order those of one inbox do.
_MOVING = """
    SELECT group_id, recipient_id, min(at) AS oldest_at, max(at) AS at,
           row_number() OVER (PARTITION BY recipient_id ORDER BY max(at), group_id) AS place
    FROM change WHERE reason = '' AND coalesce(before, 'ANEW') = 'ANEW' GROUP BY group_id, recipient_id
"""
# The inboxes that change. Each takes as many numbers as groups of it move up, or one.
_INBOX = """
    INSERT INTO notifications_inbox AS inbox (person_id, seq)
    SELECT changing.recipient_id, greatest(count(moving.group_id), 1)
    FROM (SELECT DISTINCT recipient_id, group_id FROM change WHERE reason = '') AS changing
    LEFT JOIN moving USING (group_id) GROUP BY changing.recipient_id ORDER BY changing.recipient_id
    ON CONFLICT (person_id) DO UPDATE SET seq = inbox.seq + excluded.seq
    RETURNING person_id, seq
"""
# And the numbers that those groups get.
_MOVED = """
    SELECT moving.*, inbox.seq - max(place) OVER (PARTITION BY recipient_id) + place AS seq
    FROM moving JOIN inbox ON inbox.person_id = moving.recipient_id
"""
# The members are stored.
_JOINED = f"""
    INSERT INTO notifications_groupmember AS member (
        group_id, actor_id, reply_id, active, suppressed_reason, at, delivered_at, seq
    )
    SELECT group_id, actor_id, reply_id, reason = '', reason, change.at, clock_timestamp(),
           CASE WHEN reason = '' THEN moved.seq END
    FROM change LEFT JOIN moved USING (group_id) ORDER BY group_id, actor_id, reply_id
    {ON_CONFLICT}
    RETURNING group_id, actor_id, active, at, id, seq
"""
# The joined members that count.
_FRESH = """
    SELECT joined.*, place.recipient_id, place.kind, place.is_new FROM joined JOIN place USING (group_id) WHERE active
"""
# By how many people each group grows.
_PEOPLE = f"""
    SELECT group_id, recipient_id, kind, is_new, count(*) FILTER (WHERE NOT was_there) AS change
    FROM (
        SELECT DISTINCT group_id, actor_id, recipient_id, kind, is_new,
            NOT is_new AND kind NOT IN {_ONE_PER_ACTOR} AND EXISTS (
                SELECT FROM notifications_groupmember AS member
                WHERE member.group_id = fresh.group_id AND member.actor_id = fresh.actor_id AND member.active
            ) AS was_there
        FROM fresh
    ) AS actor GROUP BY group_id, recipient_id, kind, is_new
"""
# People who might be among the newest of a group: those who came now, and the last ones before them.
_CANDIDATE = f"""
    SELECT group_id, actor_id, at, id FROM fresh
    UNION ALL
    SELECT people.group_id, member.actor_id, member.at, member.id FROM people CROSS JOIN LATERAL (
        SELECT actor_id, at, id FROM notifications_groupmember
        WHERE group_id = people.group_id AND active AND NOT people.is_new ORDER BY at DESC, id DESC
        LIMIT CASE WHEN people.kind IN {_ONE_PER_ACTOR} THEN 3 ELSE 30 END
    ) AS member
"""
# The three newest people of each.
_NEWEST = """
    SELECT group_id, (array_agg(actor_id ORDER BY at DESC, id DESC))[:3] AS actor_ids
    FROM (
        SELECT DISTINCT ON (group_id, actor_id) group_id, actor_id, at, id FROM candidate
        ORDER BY group_id, actor_id, at DESC, id DESC
    ) AS actor GROUP BY group_id
"""
# How each group stands afterwards.
_STANDING = """
    SELECT people.group_id, people.change, newest.actor_ids, moved.at, moved.seq
    FROM people JOIN newest USING (group_id) JOIN inbox ON inbox.person_id = people.recipient_id
    LEFT JOIN moved USING (group_id)
"""
# New ones are stored.
_MADE = """
    INSERT INTO notifications_group (id, recipient_id, kind, post_id, count, newest_ids, at, seq, unread_seq)
    SELECT group_id, recipient_id, kind, post_id, coalesce(change, 0), coalesce(actor_ids, ARRAY[]::bigint[]),
           coalesce(at, clock_timestamp()), coalesce(seq, 0), seq
    FROM place LEFT JOIN standing USING (group_id) WHERE is_new ORDER BY recipient_id, kind, post_id
"""
# The others are brought up to date.
_UPDATED = """
    UPDATE notifications_group AS target
    SET count = target.count + standing.change, newest_ids = standing.actor_ids,
        at = coalesce(standing.at, target.at), seq = coalesce(standing.seq, target.seq),
        unread_seq = coalesce(standing.seq, target.unread_seq)
    FROM standing WHERE target.id = standing.group_id
"""


def _join(activities: str) -> str:
    """Yields the groups that moved up, with the ids of their new members; those in which some came back, without."""
    return f"""
WITH activity AS MATERIALIZED ({judged(activities)}), placed AS MATERIALIZED ({_PLACED}),
place AS MATERIALIZED ({_PLACE}), change AS MATERIALIZED ({_CHANGE}), moving AS MATERIALIZED ({_MOVING}),
inbox AS ({_INBOX}), moved AS MATERIALIZED ({_MOVED}), joined AS ({_JOINED}), fresh AS MATERIALIZED ({_FRESH}),
people AS MATERIALIZED ({_PEOPLE}), candidate AS ({_CANDIDATE}), newest AS ({_NEWEST}),
standing AS MATERIALIZED ({_STANDING}), boxed AS ({BOXED}), made AS ({_MADE}), updated AS ({_UPDATED})
SELECT group_id, moved.recipient_id, min(fresh.id), max(fresh.id), moved.oldest_at
FROM moved JOIN fresh USING (group_id, seq) GROUP BY group_id, moved.recipient_id, moved.oldest_at
UNION ALL
SELECT DISTINCT group_id, fresh.recipient_id, NULL::bigint, NULL::bigint, NULL::timestamptz
FROM fresh LEFT JOIN moved USING (group_id) WHERE fresh.seq IS DISTINCT FROM moved.seq
"""


JOIN = Prepared(_join(ACTIVITIES), **TYPES)
JOIN_MANY = Prepared(_join(ACTIVITIES + MANY), **TYPES)
