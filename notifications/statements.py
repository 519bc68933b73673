"""The statements behind telling people: each for a whole batch, in the order of recipients, so that none deadlock."""

from socialapp.planned import Planned

# The deeds of a batch as rows. Parallel arrays: one parse, whatever the batch.
_DEEDS = """
    SELECT * FROM unnest(
        %(recipients)s::bigint[], %(kinds)s::text[], %(posts)s::bigint[],
        %(actors)s::bigint[], %(comments)s::bigint[], %(ats)s::timestamptz[]
    ) AS deed(recipient_id, kind, post_id, actor_id, comment_id, at)
"""
_DEED_TYPES = {
    **dict.fromkeys(("recipients", "posts", "actors", "comments"), "bigint[]"),
    "kinds": "text[]",
    "ats": "timestamptz[]",
}

# May `recipient` be told of a deed of `actor`? These take the names of columns.
BLOCKED = "EXISTS (SELECT FROM follows_block WHERE blocker_id = {recipient} AND blocked_id = {actor})"
MUTED = """EXISTS (
    SELECT FROM notifications_mute AS mute WHERE mute.person_id = {recipient}
     AND (mute.muted_id = {actor} OR (mute.post_id = {post} AND mute.kind IN ('', {kind})))
     AND (mute.until IS NULL OR mute.until > clock_timestamp())
)"""
FOLLOWED = "EXISTS (SELECT FROM follows_follow WHERE follower_id = {recipient} AND followee_id = {actor})"
_DEED = {"recipient": "deed.recipient_id", "actor": "deed.actor_id", "post": "deed.post_id", "kind": "deed.kind"}

# Those whose person or post is gone for good are dropped; hidden or deleted ones may come back, so
# they are delivered, and what may not be seen is left out when an inbox is read. What the recipient does
# not want to hear of is a member that is withheld, so that each deed ends somewhere, and says why.
JOIN = Planned(
    f"""
WITH deed AS MATERIALIZED (
    SELECT deed.*, CASE
        WHEN {BLOCKED.format(**_DEED)} THEN 'blocked'
        WHEN {MUTED.format(**_DEED)} THEN 'muted'
        WHEN preference.from_whom = 'no_one' THEN 'not wanted'
        WHEN preference.from_whom = 'following' AND NOT {FOLLOWED.format(**_DEED)} THEN 'not wanted'
        ELSE ''
    END AS withheld
    FROM ({_DEEDS}) AS deed
    LEFT JOIN notifications_preference AS preference ON preference.person_id = deed.recipient_id
     AND preference.kind = deed.kind AND preference.channel = 'inbox'
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
INSERT INTO notifications_member AS member (group_id, actor_id, comment_id, active, withheld, at, delivered_at)
SELECT known.id, deed.actor_id, deed.comment_id, deed.withheld = '', deed.withheld, deed.at, clock_timestamp()
FROM deed JOIN known ON known.recipient_id = deed.recipient_id
 AND known.kind = deed.kind AND known.post_id IS NOT DISTINCT FROM deed.post_id
ORDER BY known.id, deed.actor_id, deed.comment_id
ON CONFLICT (group_id, actor_id, comment_id)
DO UPDATE SET active = true WHERE NOT member.active AND member.withheld = ''
RETURNING group_id, actor_id, active, xmax = 0 AS is_first, at, id
""",
    **_DEED_TYPES,
)

LEAVE = Planned(
    f"""
UPDATE notifications_member AS member SET active = false
FROM ({_DEEDS}) AS deed JOIN notifications_group AS found ON found.recipient_id = deed.recipient_id
 AND found.kind = deed.kind AND found.post_id IS NOT DISTINCT FROM deed.post_id
WHERE member.group_id = found.id AND member.actor_id = deed.actor_id
  AND member.comment_id = deed.comment_id AND member.active
RETURNING member.group_id, member.actor_id, true, false AS is_first, member.at, member.id
""",
    **_DEED_TYPES,
)

