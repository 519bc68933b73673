"""The statements that plan deliveries: each for a whole batch, in the order of endpoints, so that none deadlock."""

from notifications.models import ChannelName, Delivery, FromWhom, Kind, Reason
from notifications.preferences.sql import BLOCKED, FOLLOWED, MUTED
from socialapp.sql import Prepared, active, blocked, one_of

State = Delivery.State


# A person with a confirmed mail address has an endpoint for it. A changed address is new: it has not bounced. A person
# who turned mail off, or called it spam, meant all mail and not the address.
OF_THE_ADDRESS = one_of([Reason.NO_MAILBOX, Reason.ADDRESS_REFUSED])
_CONFIRMED = f"""
FROM account_emailaddress AS address LEFT JOIN notifications_endpoint AS known
  ON known.person_id = address.user_id AND known.channel = '{ChannelName.EMAIL}'
WHERE address.user_id = ANY(%(people)s) AND address.verified AND address."primary"
  AND known.address IS DISTINCT FROM address.email
ORDER BY address.user_id
"""
# Yields (person, whether it is a mail address that has no endpoint yet).
REACHABLE = Prepared(
    f"""
SELECT DISTINCT person_id, false FROM notifications_endpoint WHERE person_id = ANY(%(people)s)
UNION ALL
(SELECT address.user_id, true {_CONFIRMED})
""",
    people="bigint[]",
)
ENSURE_MAIL = f"""
INSERT INTO notifications_endpoint AS endpoint (person_id, channel, name, address, keys, host, circuit_id)
SELECT address.user_id, '{ChannelName.EMAIL}', '', address.email, '{{}}', 'server', %(circuit)s {_CONFIRMED}
ON CONFLICT (person_id) WHERE channel = '{ChannelName.EMAIL}'
DO UPDATE SET address = excluded.address, last_error = '', last_error_values = '{{}}',
    disabled_at = CASE WHEN endpoint.disabled_reason NOT IN {OF_THE_ADDRESS} THEN endpoint.disabled_at END,
    disabled_reason = CASE WHEN endpoint.disabled_reason NOT IN {OF_THE_ADDRESS} THEN endpoint.disabled_reason
                      ELSE '' END,
    disabled_reason_values = CASE WHEN endpoint.disabled_reason NOT IN {OF_THE_ADDRESS}
                             THEN endpoint.disabled_reason_values ELSE '{{}}' END
"""

# One delivery for each endpoint of each recipient whose group moved; while one waits that no worker has claimed,
# it grows instead; so does one that is let go of meanwhile. An endpoint that does not want it gets a delivery that is
# suppressed from the start.
PLAN = Prepared(
    f"""
WITH plan AS MATERIALIZED (
    SELECT moved.group_id, moved.first_member, moved.last_member, moved.at, found.recipient_id, found.kind,
           found.post_id, endpoint.id AS endpoint_id, endpoint.channel, endpoint.host, endpoint.disabled_at,
           coalesce(preference.from_whom, usual.from_whom, '{FromWhom.NO_ONE}') AS from_whom,
           coalesce(led.request_id, '') AS request_id, channel.delay, channel.min_interval, channel.expires_after
    FROM unnest(%(groups)s::bigint[], %(firsts)s::bigint[], %(lasts)s::bigint[], %(ats)s::timestamptz[])
        AS moved(group_id, first_member, last_member, at)
    JOIN notifications_group AS found ON found.id = moved.group_id
    JOIN notifications_endpoint AS endpoint ON endpoint.person_id = found.recipient_id
    JOIN unnest(
        %(channels)s::text[], %(delays)s::interval[], %(min_intervals)s::interval[], %(expires_afters)s::interval[]
    ) AS channel(name, delay, min_interval, expires_after) ON channel.name = endpoint.channel
    LEFT JOIN unnest(%(cell_kinds)s::text[], %(cell_channels)s::text[], %(cell_from_whom)s::text[])
        AS usual(kind, channel, from_whom) ON usual.kind = found.kind AND usual.channel = endpoint.channel
    LEFT JOIN notifications_preference AS preference ON preference.person_id = found.recipient_id
     AND preference.kind = found.kind AND preference.channel = endpoint.channel
    LEFT JOIN unnest(
        %(led_recipients)s::bigint[], %(led_kinds)s::text[], %(led_posts)s::bigint[], %(led_requests)s::text[]
    ) AS led(recipient_id, kind, post_id, request_id) ON led.recipient_id = found.recipient_id
     AND led.kind = found.kind AND coalesce(led.post_id, 0) = coalesce(found.post_id, 0)
    ORDER BY endpoint.id, moved.group_id
), grown AS (
    UPDATE notifications_delivery AS delivery SET last_member = plan.last_member
    FROM plan WHERE delivery.endpoint_id = plan.endpoint_id AND delivery.group_id = plan.group_id
     AND delivery.state = '{State.WAITING}' AND delivery.batch IS NULL
    RETURNING delivery.endpoint_id, delivery.group_id
), decided AS (
    SELECT plan.*, CASE
        WHEN plan.disabled_at IS NOT NULL THEN '{Reason.ENDPOINT_DISABLED}'
        WHEN plan.from_whom = '{FromWhom.NO_ONE}' OR (plan.from_whom = '{FromWhom.FOLLOWING}' AND NOT EXISTS (
            SELECT FROM notifications_groupmember AS member
            WHERE member.group_id = plan.group_id AND member.active
              AND member.id BETWEEN plan.first_member AND plan.last_member
              AND {FOLLOWED.format(recipient="plan.recipient_id", actor="member.actor_id")}
        )) THEN '{Reason.NOT_WANTED}'
        ELSE ''
    END AS reason
    FROM plan WHERE NOT EXISTS (
        SELECT FROM grown WHERE grown.endpoint_id = plan.endpoint_id AND grown.group_id = plan.group_id
    )
)
INSERT INTO notifications_delivery (
    recipient_id, endpoint_id, channel, host, kind, group_id, first_member, last_member,
    request_id, state, reason, accepted_at, next_attempt_at, expires_at, finished_at
)
SELECT recipient_id, endpoint_id, channel, host, kind, group_id, first_member, last_member, request_id,
       CASE WHEN reason = '' THEN '{State.WAITING}' ELSE '{State.SUPPRESSED}' END, reason, at,
       greatest(clock_timestamp() + delay, (
           SELECT max(last.finished_at) + decided.min_interval FROM notifications_delivery AS last
           WHERE last.endpoint_id = decided.endpoint_id AND last.group_id = decided.group_id
             AND last.state = '{State.SENT}'
       )),
       clock_timestamp() + expires_after, CASE WHEN reason <> '' THEN clock_timestamp() END
FROM decided
ON CONFLICT (endpoint_id, group_id) WHERE state = '{State.WAITING}' AND batch IS NULL
DO UPDATE SET last_member = excluded.last_member
RETURNING channel, state
""",
    **dict.fromkeys(("groups", "firsts", "lasts", "led_recipients", "led_posts"), "bigint[]"),
    ats="timestamptz[]",
    **dict.fromkeys(("delays", "min_intervals", "expires_afters"), "interval[]"),
    **dict.fromkeys(("channels", "cell_kinds", "cell_channels", "cell_from_whom"), "text[]"),
    **dict.fromkeys(("led_kinds", "led_requests"), "text[]"),
)

