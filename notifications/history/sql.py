"""The statements of the audit, the dashboard and the metrics. A figure of the latter two is bounded by CAP."""

from notifications.models import Delivery, Kind
from socialapp.messaging.messages import NOBODY
from socialapp.sql import one_of

State = Delivery.State
# The messages of which inboxes are made.
ACTIVITIES = [
    "ReactionAdded",
    "ReactionRemoved",
    "PersonFollowed",
    "PersonUnfollowed",
    "FollowNoticeAdded",
    "FollowNoticeRemoved",
    "NoticeSent",
]
CAP = 10_000

# What inboxes hold: members that are there, or suppressed.
_HELD = """
    SELECT found.recipient_id, found.kind, coalesce(found.post_id, 0) AS post_id,
           member.actor_id, member.reply_id, count(*) AS times, bool_or(member.active) AS active
    FROM notifications_groupmember AS member JOIN notifications_group AS found ON found.id = member.group_id
    JOIN users_person AS recipient ON recipient.id = found.recipient_id AND recipient.deleted_at IS NULL
    WHERE member.active OR member.suppressed_reason <> '' GROUP BY 1, 2, 3, 4, 5
"""
# What messages of that are still under way, or dead letters. Some have one kind, and do not say it.
_KIND = f"CASE name WHEN 'NoticeSent' THEN '{Kind.MODERATION}' ELSE '{Kind.FOLLOW}' END"
_PUBLISHED = f"""
    SELECT (body->>'recipient_id')::bigint AS recipient_id, coalesce(body->>'kind', {_KIND}) AS kind,
           coalesce((body->>'post_id')::bigint, 0) AS post_id,
           coalesce((body->>'actor_id')::bigint, {NOBODY}) AS actor_id,
           coalesce((body->>'reply_id')::bigint, (body->>'notice_id')::bigint, 0) AS reply_id,
           bool_or(dead_lettered_at IS NULL) AS waits
    FROM messaging_outbox
    WHERE name IN {one_of(ACTIVITIES)}
    GROUP BY 1, 2, 3, 4, 5
"""
# For each fact and each member, whether it is due and whether it is there.
_COMPARED = """
    SELECT fact.actor_id IS NOT NULL AS due, held.actor_id IS NOT NULL AS there, coalesce(held.times, 0) AS times,
           coalesce(held.active, false) AS active, recipient_id, kind, post_id, actor_id, reply_id
    FROM fact FULL JOIN held USING (recipient_id, kind, post_id, actor_id, reply_id)
"""
_COUNTED = """
    SELECT count(*) FILTER (WHERE due) AS accepted,
           count(*) FILTER (WHERE due AND active) AS delivered,
           count(*) FILTER (WHERE due AND there AND NOT active) AS suppressed,
           count(*) FILTER (WHERE (due AND NOT there OR active AND NOT due) AND published.waits) AS pending,
           count(*) FILTER (WHERE (due AND NOT there OR active AND NOT due) AND NOT published.waits) AS set_aside,
           count(*) FILTER (WHERE due AND NOT there AND published.waits IS NULL) AS missing,
           coalesce(sum(times - 1) FILTER (WHERE there), 0)::bigint AS double,
           count(*) FILTER (WHERE active AND NOT due AND published.waits IS NULL) AS uncaused
    FROM compared LEFT JOIN published USING (recipient_id, kind, post_id, actor_id, reply_id)
"""
# Groups whose count is not that of their people.
_MISCOUNTED = """
    SELECT count(*) AS miscounted FROM (
        SELECT found.count, count(DISTINCT member.actor_id) FILTER (WHERE member.active) AS people
        FROM notifications_group AS found LEFT JOIN notifications_groupmember AS member ON member.group_id = found.id
        GROUP BY found.id
    ) AS groups WHERE groups.count <> groups.people
"""


def inside(facts: str) -> str:
    """What inboxes hold, compared with `facts`, a SELECT of all that they must hold.

    One statement, so one snapshot: reactions that come in meanwhile are in all of it or in none. The inbox of a deleted
    account is being removed, and does not count as missing.
    """
    return f"""
{_comparison(facts)}, counted AS ({_COUNTED}), miscounted AS ({_MISCOUNTED})
SELECT accepted, delivered, suppressed, pending, set_aside, missing, double, uncaused, miscounted
FROM counted, miscounted
"""


