"""The inbox's statements: each for a whole batch, in the order of recipients, so that none deadlock."""

from notifications.models import ChannelName, FromWhom, Kind, Reason
from notifications.preferences.sql import muted, wants_new_posts
from socialapp.messaging.models import SHARDS
from socialapp.sql import Prepared, active, blocked, follows, one_of, shown, visible

# The activities of a batch as rows. Parallel arrays: one parse, whatever the batch.
_ACTIVITIES = """
    SELECT * FROM unnest(
        %(recipients)s::bigint[], %(kinds)s::text[], %(posts)s::bigint[],
        %(actors)s::bigint[], %(replies)s::bigint[], %(ats)s::timestamptz[]
    ) AS activity(recipient_id, kind, post_id, actor_id, reply_id, at)
"""
_ACTIVITY_TYPES = {
    **dict.fromkeys(("recipients", "posts", "actors", "replies"), "bigint[]"),
    "kinds": "text[]",
    "ats": "timestamptz[]",
}

# Says to the planner, which knows nothing of the arrays and takes them to be short, that there are about a thousand.
# It yields nothing.
_MANY = """
    UNION ALL SELECT 0, '', 0, 0, 0, now() FROM generate_series(1, 3000) WHERE cardinality(%(recipients)s::bigint[]) < 0
"""

_BLOCKED = blocked("activity.recipient_id", "activity.actor_id")
_FOLLOWED = follows("activity.recipient_id", "activity.actor_id")
_MUTED = muted("activity.recipient_id", "activity.actor_id", "activity.post_id", "post.thread", "activity.kind")

# The group of `activity` if it is there. By equality, so that the index finds it, however many its recipient has.
_KNOWN = """
    CASE WHEN activity.post_id IS NULL THEN (
        SELECT id FROM notifications_group AS found
        WHERE found.recipient_id = activity.recipient_id AND found.kind = activity.kind AND found.post_id IS NULL
    ) ELSE (
        SELECT id FROM notifications_group AS found
        WHERE found.recipient_id = activity.recipient_id
          AND found.kind = activity.kind AND found.post_id = activity.post_id
    ) END
"""

# Those whose person or post is gone for good are dropped; hidden or deleted ones may come back, so
# they are delivered, and what may not be seen is left out when an inbox is read. What the recipient does
# not want to hear of is a member that is suppressed, so that each activity ends somewhere, and says why.
#
# One statement, which sees members as they were before it (`before`):
#   NULL     there is none: it is made, and moves its group up;
#   'THERE'  nothing happens;
#   'BACK'   it was taken back: it is active again, with the number that it had, and moves nothing up;
#   'SHOWN'  its actor was suspended meanwhile: the same, also if its recipient has muted them since;
#   'ANEW'   it was suppressed, and was done again since: it moves its group up as one that is made.
# A group that is new is stored once, as it ends up: written and then updated, its row and its entries in five indexes
# would be made twice. Nobody else makes it meanwhile, because the caller holds its recipient's shard.
#
# An actor counts once: those of `people` had no active activity there before. Each change of an inbox takes a number
# of its sequence, also one that moves nothing up, so that live streams can tell that they missed it.
#
# Yields the groups that moved up, with the ids of their new members; and those in which some came back, without.
# The kinds of which a person does no more than one to a post.
_ONE_EACH = one_of([Kind.LIKE, Kind.SHARE, Kind.FOLLOW])
_IS_SUSPENDED = f"member.suppressed_reason = '{Reason.SUSPENDED}'"
_IS_BACK = f"(member.suppressed_reason = '' OR ({_IS_SUSPENDED} AND member.seq IS NOT NULL))"
ON_CONFLICT = f"""ON CONFLICT (group_id, actor_id, reply_id) DO UPDATE SET
        active = excluded.active, suppressed_reason = excluded.suppressed_reason,
        id = CASE WHEN {_IS_BACK} THEN member.id ELSE excluded.id END,
        at = CASE WHEN {_IS_BACK} THEN member.at ELSE excluded.at END,
        delivered_at = CASE WHEN {_IS_BACK} THEN member.delivered_at ELSE excluded.delivered_at END,
        seq = CASE WHEN {_IS_BACK} THEN member.seq ELSE excluded.seq END"""


