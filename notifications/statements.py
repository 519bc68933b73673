"""The statements behind telling people: each for a whole batch, in the order of recipients, so that none deadlock."""

# The deeds of a batch as rows. Parallel arrays: one parse, whatever the batch.
_DEEDS = """
    SELECT * FROM unnest(
        %(recipients)s::bigint[], %(kinds)s::text[], %(posts)s::bigint[],
        %(actors)s::bigint[], %(comments)s::bigint[], %(ats)s::timestamptz[]
    ) AS deed(recipient_id, kind, post_id, actor_id, comment_id, at)
"""

# Those whose person or post is gone for good are dropped; hidden or deleted ones may come back, so
# they are delivered, and what may not be seen is left out when an inbox is read.
JOIN = f"""
WITH deed AS MATERIALIZED (
    SELECT deed.* FROM ({_DEEDS}) AS deed
    JOIN users_person AS recipient ON recipient.id = deed.recipient_id AND recipient.deleted_at IS NULL
    JOIN users_person AS actor ON actor.id = deed.actor_id
    WHERE deed.recipient_id <> deed.actor_id
      AND (deed.post_id IS NULL OR EXISTS (SELECT FROM posts_post WHERE posts_post.id = deed.post_id))
), made AS (
    INSERT INTO notifications_group (recipient_id, kind, post_id)
    SELECT DISTINCT recipient_id, kind, post_id FROM deed ORDER BY recipient_id, kind, post_id
    ON CONFLICT (recipient_id, kind, post_id) DO NOTHING
    RETURNING id, recipient_id, kind, post_id
), known AS (
    SELECT id, recipient_id, kind, post_id FROM made
    UNION ALL
    SELECT found.id, found.recipient_id, found.kind, found.post_id
    FROM (SELECT DISTINCT recipient_id, kind, post_id FROM deed) AS wanted
    JOIN notifications_group AS found ON found.recipient_id = wanted.recipient_id
     AND found.kind = wanted.kind AND found.post_id IS NOT DISTINCT FROM wanted.post_id
)
INSERT INTO notifications_member AS member (group_id, actor_id, comment_id, at, delivered_at)
SELECT known.id, deed.actor_id, deed.comment_id, deed.at, clock_timestamp()
FROM deed JOIN known ON known.recipient_id = deed.recipient_id
 AND known.kind = deed.kind AND known.post_id IS NOT DISTINCT FROM deed.post_id
ORDER BY known.id, deed.actor_id, deed.comment_id
ON CONFLICT (group_id, actor_id, comment_id) DO UPDATE SET active = true WHERE NOT member.active
RETURNING group_id, actor_id, xmax = 0 AS is_first, at
"""

LEAVE = f"""
UPDATE notifications_member AS member SET active = false
FROM ({_DEEDS}) AS deed JOIN notifications_group AS found ON found.recipient_id = deed.recipient_id
 AND found.kind = deed.kind AND found.post_id IS NOT DISTINCT FROM deed.post_id
WHERE member.group_id = found.id AND member.actor_id = deed.actor_id
  AND member.comment_id = deed.comment_id AND member.active
RETURNING member.group_id, member.actor_id, false AS is_first, member.at
"""

# `changed`: each (group, actor) with how many of the actor's deeds became active less how many ceased to be.
# An actor counts once: from none to some, or from some to none.
REFRESH = """
WITH changed AS MATERIALIZED (
    SELECT * FROM unnest(%(groups)s::bigint[], %(actors)s::bigint[], %(changes)s::int[])
        AS t(group_id, actor_id, change)
), people AS MATERIALIZED (
    SELECT changed.group_id, sum((now_active > 0)::int - (now_active - change > 0)::int) AS change
    FROM changed CROSS JOIN LATERAL (
        SELECT count(*) AS now_active FROM notifications_member AS member
        WHERE member.group_id = changed.group_id AND member.actor_id = changed.actor_id AND member.active
    ) AS deeds GROUP BY changed.group_id
), moved AS MATERIALIZED (
    SELECT news.group_id, news.at, found.recipient_id,
           row_number() OVER (PARTITION BY found.recipient_id ORDER BY news.at, news.group_id) AS place
    FROM unnest(%(moved)s::bigint[], %(moved_at)s::timestamptz[]) AS news(group_id, at)
    JOIN notifications_group AS found ON found.id = news.group_id
), inbox AS (
    INSERT INTO notifications_inbox AS inbox (person_id, seq)
    SELECT recipient_id, count(*) FROM moved GROUP BY recipient_id ORDER BY recipient_id
    ON CONFLICT (person_id) DO UPDATE SET seq = inbox.seq + excluded.seq
    RETURNING person_id, seq
), places AS (
    SELECT moved.group_id, moved.at,
           inbox.seq - max(moved.place) OVER (PARTITION BY moved.recipient_id) + moved.place AS seq
    FROM moved JOIN inbox ON inbox.person_id = moved.recipient_id
)
UPDATE notifications_group AS target
SET count = target.count + people.change,
    newest_ids = ARRAY(
        SELECT actor_id FROM (
            SELECT DISTINCT ON (actor_id) actor_id, at, id FROM (
                SELECT actor_id, at, id FROM notifications_member AS member
                WHERE member.group_id = target.id AND member.active ORDER BY at DESC, id DESC LIMIT 30
            ) AS newest ORDER BY actor_id, at DESC, id DESC
        ) AS actors ORDER BY at DESC, id DESC LIMIT 3
    ),
    at = coalesce(places.at, target.at),
    seq = coalesce(places.seq, target.seq),
    unread_seq = coalesce(places.seq, target.unread_seq)
FROM people LEFT JOIN places ON places.group_id = people.group_id
WHERE target.id = people.group_id
"""
