"""Statements by which workers claim due deliveries and recheck them before they send."""

from notifications.deliveries.sql.outcome import NEXT_VERSION
from notifications.models import ChannelName, Delivery, EndpointNotice, FromWhom, Kind, Reason, Rhythm
from notifications.preferences.sql import BLOCKED, FOLLOWED, MUTED
from socialapp.sql import blocked, meant_for, one_of, standing

State = Delivery.State
_NOTICES = one_of(EndpointNotice)
_PACE = """coalesce((
    SELECT CASE WHEN pace.slow_at > clock_timestamp() - %(slow_for)s THEN 'slow' ELSE 'quick' END
    FROM notifications_pace AS pace
    WHERE pace.person_id = delivery.recipient_id AND pace.channel = delivery.channel
), 'new')"""
BUSY = f"""
SELECT DISTINCT delivery.lease, delivery.host, delivery.recipient_id, {_PACE}
FROM notifications_delivery AS delivery
WHERE delivery.channel = %(channel)s AND delivery.state = '{State.WAITING}' AND delivery.lease IS NOT NULL
  AND delivery.next_attempt_at > clock_timestamp()
"""
# A lease that a crash of the database loses is none: it is due again, as after the end of one who died with it.
LOCK = "SELECT pg_advisory_xact_lock(%s, %s), set_config('synchronous_commit', 'off', true)"
# A breaker that all share is checked first: while it is open nothing is due, and what waits need not be put aside.
SHARED = "SELECT failures, coalesce(open_until > clock_timestamp(), false) FROM notifications_circuit WHERE name = %s"
DUE = f"""
SELECT delivery.id, delivery.endpoint_id, delivery.recipient_id, delivery.batch, delivery.host, {_PACE},
       delivery.reason <> '', delivery.kind IN {_NOTICES}, delivery.attempts,
       endpoint.last_error <> '', endpoint.circuit_id,
       coalesce(circuit.failures, 0), circuit.open_until > clock_timestamp() AS is_open, circuit.open_until
FROM (
    SELECT * FROM notifications_delivery AS delivery
    WHERE channel = %(channel)s AND state = '{State.WAITING}' AND next_attempt_at <= clock_timestamp()
      AND recipient_id <> ALL(%(people)s::bigint[]) AND host <> ALL(%(hosts)s::text[])
      AND (%(paces)s::text[] = '{{}}' OR {_PACE} <> ALL(%(paces)s::text[]))
    ORDER BY bulk, next_attempt_at LIMIT %(rows)s
) AS delivery
JOIN notifications_endpoint AS endpoint ON endpoint.id = delivery.endpoint_id
-- What waits for a disabled endpoint is not sent but suppressed: no breaker holds that up.
LEFT JOIN notifications_circuit AS circuit ON circuit.id = endpoint.circuit_id AND endpoint.disabled_at IS NULL
ORDER BY delivery.bulk, delivery.next_attempt_at
"""
# Only the rows that are taken are locked: a row that is being changed at this moment is skipped, and due next time.
_FREE = f"""(
    SELECT id FROM notifications_delivery WHERE id = ANY(%(ids)s::bigint[]) AND state = '{State.WAITING}'
     AND next_attempt_at <= clock_timestamp() FOR UPDATE SKIP LOCKED
)"""
TAKE = f"""
UPDATE notifications_delivery AS delivery
SET lease = claimed.lease, batch = claimed.batch, next_attempt_at = clock_timestamp() + claimed.lasts
FROM unnest(%(ids)s::bigint[], %(batches)s::bigint[], %(leases)s::uuid[], %(lasts)s::interval[])
    AS claimed(id, batch, lease, lasts)
WHERE delivery.id = claimed.id AND delivery.id IN {_FREE}
RETURNING delivery.batch
"""
# What else goes to the endpoint in the same batch: the rest of an earlier batch; or all that is due and, with
# `fresh_too`, what came since. Nothing that is held until a time of its own; tests and warnings go alone.
GATHER = f"""
UPDATE notifications_delivery AS delivery
SET lease = claimed.lease, batch = claimed.batch, next_attempt_at = clock_timestamp() + claimed.lasts
FROM unnest(
    %(endpoints)s::bigint[], %(batches)s::bigint[], %(leases)s::uuid[], %(lasts)s::interval[], %(new)s::boolean[],
    %(fresh_too)s::boolean[]
) AS claimed(endpoint_id, batch, lease, lasts, new, fresh_too)
WHERE delivery.endpoint_id = claimed.endpoint_id AND delivery.state = '{State.WAITING}' AND (
    delivery.batch = claimed.batch
    OR claimed.new AND delivery.batch IS NULL AND delivery.kind NOT IN {_NOTICES}
       AND (delivery.next_attempt_at <= clock_timestamp() OR (claimed.fresh_too AND delivery.reason = ''))
)
"""
ASIDE = f"""
UPDATE notifications_delivery AS delivery
SET next_attempt_at = greatest(clock_timestamp() + %(aside)s, aside.until), lease = NULL
FROM unnest(%(ids)s::bigint[], %(untils)s::timestamptz[]) AS aside(id, until)
WHERE delivery.id = aside.id AND delivery.id IN {_FREE}
"""
# Half open: while the probe is under way, the breaker is open for all others.
PROBE = """
UPDATE notifications_circuit SET open_until = clock_timestamp() + %(lease)s WHERE id = ANY(%(circuits)s)
RETURNING id, open_until
"""
SUPERSEDED = "superseded"  # the decision: the next version, which waits too, takes it over
_MEMBER = {
    "recipient": "delivery.recipient_id",
    "actor": "member.actor_id",
    "post": "delivery.post_of_group",
    "thread": "post.thread",
    "kind": "delivery.kind",
}
_FRESH = """
EXISTS (SELECT FROM notifications_groupmember AS member WHERE member.group_id = delivery.group_id AND member.active
        AND member.id BETWEEN delivery.first_member AND delivery.last_member {and_also})
"""
_UNMUTED = f"AND NOT {MUTED.format(**_MEMBER)} AND NOT {BLOCKED.format(**_MEMBER)}"
_WANTED = f"""{_UNMUTED} AND (
    coalesce(preference.from_whom, usual.from_whom) = '{FromWhom.EVERYONE}'
    OR (coalesce(preference.from_whom, usual.from_whom) = '{FromWhom.FOLLOWING}' AND {FOLLOWED.format(**_MEMBER)})
)"""
_AUTHOR = {
    "recipient": "delivery.recipient_id",
    "actor": "author.id",
    "post": "post.id",
    "thread": "NULL",
    "kind": f"'{Kind.POST}'",
}

