"""Statements that record results of deliveries, in their rows and in those of breakers."""

from django.db.models import BigIntegerField, Func

from notifications.models import Delivery, Reason

State = Delivery.State
# From the deliveries' own sequence: no other batch has had this number, and no delivery has it.
NEW_ID = "nextval(pg_get_serial_sequence('notifications_delivery', 'id'))"


class NewId(Func):
    """A new id as an expression of the ORM."""

    template = NEW_ID
    output_field = BigIntegerField()


# The `last_member` of the version after this one, for the same endpoint. Only that one may take this one over: a later
# one would notify again of what the versions between them cover.
NEXT_VERSION = """(
    SELECT min(later.last_member) FROM notifications_delivery AS later WHERE later.endpoint_id = {of}.endpoint_id
     AND later.group_id = {of}.group_id AND later.last_member > {of}.last_member
)"""

OURS = f"batch = %(batch)s AND lease = %(lease)s AND state = '{State.WAITING}'"


def _ends_as(state: Delivery.State) -> str:
    """Return the SQL that sets this end. Raises ValueError if a claimed delivery may not end so."""
    if State.WAITING not in Delivery.TRANSITIONS[state]:
        raise ValueError(f"{State.WAITING} → {state}")
    return f"state = '{state}', finished_at = statement_timestamp()"


# What an attempt changes: sent, failed for good, or to be tried again if there is time until it expires.
SENT = f"{_ends_as(State.SENT)}, reason = ''"
FAILED_FOR_GOOD = f"{_ends_as(State.DEAD)}, reason = %(reason)s, reason_values = %(values)s::jsonb"
_HAS_TIME = "expires_at > clock_timestamp() + %(wait)s"
FAILED_FOR_NOW = f"""
    lease = NULL, reason = CASE WHEN {_HAS_TIME} THEN reason ELSE '{Reason.GAVE_UP}' END,
    reason_values = CASE WHEN {_HAS_TIME} THEN reason_values ELSE %(given_up)s::jsonb END,
    state = CASE WHEN {_HAS_TIME} THEN '{State.WAITING}' ELSE '{State.DEAD}' END,
    finished_at = CASE WHEN {_HAS_TIME} THEN NULL ELSE statement_timestamp() END,
    next_attempt_at = clock_timestamp() + %(wait)s
"""


def attempted(change: str) -> str:
    """Return the statement that records a change and an attempt. It yields how many rows were ours."""
    return f"""
WITH ours AS (
    UPDATE notifications_delivery SET attempts = attempts + 1, {change}
    WHERE id = ANY(%(ids)s) AND {OURS} RETURNING id, attempts, state, next_attempt_at
), logged AS (
    INSERT INTO notifications_attempt
        (delivery_id, number, took_ms, outcome, reason, reason_values, code, answer, request, next_attempt_at)
    SELECT id, attempts, %(took)s, %(outcome)s, %(reason)s, %(values)s::jsonb, %(code)s, %(answer)s, %(request)s,
           CASE WHEN state = '{State.WAITING}' THEN next_attempt_at END FROM ours
)
SELECT count(*) FROM ours
"""


# The next version of a group, if it waits, takes over what this one is of. Yields its id.
JOIN_LATER = f"""
WITH ours AS (
    SELECT * FROM notifications_delivery WHERE id = %(id)s AND {OURS} FOR UPDATE
), later AS (
    SELECT later.id FROM notifications_delivery AS later
    JOIN ours ON later.endpoint_id = ours.endpoint_id AND later.group_id = ours.group_id
     AND later.state = '{State.WAITING}' AND later.last_member = {NEXT_VERSION.format(of="ours")}
    FOR UPDATE OF later
)
UPDATE notifications_delivery AS later
SET first_member = least(later.first_member, ours.first_member),
    accepted_at = least(later.accepted_at, ours.accepted_at)
FROM ours WHERE later.id = (SELECT id FROM later) RETURNING later.id
"""