def examples(facts: str) -> str:
    """Some of what `inside` counts as missing, double or uncaused."""
    return f"""
{_comparison(facts)}
SELECT CASE WHEN due AND NOT there THEN 'missing' WHEN times > 1 THEN 'double' ELSE 'uncaused' END,
       kind, recipient_id, post_id, actor_id, reply_id
FROM compared LEFT JOIN published USING (recipient_id, kind, post_id, actor_id, reply_id)
WHERE times > 1 OR (due AND NOT there OR active AND NOT due) AND published.waits IS NULL
LIMIT %(most)s
"""


def _comparison(facts: str) -> str:
    return f"""
WITH fact AS MATERIALIZED (
    SELECT fact.recipient_id, fact.kind, coalesce(fact.post_id, 0) AS post_id, fact.actor_id, fact.reply_id
    FROM ({facts}) AS fact
    JOIN users_person AS recipient ON recipient.id = fact.recipient_id AND recipient.deleted_at IS NULL
), held AS MATERIALIZED ({_HELD}), published AS MATERIALIZED ({_PUBLISHED}), compared AS ({_COMPARED})"""


# Each activity that is in an inbox, and each endpoint that its recipient had by then: covered by one delivery.
# What ended long ago is purged; an endpoint that was added in the same moment may or may not have been known.
OUTSIDE = f"""
WITH pair AS (
    SELECT member.id, (
        SELECT array_agg(delivery.state) FROM notifications_delivery AS delivery
        WHERE delivery.endpoint_id = endpoint.id AND delivery.group_id = member.group_id
          AND member.id BETWEEN delivery.first_member AND delivery.last_member
    ) AS states
    FROM notifications_endpoint AS endpoint
    JOIN notifications_group AS found ON found.recipient_id = endpoint.person_id
    JOIN notifications_groupmember AS member ON member.group_id = found.id
    WHERE member.suppressed_reason = '' AND member.delivered_at > endpoint.created_at + interval '5 seconds'
      AND member.delivered_at > clock_timestamp() - %(kept)s
)
SELECT count(*) FILTER (WHERE states = ARRAY['{State.SENT}'::varchar]),
       count(*) FILTER (WHERE states = ARRAY['{State.SUPPRESSED}'::varchar]),
       count(*) FILTER (WHERE states = ARRAY['{State.DEAD}'::varchar]),
       count(*) FILTER (WHERE states = ARRAY['{State.WAITING}'::varchar]),
       count(*) FILTER (WHERE states IS NULL), count(*) FILTER (WHERE cardinality(states) > 1)
FROM pair
"""
# The newest so many that ended; of these, how long from the activity's acceptance, and how many a minute.
ENDED = f"""
WITH ended AS MATERIALIZED (
    SELECT channel, kind, state, accepted_at, finished_at FROM notifications_delivery
    WHERE finished_at > clock_timestamp() - %s ORDER BY finished_at DESC LIMIT {5 * CAP}
)
SELECT channel, kind, NULL::timestamptz AS minute, count(*) FILTER (WHERE state = '{State.SENT}'),
    count(*) FILTER (WHERE state = '{State.DEAD}'), count(*) FILTER (WHERE state = '{State.SUPPRESSED}'),
    percentile_cont(ARRAY[0.5, 0.99]) WITHIN GROUP (ORDER BY extract(epoch FROM finished_at - accepted_at))
        FILTER (WHERE state = '{State.SENT}')
FROM ended GROUP BY channel, kind
UNION ALL
SELECT channel, '', date_trunc('minute', finished_at), count(*) FILTER (WHERE state = '{State.SENT}'),
    count(*) FILTER (WHERE state = '{State.DEAD}'), count(*) FILTER (WHERE state = '{State.SUPPRESSED}'), NULL
FROM ended GROUP BY 1, 3
"""
# How many do what, and how many there may be.
SESSIONS = """SELECT coalesce(state, 'other'), count(*), current_setting('max_connections')::int
FROM pg_stat_activity WHERE datname = current_database() GROUP BY 1"""
