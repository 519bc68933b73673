"""The statements by which activities leave inboxes: a batch, in the order of recipients, so that none deadlock."""

from notifications.inbox.sql.activities import ACTIVITIES, KNOWN, TYPES
from notifications.models import Reason
from socialapp.messaging.models import SHARDS
from socialapp.sql import Prepared, one_of

# What was suppressed and then taken back leaves no trace, so that it notifies when it is done again. Of a comment that
# may mean that it is hidden for a while, so its trace stays.
LEAVE = Prepared(
    f"""
WITH known AS MATERIALIZED (SELECT activity.*, {KNOWN} AS group_id FROM ({ACTIVITIES}) AS activity), forgotten AS (
    DELETE FROM notifications_groupmember AS member USING known
    WHERE member.group_id = known.group_id AND member.actor_id = known.actor_id
     AND member.reply_id = known.reply_id AND member.reply_id = 0 AND member.suppressed_reason <> ''
)
UPDATE notifications_groupmember AS member SET active = false
FROM known WHERE member.group_id = known.group_id AND member.actor_id = known.actor_id
 AND member.reply_id = known.reply_id AND member.active
RETURNING member.group_id, member.actor_id
""",
    **TYPES,
)

# A group's place, time and number of unread are those of its newest remaining member. Members from before members had
# numbers (seq 0) do not tell which is the newest: a group with only such members stays as it is.


def _last_to_come(group: str) -> str:
    return f"""
    SELECT seq, at FROM (
        SELECT seq, at FROM notifications_groupmember AS member
        WHERE member.group_id = {group} AND member.active ORDER BY at DESC, id DESC LIMIT 30
    ) AS newest WHERE seq > 0 ORDER BY seq DESC, at DESC LIMIT 1
"""


_STANDS = """
    seq = coalesce(last.seq, target.seq), at = coalesce(last.at, target.at),
    unread_seq = CASE
        WHEN last.seq IS NULL THEN target.unread_seq
        WHEN greatest(last.seq, target.marked_seq) > target.read_seq THEN greatest(last.seq, target.marked_seq)
    END
"""

# After activities came back that moved nothing up: these groups stand where they did.
SETTLE = Prepared(
    f"""
UPDATE notifications_group AS target SET {_STANDS}
FROM unnest(%(groups)s::bigint[]) AS changed(group_id)
CROSS JOIN LATERAL ({_last_to_come("changed.group_id")}) AS last
WHERE target.id = changed.group_id
""",
    groups="bigint[]",
)

# After activities ceased: each (group, actor). An actor with no activity left there counts no more, and the group
# stands as if they had not been there. The update joins `inbox`, so that it locks an inbox before its groups, as JOIN
# and mark_unread do.
REFRESH = Prepared(
    f"""
WITH changed AS MATERIALIZED (
    SELECT * FROM unnest(%(groups)s::bigint[], %(actors)s::bigint[]) AS t(group_id, actor_id)
), people AS MATERIALIZED (
    SELECT group_id, found.recipient_id, count(*) FILTER (WHERE NOT EXISTS (
        SELECT FROM notifications_groupmember AS member
        WHERE member.group_id = changed.group_id AND member.actor_id = changed.actor_id AND member.active
    )) AS gone
    FROM changed JOIN notifications_group AS found ON found.id = group_id GROUP BY group_id, found.recipient_id
), inbox AS (
    INSERT INTO notifications_inbox AS inbox (person_id, seq)
    SELECT DISTINCT recipient_id, 1 FROM people
    ORDER BY recipient_id ON CONFLICT (person_id) DO UPDATE SET seq = inbox.seq + 1
    RETURNING person_id
)
UPDATE notifications_group AS target
SET count = target.count - people.gone, {_STANDS},
    newest_ids = ARRAY(
        SELECT actor_id FROM (
            SELECT DISTINCT ON (actor_id) actor_id, at, id FROM (
                SELECT actor_id, at, id FROM notifications_groupmember AS member
                WHERE member.group_id = target.id AND member.active ORDER BY at DESC, id DESC LIMIT 30
            ) AS newest ORDER BY actor_id, at DESC, id DESC
        ) AS actors ORDER BY at DESC, id DESC LIMIT 3
    )
FROM people JOIN inbox ON inbox.person_id = people.recipient_id
LEFT JOIN LATERAL ({_last_to_come("people.group_id")}) AS last ON true
WHERE target.id = people.group_id
""",
    groups="bigint[]",
    actors="bigint[]",
)

# A person was blocked: what their activities had put into the blocker's inbox goes, and what they had taken back is
# forgotten, so that it notifies when they do it again after the block.
_IS_THEIRS = "(member.group_id, member.actor_id, member.reply_id) = (theirs.group_id, theirs.actor_id, theirs.reply_id)"
_WAITS = one_of([Reason.SUSPENDED, Reason.STRANGER])
WITHHOLD = f"""
WITH theirs AS MATERIALIZED (
    SELECT member.group_id, member.actor_id, member.active, member.suppressed_reason, member.reply_id
    FROM unnest(%(recipients)s::bigint[], %(actors)s::bigint[]) AS block(recipient_id, actor_id)
    JOIN notifications_group AS found ON found.recipient_id = block.recipient_id
    JOIN notifications_groupmember AS member ON member.group_id = found.id AND member.actor_id = block.actor_id
), forgotten AS (
    DELETE FROM notifications_groupmember AS member USING theirs
    WHERE {_IS_THEIRS} AND NOT theirs.active AND theirs.suppressed_reason = '' AND theirs.reply_id = 0
), changed AS (
    UPDATE notifications_groupmember AS member SET active = false, suppressed_reason = '{Reason.BLOCKED}'
    FROM theirs WHERE {_IS_THEIRS} AND (theirs.active OR theirs.suppressed_reason IN {_WAITS})
)
SELECT group_id, actor_id FROM theirs WHERE active
"""


def members(columns: str, facts: str, state: str) -> str:
    """A SELECT of a member for each standing fact of %(person)s: those in `state`, a condition on `member`."""
    return f"""
SELECT {columns} FROM ({facts}) AS fact
JOIN users_person AS recipient ON recipient.id = fact.recipient_id AND recipient.deleted_at IS NULL
CROSS JOIN LATERAL (
    SELECT id, kind, post_id FROM notifications_group
    WHERE recipient_id = fact.recipient_id AND kind = fact.kind AND post_id = fact.post_id
    UNION ALL
    SELECT id, kind, post_id FROM notifications_group
    WHERE fact.post_id IS NULL AND recipient_id = fact.recipient_id AND kind = fact.kind AND post_id IS NULL
) AS found
JOIN notifications_groupmember AS member ON member.group_id = found.id AND member.actor_id = fact.actor_id
 AND member.reply_id = fact.reply_id
WHERE fact.actor_id = %(person)s AND {state}
  AND (%(shard)s IS NULL OR fact.recipient_id %% {SHARDS} = %(shard)s)
LIMIT %(limit)s
"""