# `changed`: each (group, actor) with how many of the actor's deeds became active less how many ceased to be.
# An actor counts once: from none to some, or from some to none. Each change of an inbox takes a number of its
# sequence, also one that moves nothing up, so that live streams can tell that they missed it.
REFRESH = Planned(
    """
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
    SELECT found.recipient_id, greatest(count(moved.group_id), 1)
    FROM people JOIN notifications_group AS found ON found.id = people.group_id
    LEFT JOIN moved ON moved.group_id = people.group_id
    GROUP BY found.recipient_id ORDER BY found.recipient_id
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
""",
    **dict.fromkeys(("groups", "actors", "moved"), "bigint[]"),
    changes="int[]",
    moved_at="timestamptz[]",
)

# A person was blocked: what their deeds had put into the blocker's inbox goes.
WITHHOLD = """
UPDATE notifications_member AS member SET active = false, withheld = 'blocked'
FROM unnest(%(recipients)s::bigint[], %(actors)s::bigint[]) AS block(recipient_id, actor_id)
JOIN notifications_group AS found ON found.recipient_id = block.recipient_id
WHERE member.group_id = found.id AND member.actor_id = block.actor_id AND member.active
RETURNING member.group_id, member.actor_id, true, false AS is_first, member.at, member.id
"""

# Marks of single new posts count while they are younger than the mark of all; so what the last one made moot is kept
# until the next, and the last one can be undone.
MARK_ALL_READ = """
WITH seen AS (
    SELECT coalesce((SELECT seq FROM notifications_inbox WHERE person_id = %(person)s), 0) AS seq
), moot AS (
    DELETE FROM notifications_postmark WHERE person_id = %(person)s
     AND at <= (SELECT posts_at FROM notifications_readmark WHERE person_id = %(person)s)
)
INSERT INTO notifications_readmark AS mark (person_id, seq, posts_at, version, previous_seq)
SELECT %(person)s, seq, clock_timestamp(), 1, 0 FROM seen
ON CONFLICT (person_id) DO UPDATE SET seq = excluded.seq, posts_at = excluded.posts_at, version = mark.version + 1,
    previous_seq = mark.seq, previous_posts_at = mark.posts_at
"""
UNDO_MARK_ALL_READ = """
UPDATE notifications_readmark SET seq = previous_seq, posts_at = previous_posts_at, version = version + 1,
    previous_seq = NULL, previous_posts_at = NULL
WHERE person_id = %(person)s AND previous_seq IS NOT NULL
"""
NOTE_READING = """
INSERT INTO notifications_readmark AS mark (person_id, version) VALUES (%(person)s, 1)
ON CONFLICT (person_id) DO UPDATE SET version = mark.version + 1
"""

# Who has a confirmed mail address has an endpoint for it; another address is a new one, and no longer bounces.
_CONFIRMED = """
FROM account_emailaddress AS address LEFT JOIN notifications_endpoint AS known
  ON known.person_id = address.user_id AND known.channel = 'email'
WHERE address.user_id = ANY(%(people)s) AND address.verified AND address."primary"
  AND known.address IS DISTINCT FROM address.email
ORDER BY address.user_id
"""
NEW_MAIL = Planned(f"SELECT address.user_id {_CONFIRMED}", people="bigint[]")
ENSURE_MAIL = f"""
INSERT INTO notifications_endpoint AS endpoint (person_id, channel, name, address, keys, host, circuit_id)
SELECT address.user_id, 'email', '', address.email, '{{}}', 'server', %(circuit)s {_CONFIRMED}
ON CONFLICT (person_id) WHERE channel = 'email'
DO UPDATE SET address = excluded.address, disabled_at = NULL, disabled_reason = '', last_error = ''
"""