def _join(activities: str) -> str:
    return f"""
WITH activity AS MATERIALIZED (
    SELECT activity.*, CASE
        WHEN {_BLOCKED} THEN '{Reason.BLOCKED}'
        WHEN actor.suspended_at IS NOT NULL THEN '{Reason.SUSPENDED}'
        WHEN {_MUTED} THEN '{Reason.MUTED}'
        WHEN preference.from_whom = '{FromWhom.NO_ONE}' THEN '{Reason.NOT_WANTED}'
        WHEN preference.from_whom = '{FromWhom.FOLLOWING}' AND NOT {_FOLLOWED} THEN '{Reason.NOT_WANTED}'
        ELSE ''
    END AS reason, {_KNOWN} AS known_id
    FROM ({activities}) AS activity
    LEFT JOIN notifications_preference AS preference ON preference.person_id = activity.recipient_id
     AND preference.kind = activity.kind AND preference.channel = '{ChannelName.INBOX}'
    JOIN users_person AS recipient ON recipient.id = activity.recipient_id AND recipient.deleted_at IS NULL
    JOIN users_person AS actor ON actor.id = activity.actor_id
    LEFT JOIN posts_post AS post ON post.id = activity.post_id
    WHERE activity.recipient_id <> activity.actor_id AND (activity.post_id IS NULL OR post.id IS NOT NULL)
), placed AS MATERIALIZED (
    SELECT numbered.*, coalesce(known_id, max(new_id) OVER same) AS group_id, (
        SELECT CASE
            WHEN member.active THEN 'THERE'
            WHEN member.suppressed_reason = '' THEN 'BACK'
            WHEN {_IS_SUSPENDED} AND numbered.reason = '{Reason.SUSPENDED}' THEN 'THERE'
            WHEN {_IS_SUSPENDED} AND member.seq IS NOT NULL THEN 'SHOWN'
            WHEN {_IS_SUSPENDED} OR numbered.at > member.at THEN 'ANEW'
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
), place AS MATERIALIZED (
    SELECT DISTINCT group_id, recipient_id, kind, post_id, known_id IS NULL AS is_new FROM placed
), change AS MATERIALIZED (
    SELECT group_id, recipient_id, actor_id, reply_id, at, before,
           CASE WHEN before = 'SHOWN' AND reason <> '{Reason.BLOCKED}' THEN '' ELSE reason END AS reason
    FROM placed WHERE before IS DISTINCT FROM 'THERE'
), moving AS MATERIALIZED (
    SELECT group_id, recipient_id, min(at) AS oldest_at, max(at) AS at,
           row_number() OVER (PARTITION BY recipient_id ORDER BY max(at), group_id) AS place
    FROM change WHERE reason = '' AND coalesce(before, 'ANEW') = 'ANEW' GROUP BY group_id, recipient_id
), inbox AS (
    INSERT INTO notifications_inbox AS inbox (person_id, seq)
    SELECT changing.recipient_id, greatest(count(moving.group_id), 1)
    FROM (SELECT DISTINCT recipient_id, group_id FROM change WHERE reason = '') AS changing
    LEFT JOIN moving USING (group_id) GROUP BY changing.recipient_id ORDER BY changing.recipient_id
    ON CONFLICT (person_id) DO UPDATE SET seq = inbox.seq + excluded.seq
    RETURNING person_id, seq
), moved AS MATERIALIZED (
    SELECT moving.*, inbox.seq - max(place) OVER (PARTITION BY recipient_id) + place AS seq
    FROM moving JOIN inbox ON inbox.person_id = moving.recipient_id
), joined AS (
    INSERT INTO notifications_groupmember AS member (
        group_id, actor_id, reply_id, active, suppressed_reason, at, delivered_at, seq
    )
    SELECT group_id, actor_id, reply_id, reason = '', reason, change.at, clock_timestamp(),
           CASE WHEN reason = '' THEN moved.seq END
    FROM change LEFT JOIN moved USING (group_id) ORDER BY group_id, actor_id, reply_id
    {ON_CONFLICT}
    RETURNING group_id, actor_id, active, at, id, seq
), fresh AS MATERIALIZED (
    SELECT joined.*, place.recipient_id, place.kind, place.is_new FROM joined JOIN place USING (group_id) WHERE active
), people AS MATERIALIZED (
    SELECT group_id, recipient_id, kind, is_new, count(*) FILTER (WHERE NOT was_there) AS change
    FROM (
        SELECT DISTINCT group_id, actor_id, recipient_id, kind, is_new,
            NOT is_new AND kind NOT IN {_ONE_EACH} AND EXISTS (
                SELECT FROM notifications_groupmember AS member
                WHERE member.group_id = fresh.group_id AND member.actor_id = fresh.actor_id AND member.active
            ) AS was_there
        FROM fresh
    ) AS actor GROUP BY group_id, recipient_id, kind, is_new
), candidate AS (
    SELECT group_id, actor_id, at, id FROM fresh
    UNION ALL
    SELECT people.group_id, member.actor_id, member.at, member.id FROM people CROSS JOIN LATERAL (
        SELECT actor_id, at, id FROM notifications_groupmember
        WHERE group_id = people.group_id AND active AND NOT people.is_new ORDER BY at DESC, id DESC
        LIMIT CASE WHEN people.kind IN {_ONE_EACH} THEN 3 ELSE 30 END
    ) AS member
), newest AS (
    SELECT group_id, (array_agg(actor_id ORDER BY at DESC, id DESC))[:3] AS actor_ids
    FROM (
        SELECT DISTINCT ON (group_id, actor_id) group_id, actor_id, at, id FROM candidate
        ORDER BY group_id, actor_id, at DESC, id DESC
    ) AS actor GROUP BY group_id
), standing AS MATERIALIZED (
    SELECT people.group_id, people.change, newest.actor_ids, moved.at, moved.seq
    FROM people JOIN newest USING (group_id) JOIN inbox ON inbox.person_id = people.recipient_id
    LEFT JOIN moved USING (group_id)
), made AS (
    INSERT INTO notifications_group (id, recipient_id, kind, post_id, count, newest_ids, at, seq, unread_seq)
    SELECT group_id, recipient_id, kind, post_id, coalesce(change, 0), coalesce(actor_ids, ARRAY[]::bigint[]),
           coalesce(at, clock_timestamp()), coalesce(seq, 0), seq
    FROM place LEFT JOIN standing USING (group_id) WHERE is_new ORDER BY recipient_id, kind, post_id
), updated AS (
    UPDATE notifications_group AS target
    SET count = target.count + standing.change, newest_ids = standing.actor_ids,
        at = coalesce(standing.at, target.at), seq = coalesce(standing.seq, target.seq),
        unread_seq = coalesce(standing.seq, target.unread_seq)
    FROM standing WHERE target.id = standing.group_id
)
SELECT group_id, moved.recipient_id, min(fresh.id), max(fresh.id), moved.oldest_at
FROM moved JOIN fresh USING (group_id, seq) GROUP BY group_id, moved.recipient_id, moved.oldest_at
UNION ALL
SELECT DISTINCT group_id, fresh.recipient_id, NULL::bigint, NULL::bigint, NULL::timestamptz
FROM fresh LEFT JOIN moved USING (group_id) WHERE fresh.seq IS DISTINCT FROM moved.seq
"""