# The notification of a new post to a person whose bell is on.
_HOLDER = {
    "recipient": "holder.id",
    "actor": "%(author)s",
    "post": "%(post)s",
    "thread": "NULL",
    "kind": f"'{Kind.POST}'",
}
FAN_OUT = f"""
WITH decided AS (
    SELECT
        holder.id AS recipient_id, endpoint.id AS endpoint_id, endpoint.channel, endpoint.host, channel.expires_after,
        CASE
            WHEN endpoint.disabled_at IS NOT NULL THEN '{Reason.ENDPOINT_DISABLED}'
            WHEN coalesce(preference.from_whom, usual.from_whom, '{FromWhom.NO_ONE}') = '{FromWhom.NO_ONE}'
                THEN '{Reason.NOT_WANTED}'
            WHEN NOT {FOLLOWED.format(**_HOLDER)} OR {blocked("%(author)s", "holder.id")}
                THEN '{Reason.BELL_OFF}'
            WHEN {MUTED.format(**_HOLDER)} OR {BLOCKED.format(**_HOLDER)} THEN '{Reason.MUTED}'
            WHEN holder.id = ANY(%(filtered)s::bigint[]) THEN '{Reason.FILTERED}'
            ELSE ''
        END AS reason
    FROM users_person AS holder
    JOIN notifications_endpoint AS endpoint ON endpoint.person_id = holder.id
    JOIN unnest(%(channels)s::text[], %(expires_afters)s::interval[]) AS channel(name, expires_after)
      ON channel.name = endpoint.channel
    LEFT JOIN unnest(%(cell_kinds)s::text[], %(cell_channels)s::text[], %(cell_from_whom)s::text[])
        AS usual(kind, channel, from_whom) ON usual.kind = '{Kind.POST}' AND usual.channel = endpoint.channel
    LEFT JOIN notifications_preference AS preference ON preference.person_id = holder.id
     AND preference.kind = '{Kind.POST}' AND preference.channel = endpoint.channel
    WHERE holder.id = ANY(%(people)s) AND {active("holder")}
)
INSERT INTO notifications_delivery (
    recipient_id, endpoint_id, channel, host, kind, post_id, bulk, request_id, state, reason, accepted_at, expires_at,
    finished_at
)
SELECT recipient_id, endpoint_id, channel, host, '{Kind.POST}', %(post)s, %(bulk)s, %(request)s,
       CASE WHEN reason = '' THEN '{State.WAITING}' ELSE '{State.SUPPRESSED}' END, reason, %(at)s,
       clock_timestamp() + expires_after,
       CASE WHEN reason <> '' THEN clock_timestamp() END
FROM decided ORDER BY endpoint_id
ON CONFLICT DO NOTHING
RETURNING channel, state
"""