LAST_ERROR = "last_error = %(reason)s, last_error_values = %(values)s::jsonb"
NO_ERROR = "last_sent_at = clock_timestamp(), last_error = '', last_error_values = '{}'"


def noted(change: str, *, is_slow: bool) -> str:
    """Return the statement that records an endpoint's last result, and whether its person is one of the slow."""
    return f"""
WITH pace AS (
    INSERT INTO notifications_pace (person_id, channel, slow_at)
    SELECT person_id, channel, {"clock_timestamp()" if is_slow else "NULL::timestamptz"}
    FROM notifications_endpoint WHERE id = %(endpoint)s
    ON CONFLICT (person_id, channel) DO {"UPDATE SET slow_at = excluded.slow_at" if is_slow else "NOTHING"}
)
UPDATE notifications_endpoint SET {change} WHERE id = %(endpoint)s
"""


# The breaker closes, and what was put aside until it would let one through is due. Where all share one breaker, nothing
# was put aside.
CLOSE = f"""
WITH was AS MATERIALIZED (
    SELECT id, open_until FROM notifications_circuit WHERE id = %(circuit)s AND failures > 0
), circuit AS (
    UPDATE notifications_circuit SET failures = 0, failing_since = NULL, open_until = NULL, warned_at = NULL
    FROM was WHERE notifications_circuit.id = was.id RETURNING was.open_until
)
UPDATE notifications_delivery AS delivery SET next_attempt_at = clock_timestamp() FROM circuit
WHERE delivery.endpoint_id = %(endpoint)s AND delivery.state = '{State.WAITING}' AND delivery.lease IS NULL
  AND delivery.next_attempt_at = circuit.open_until
"""
TRIP = f"""
UPDATE notifications_circuit SET failures = failures + 1, {LAST_ERROR},
    failing_since = coalesce(failing_since, clock_timestamp()),
    open_until = CASE
        WHEN %(retry_after)s::interval IS NOT NULL THEN clock_timestamp() + least(
            %(retry_after)s, %(asked_at_most)s, (
                SELECT 2 * greatest(min(expires_at) - clock_timestamp(), interval '0') / 3 FROM notifications_delivery
                WHERE endpoint_id = %(endpoint)s AND state = '{State.WAITING}'
            )
        )
        WHEN failures + 1 >= %(trips_at)s
            THEN clock_timestamp() + least(%(most)s, %(least)s * (2 ^ least(failures + 1 - %(trips_at)s, 20)))
    END
WHERE id = %(circuit)s AND (%(is_certain)s OR failures >= %(trips_at)s OR EXISTS (
    SELECT FROM notifications_endpoint WHERE id = %(endpoint)s AND last_error = ''
))
"""
# Send again from the beginning, with the full time to expire, and under the same id, so that a recipient who has it
# already recognizes it; unless only a part of a batch is sent again, because an id is of one mail. Many at once go
# after all others. The ORM's statement takes five times as long for 20,000.
AGAIN = f"""
WITH again AS (
    SELECT id, endpoint_id, batch FROM notifications_delivery WHERE id = ANY(%(ids)s) AND state = ANY(%(states)s)
), torn AS (
    SELECT other.batch FROM notifications_delivery AS other
    WHERE other.endpoint_id IN (SELECT endpoint_id FROM again) AND other.batch IN (SELECT batch FROM again)
      AND other.state <> '{State.SUPPRESSED}' AND other.id NOT IN (SELECT id FROM again)
)
UPDATE notifications_delivery AS delivery SET state = '{State.WAITING}', reason = '', reason_values = '{{}}',
    finished_at = NULL, lease = NULL, attempts = 0, bulk = delivery.bulk OR %(many)s,
    next_attempt_at = clock_timestamp(), expires_at = clock_timestamp() + %(expires_after)s,
    batch = CASE WHEN again.batch IS NULL OR again.batch IN (SELECT batch FROM torn)
             THEN {NEW_ID} ELSE again.batch END
FROM again WHERE delivery.id = again.id
"""