JOIN = Prepared(_join(_ACTIVITIES), **_ACTIVITY_TYPES)
JOIN_MANY = Prepared(_join(_ACTIVITIES + _MANY), **_ACTIVITY_TYPES)

# What was suppressed and then taken back leaves no trace, so that it notifies when it is done again. Of a comment that
# may mean that it is hidden for a while, so its trace stays.
LEAVE = Prepared(
    f"""
WITH known AS MATERIALIZED (SELECT activity.*, {_KNOWN} AS group_id FROM ({_ACTIVITIES}) AS activity), forgotten AS (
    DELETE FROM notifications_groupmember AS member USING known
    WHERE member.group_id = known.group_id AND member.actor_id = known.actor_id
     AND member.reply_id = known.reply_id AND member.reply_id = 0 AND member.suppressed_reason <> ''
)
UPDATE notifications_groupmember AS member SET active = false
FROM known WHERE member.group_id = known.group_id AND member.actor_id = known.actor_id
 AND member.reply_id = known.reply_id AND member.active
RETURNING member.group_id, member.actor_id
""",
    **_ACTIVITY_TYPES,
)

# A group's place, time and number of unread are those of the member that came last, of those who are there. Of those
# that came before members had numbers (seq 0) none is known: with only such members, a group stays as it is.


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