# One delivery for each endpoint of each recipient whose group moved; while one waits that nobody has claimed,
# it grows instead. An endpoint that does not want it gets a delivery that is suppressed from the start.
PLAN = Planned(
    f"""
WITH plan AS MATERIALIZED (
    SELECT moved.group_id, moved.first_member, moved.last_member, moved.at, found.recipient_id, found.kind,
           found.post_id, endpoint.id AS endpoint_id, endpoint.channel, endpoint.host, endpoint.disabled_at,
           coalesce(preference.from_whom, usual.from_whom, 'no_one') AS from_whom,
           channel.hold, channel.gap, channel.worth
    FROM unnest(%(groups)s::bigint[], %(firsts)s::bigint[], %(lasts)s::bigint[], %(ats)s::timestamptz[])
        AS moved(group_id, first_member, last_member, at)
    JOIN notifications_group AS found ON found.id = moved.group_id
    JOIN notifications_endpoint AS endpoint ON endpoint.person_id = found.recipient_id
    JOIN unnest(%(channels)s::text[], %(holds)s::interval[], %(gaps)s::interval[], %(worths)s::interval[])
        AS channel(name, hold, gap, worth) ON channel.name = endpoint.channel
    LEFT JOIN unnest(%(cell_kinds)s::text[], %(cell_channels)s::text[], %(cell_from_whom)s::text[])
        AS usual(kind, channel, from_whom) ON usual.kind = found.kind AND usual.channel = endpoint.channel
    LEFT JOIN notifications_preference AS preference ON preference.person_id = found.recipient_id
     AND preference.kind = found.kind AND preference.channel = endpoint.channel
    ORDER BY endpoint.id, moved.group_id
), grown AS (
    UPDATE notifications_delivery AS delivery SET last_member = plan.last_member
    FROM plan WHERE delivery.endpoint_id = plan.endpoint_id AND delivery.group_id = plan.group_id
     AND delivery.state = 'waiting' AND delivery.bundle IS NULL
    RETURNING delivery.endpoint_id, delivery.group_id
), decided AS (
    SELECT plan.*, CASE
        WHEN plan.disabled_at IS NOT NULL THEN 'the endpoint is disabled'
        WHEN plan.from_whom = 'no_one' OR (plan.from_whom = 'following' AND NOT EXISTS (
            SELECT FROM notifications_member AS member
            WHERE member.group_id = plan.group_id AND member.active
              AND member.id BETWEEN plan.first_member AND plan.last_member
              AND {FOLLOWED.format(recipient="plan.recipient_id", actor="member.actor_id")}
        )) THEN 'not wanted'
        ELSE ''
    END AS reason
    FROM plan WHERE NOT EXISTS (
        SELECT FROM grown WHERE grown.endpoint_id = plan.endpoint_id AND grown.group_id = plan.group_id
    )
)
INSERT INTO notifications_delivery (
    recipient_id, endpoint_id, channel, host, kind, group_id, first_member, last_member,
    state, reason, accepted_at, next_attempt_at, expires_at, finished_at
)
SELECT recipient_id, endpoint_id, channel, host, kind, group_id, first_member, last_member,
       CASE WHEN reason = '' THEN 'waiting' ELSE 'suppressed' END, reason, at,
       greatest(clock_timestamp() + hold, (
           SELECT max(last.finished_at) + decided.gap FROM notifications_delivery AS last
           WHERE last.endpoint_id = decided.endpoint_id AND last.group_id = decided.group_id AND last.state = 'sent'
       )),
       clock_timestamp() + worth, CASE WHEN reason <> '' THEN clock_timestamp() END
FROM decided
ON CONFLICT DO NOTHING
RETURNING channel, state
""",
    **dict.fromkeys(("groups", "firsts", "lasts"), "bigint[]"),
    ats="timestamptz[]",
    **dict.fromkeys(("holds", "gaps", "worths"), "interval[]"),
    **dict.fromkeys(("channels", "cell_kinds", "cell_channels", "cell_from_whom"), "text[]"),
)