# What ends all sessions of a person when it changes; as `notifications.endpoints.browsers.sealed`.
SEALED = "encode(sha256(convert_to({person}.password || ' ' || {person}.sessions_ended, 'UTF8')), 'hex')"

# A test or a warning is only checked for whether it can be sent. Nothing of a batch of which somebody else has a part,
# or put it aside, as the lease ended before the batch was begun: the rest would go as a second mail of the same id.
CHECK = f"""
WITH renewed AS (
    UPDATE notifications_delivery SET next_attempt_at = clock_timestamp() + %(lease_for)s
    WHERE batch = %(batch)s AND lease = %(lease)s AND state = '{State.WAITING}' RETURNING *
), delivery AS (
    SELECT renewed.*, found.post_id AS post_of_group, found.unread_seq, found.count
    FROM renewed LEFT JOIN notifications_group AS found ON found.id = renewed.group_id
)
SELECT delivery.id, delivery.endpoint_id, delivery.recipient_id, delivery.kind, delivery.group_id,
    delivery.post_id, delivery.text, delivery.reason, delivery.attempts, delivery.accepted_at, delivery.created_at,
    delivery.expires_at - clock_timestamp(), endpoint.address, endpoint.keys, endpoint.circuit_id,
    coalesce(schedule.time_zone, 'UTC'), schedule.quiet_from, schedule.quiet_to,
    coalesce(schedule.mail_rhythm, '{Rhythm.IMMEDIATE}'), coalesce(schedule.digest_at, time '08:00'),
    coalesce((SELECT name FROM notifications_era), ''), delivery.request_id,
    CASE
        WHEN delivery.expires_at <= clock_timestamp() THEN '{Reason.EXPIRED}'
        WHEN endpoint.disabled_at IS NOT NULL THEN '{Reason.ENDPOINT_DISABLED}'
        WHEN endpoint.keys->>'session' IS NOT NULL AND NOT EXISTS (
            SELECT FROM django_session AS session WHERE session.session_key = endpoint.keys->>'session'
             AND session.expire_date > clock_timestamp()) THEN '{Reason.LOGGED_OUT}'
        WHEN endpoint.keys->>'sealed' <> {SEALED.format(person="recipient")} THEN '{Reason.LOGGED_OUT}'
        WHEN delivery.channel = '{ChannelName.EMAIL}' AND NOT EXISTS (
            SELECT FROM account_emailaddress AS confirmed WHERE confirmed.user_id = delivery.recipient_id
             AND confirmed.verified AND confirmed."primary" AND confirmed.email = endpoint.address)
            THEN '{Reason.ADDRESS_UNCONFIRMED}'
        WHEN recipient.deleted_at IS NOT NULL
          OR (recipient.suspended_at IS NOT NULL AND delivery.kind <> '{Kind.MODERATION}')
            THEN '{Reason.ACCOUNT_CLOSED}'
        WHEN delivery.kind IN {one_of(EndpointNotice)} THEN ''
        WHEN author.id IS NOT NULL AND NOT ({standing("post", "author")}) THEN '{Reason.POST_GONE}'
        WHEN author.id IS NOT NULL AND NOT {meant_for("delivery.recipient_id", "post")} THEN '{Reason.NOT_VISIBLE}'
        WHEN coalesce(preference.from_whom, usual.from_whom) = '{FromWhom.NO_ONE}' THEN '{Reason.NOT_WANTED}'
        WHEN delivery.kind = '{Kind.POST}' THEN CASE
            WHEN NOT EXISTS (SELECT FROM notifications_bell AS bell WHERE bell.person_id = delivery.recipient_id
                             AND bell.author_id = author.id)
              OR NOT {FOLLOWED.format(**_AUTHOR)}
              OR {blocked("author.id", "delivery.recipient_id")}
                THEN '{Reason.BELL_OFF}'
            WHEN {MUTED.format(**_AUTHOR)} OR {BLOCKED.format(**_AUTHOR)} THEN '{Reason.MUTED}'
            WHEN %(reading_cancels)s AND (post.created_at <= mark.posts_at OR EXISTS (
                SELECT FROM notifications_postmark AS marked WHERE marked.person_id = delivery.recipient_id
                 AND marked.post_id = post.id AND NOT marked.unread)) THEN '{Reason.READ}'
            ELSE '' END
        WHEN delivery.count = 0 OR NOT {_FRESH.format(and_also="")} THEN '{Reason.TAKEN_BACK}'
        WHEN NOT {_FRESH.format(and_also=_UNMUTED)} THEN '{Reason.MUTED}'
        WHEN NOT {_FRESH.format(and_also=_WANTED)} THEN '{Reason.NOT_WANTED}'
        WHEN %(reading_cancels)s AND coalesce(delivery.unread_seq, 0) <= coalesce(mark.seq, 0) THEN '{Reason.READ}'
        WHEN %(replaces)s AND EXISTS (
            SELECT FROM notifications_delivery AS later WHERE later.endpoint_id = delivery.endpoint_id
             AND later.group_id = delivery.group_id AND later.state = '{State.WAITING}'
             AND later.last_member = {NEXT_VERSION.format(of="delivery")}) THEN '{SUPERSEDED}'
        ELSE ''
    END
FROM delivery
JOIN notifications_endpoint AS endpoint ON endpoint.id = delivery.endpoint_id
JOIN users_person AS recipient ON recipient.id = delivery.recipient_id
LEFT JOIN posts_post AS post ON post.id = coalesce(delivery.post_id, delivery.post_of_group)
LEFT JOIN users_person AS author ON author.id = post.author_id
LEFT JOIN notifications_deliveryschedule AS schedule ON schedule.person_id = delivery.recipient_id
LEFT JOIN notifications_readmark AS mark ON mark.person_id = delivery.recipient_id
LEFT JOIN notifications_preference AS preference ON preference.person_id = delivery.recipient_id
 AND preference.kind = delivery.kind AND preference.channel = delivery.channel
LEFT JOIN unnest(%(cell_kinds)s::text[], %(cell_channels)s::text[], %(cell_from_whom)s::text[])
    AS usual(kind, channel, from_whom) ON usual.kind = delivery.kind AND usual.channel = delivery.channel
WHERE (SELECT count(*) FROM renewed) = (
    SELECT count(*) FROM notifications_delivery
    WHERE endpoint_id = (SELECT min(endpoint_id) FROM renewed) AND batch = %(batch)s AND state = '{State.WAITING}')
ORDER BY delivery.id
"""