# A person was suspended: what of theirs is in inboxes goes, and comes back as it was.
HIDE = f"""
UPDATE notifications_groupmember AS member SET active = false, suppressed_reason = '{Reason.SUSPENDED}'
WHERE member.id = ANY(%(members)s) AND member.active
RETURNING member.group_id, member.actor_id
"""

# A person was blocked: what their activities had put into the blocker's inbox goes, and what they had taken back is
# forgotten, so that it notifies when they do it again after the block.
WITHHOLD = f"""
WITH theirs AS MATERIALIZED (
    SELECT member.id, member.group_id, member.actor_id, member.active, member.suppressed_reason, member.reply_id
    FROM unnest(%(recipients)s::bigint[], %(actors)s::bigint[]) AS block(recipient_id, actor_id)
    JOIN notifications_group AS found ON found.recipient_id = block.recipient_id
    JOIN notifications_groupmember AS member ON member.group_id = found.id AND member.actor_id = block.actor_id
), forgotten AS (
    DELETE FROM notifications_groupmember AS member USING theirs
    WHERE member.id = theirs.id AND NOT theirs.active AND theirs.suppressed_reason = '' AND theirs.reply_id = 0
), changed AS (
    UPDATE notifications_groupmember AS member SET active = false, suppressed_reason = '{Reason.BLOCKED}'
    FROM theirs WHERE member.id = theirs.id AND (theirs.active OR theirs.suppressed_reason = '{Reason.SUSPENDED}')
)
SELECT group_id, actor_id FROM theirs WHERE active
"""

# All that came up to `until` is read; NULL: all that is there. The mark goes up to where the first later group begins
# to be unread, so that it takes in what was marked unread since.
#
# Marks of single new posts count while they are younger than the mark of all; so those that the last one overruled are
# kept until the next, and the last one can be undone.
MARK_ALL_READ = """
WITH seen AS (
    SELECT coalesce(
        (SELECT min(newer.unread_seq) - 1 FROM notifications_group AS newer
         WHERE newer.recipient_id = %(person)s AND newer.count > 0
           AND newer.seq > %(until)s::bigint AND newer.unread_seq > %(until)s::bigint),
        (SELECT seq FROM notifications_inbox WHERE person_id = %(person)s), 0
    ) AS seq, least(clock_timestamp(), %(until_at)s::timestamptz) AS at
), overruled AS (
    DELETE FROM notifications_postmark WHERE person_id = %(person)s
     AND at <= (SELECT posts_at FROM notifications_readmark WHERE person_id = %(person)s)
)
INSERT INTO notifications_readmark AS mark (person_id, seq, posts_at, version, previous_seq)
SELECT %(person)s, seq, at, 1, 0 FROM seen
ON CONFLICT (person_id) DO UPDATE SET seq = greatest(mark.seq, excluded.seq),
    posts_at = greatest(mark.posts_at, excluded.posts_at), version = mark.version + 1,
    previous_seq = mark.seq, previous_posts_at = mark.posts_at
"""
NOTE_SHOWN = """
INSERT INTO notifications_readmark AS mark (person_id, shown_seq, shown_at)
VALUES (%(person)s, %(seq)s, %(at)s)
ON CONFLICT (person_id) DO UPDATE SET shown_seq = greatest(mark.shown_seq, excluded.shown_seq),
    shown_at = greatest(mark.shown_at, excluded.shown_at)
WHERE mark.shown_seq IS NULL OR mark.shown_seq < excluded.shown_seq OR mark.shown_at < %(newest_post_at)s
"""
NOTE_READING = """
INSERT INTO notifications_readmark AS mark (person_id, version) VALUES (%(person)s, 1)
ON CONFLICT (person_id) DO UPDATE SET version = mark.version + 1
"""
# Only new posts of people they follow, which replies are not: no one fills the table with marks of others.
#
# Being unread is no younger than it must be to count, so that the next mark of all overrules it, whatever that was
# bound by.
MARK_POSTS = """
INSERT INTO notifications_postmark (person_id, post_id, unread, at)
SELECT follower_id, post.id, %(unread)s, CASE
    WHEN %(unread)s THEN greatest(post.created_at, mark.posts_at) + interval '1 microsecond'
    ELSE clock_timestamp() END
FROM posts_post AS post JOIN follows_follow ON followee_id = author_id AND follower_id = %(person)s
LEFT JOIN notifications_readmark AS mark ON mark.person_id = %(person)s
WHERE post.id = ANY(%(posts)s) AND post.thread IS NULL
ORDER BY post.id
ON CONFLICT (person_id, post_id) DO UPDATE SET unread = excluded.unread, at = excluded.at
"""

# --- What an inbox shows. ---

UNREAD_CAP = 100

MARKS = """
SELECT who.id, coalesce(inbox.seq, 0), coalesce(mark.version, 0)
FROM unnest(%(people)s::bigint[]) AS who(id)
LEFT JOIN notifications_inbox AS inbox ON inbox.person_id = who.id
LEFT JOIN notifications_readmark AS mark ON mark.person_id = who.id
"""
# The order of the unread groups is of no matter, but it keeps the planner on the index: where most groups are one
# person's, and all of them are read, it would look for a first hundred through the whole table. The author of a new
# post is looked at after it: of most whom someone follows there is none.
STATES = Prepared(
    f"""
SELECT who.id, coalesce(inbox.seq, 0), mark.version, least(groups.n + posts.n + marked_unread.n, {UNREAD_CAP}),
       (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
FROM unnest(%(people)s::bigint[]) AS who(id)
LEFT JOIN notifications_inbox AS inbox ON inbox.person_id = who.id
CROSS JOIN LATERAL (
    SELECT coalesce(max(seq), 0) AS seq, max(posts_at) AS posts_at, coalesce(max(version), 0) AS version
    FROM notifications_readmark WHERE person_id = who.id
) AS mark
CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM (
        SELECT FROM notifications_group AS found
        LEFT JOIN posts_post AS post ON post.id = found.post_id
        LEFT JOIN users_person AS author ON author.id = post.author_id
        WHERE found.recipient_id = who.id AND found.unread_seq > mark.seq AND found.count > 0
          AND {visible("post", "author")} ORDER BY found.unread_seq DESC LIMIT {UNREAD_CAP}
    ) AS few
) AS groups
CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM (
        SELECT FROM follows_follow AS follow
        CROSS JOIN LATERAL (
            SELECT post.author_id FROM posts_post AS post
            WHERE post.author_id = follow.followee_id AND {shown("post")}
              AND post.reply_to_author IS NULL
              AND post.id >= item_id_at(greatest(follow.created_at, mark.posts_at))
              AND post.created_at > greatest(follow.created_at, mark.posts_at)
              AND NOT EXISTS (
                SELECT FROM notifications_postmark AS marked
                WHERE marked.person_id = who.id AND marked.post_id = post.id AND NOT marked.unread
              ) LIMIT {UNREAD_CAP}
        ) AS fresh
        WHERE follow.follower_id = who.id AND {wants_new_posts("who.id", "follow.followee_id")}
          AND (SELECT {active("author")} FROM users_person AS author WHERE author.id = fresh.author_id)
        LIMIT {UNREAD_CAP}
    ) AS few
) AS posts
CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM (
        SELECT FROM notifications_postmark AS marked JOIN posts_post AS post ON post.id = marked.post_id
        JOIN users_person AS author ON author.id = post.author_id
        WHERE marked.person_id = who.id AND marked.unread AND {visible("post", "author")}
          AND post.created_at <= mark.posts_at AND marked.at > mark.posts_at LIMIT {UNREAD_CAP}
    ) AS few
) AS marked_unread
""",
    people="bigint[]",
)

# So many of a group's newest are looked at for one that may be seen, and counted at most.
_NEWEST = 5
_COUNTED = 1_000
NEWEST_REPLIES = Prepared(
    f"""
SELECT span.group_id, newest.reply_ids, (
    SELECT count(*) FROM (
        SELECT FROM notifications_groupmember WHERE group_id = span.group_id AND active LIMIT {_COUNTED}
    ) AS few
)
FROM unnest(%(groups)s::bigint[], %(firsts)s::bigint[], %(lasts)s::bigint[]) AS span(group_id, first, last)
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(reply_id ORDER BY at DESC, id DESC), ARRAY[]::bigint[]) AS reply_ids FROM (
        SELECT reply_id, at, id FROM notifications_groupmember AS member
        WHERE member.group_id = span.group_id AND active AND id BETWEEN span.first AND span.last
        ORDER BY at DESC, id DESC LIMIT {_NEWEST}
    ) AS few
) AS newest
""",
    **dict.fromkeys(("groups", "firsts", "lasts"), "bigint[]"),
)


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
