"""What became of a delivery: each change of state in one place, committed by itself, only while the lease is ours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction

from notifications.channels.base import Channel, Fault, PermanentFailure, Receipt, TemporaryFailure
from notifications.deliveries.lease import NEW_ID, Batch, Probe
from notifications.deliveries.recheck import CheckedDelivery
from notifications.deliveries.sql import NEXT_VERSION
from notifications.models import Attempt, Circuit, Delivery

OPEN_AT_MOST = timedelta(minutes=5)
OPEN_AT_LEAST = timedelta(seconds=5)
OPEN_AS_ASKED_AT_MOST = timedelta(hours=1)  # by a Retry-After
SLOW_MS = 2_000  # an answer that took longer makes its person one of the slow
DEFECT_TRIES = 3  # so often we try what fails by a defect of ours
_OURS = "batch = %(batch)s AND lease = %(lease)s AND state = 'waiting'"

BY_OWNER = "turned off by you"


@dataclass(frozen=True)
class Result:
    """What was sent as one, what the other side said, and how long it took."""

    deliveries: Sequence[CheckedDelivery]
    receipt: Receipt
    took_ms: int

    @property
    def ids(self) -> list[int]:
        return [checked.id for checked in self.deliveries]


def sent(batch: Batch, tried: Result) -> None:
    """Waiting → sent. The breaker closes."""
    if not _attempted(
        batch, tried, Attempt.Outcome.SENT, "state = 'sent', reason = '', finished_at = clock_timestamp()"
    ):
        return
    first = tried.deliveries[0]
    _note(tried, "last_sent_at = clock_timestamp(), last_error = ''")
    _close(first)


def failed_for_now(channel: Channel, batch: Batch, tried: Result, failure: TemporaryFailure) -> None:
    """Waiting → waiting, for the next time of the channel's schedule or as the other side said; else dead: too late."""
    first = tried.deliveries[0]
    wait = _wait(channel, tried.deliveries, failure.retry_after)
    _attempted(
        batch,
        tried,
        Attempt.Outcome.TEMPORARY,
        "lease = NULL, reason = CASE WHEN expires_at > clock_timestamp() + %(wait)s THEN reason "
        "ELSE 'gave up: ' || %(why)s END, "
        "state = CASE WHEN expires_at > clock_timestamp() + %(wait)s THEN 'waiting' ELSE 'dead' END, "
        "finished_at = CASE WHEN expires_at > clock_timestamp() + %(wait)s THEN NULL ELSE clock_timestamp() END, "
        "next_attempt_at = clock_timestamp() + %(wait)s",
        why=failure.reason,
        wait=wait,
    )
    if failure.fault == Fault.DELIVERY:
        _close(first)
    else:
        _trip(first, failure, wait if failure.retry_after else None)
    _note(tried, "last_error = %(why)s", why=failure.reason)


def _wait(channel: Channel, deliveries: Sequence[CheckedDelivery], retry_after: timedelta | None) -> timedelta:
    """Until the next try. A wait that is longer than this is worth becomes one more try in the last third of that."""
    own = channel.retries.jittered(max(checked.attempts for checked in deliveries) + 1)
    left = min(checked.ttl for checked in deliveries)
    if not retry_after:
        return own
    return retry_after if retry_after < left else max(own, left * 2 / 3)


def failed_for_good(batch: Batch, tried: Result, failure: PermanentFailure) -> None:
    """Waiting → dead; and the endpoint is disabled, if nothing can ever be sent there again.

    A test turns nothing off: its owner sees how it went, and may mend it. The other side answered, so it is well.
    """
    ours = _attempted(
        batch,
        tried,
        Attempt.Outcome.PERMANENT,
        "state = 'dead', reason = %(why)s, finished_at = clock_timestamp()",
        why=failure.reason,
    )
    if not ours:
        return
    first = tried.deliveries[0]
    if failure.ends_endpoint and first.kind != "test":
        disable(first.endpoint_id, failure.reason)
    _note(tried, "last_error = %(why)s", why=failure.reason)
    _close(first)


def broke(batch: Batch, error: Exception, ids: Sequence[int] | None = None, *, apart: bool = True) -> None:
    """Waiting → waiting, and at the third time → dead: a defect of ours. Of all in the batch, or of these.

    `apart`: each by itself from now on, so that the one that we cannot send holds up no other.
    """
    why = f"a defect here: {type(error).__name__}"
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH broken AS (SELECT id, attempts, batch, count(*) OVER () AS together, "
            "(SELECT count(*) FROM notifications_attempt AS attempt WHERE attempt.delivery_id = delivery.id "
            " AND attempt.answer LIKE 'a defect here:%%') + 1 AS times "
            f"FROM notifications_delivery AS delivery WHERE {_OURS} "
            "AND (%(ids)s::bigint[] IS NULL OR id = ANY(%(ids)s::bigint[]))), "
            "ours AS (UPDATE notifications_delivery AS delivery SET attempts = delivery.attempts + 1, lease = NULL, "
            f"batch = CASE WHEN %(apart)s AND together > 1 OR %(ids)s::bigint[] IS NOT NULL THEN {NEW_ID} "
            "ELSE broken.batch END, "
            "state = CASE WHEN times < %(tries)s THEN 'waiting' ELSE 'dead' END, "
            "reason = CASE WHEN times < %(tries)s THEN reason ELSE %(why)s END, "
            "finished_at = CASE WHEN times >= %(tries)s THEN clock_timestamp() END, "
            "next_attempt_at = clock_timestamp() + interval '2 seconds' * 2 ^ (times - 1) "
            "FROM broken WHERE delivery.id = broken.id "
            "RETURNING delivery.id, delivery.attempts, state, next_attempt_at) "
            "INSERT INTO notifications_attempt "
            "(delivery_id, number, took_ms, outcome, answer, request, next_attempt_at) "
            "SELECT id, attempts, 0, CASE WHEN state = 'dead' THEN %(permanent)s ELSE %(temporary)s END, %(why)s, '', "
            "CASE WHEN state = 'waiting' THEN next_attempt_at END FROM ours",
            {
                "batch": batch.id,
                "lease": str(batch.lease),
                "ids": None if ids is None else list(ids),
                "apart": apart,
                "tries": DEFECT_TRIES,
                "why": why,
                "permanent": Attempt.Outcome.PERMANENT,
                "temporary": Attempt.Outcome.TEMPORARY,
            },
        )


def suppressed(batch: Batch, checked: CheckedDelivery, reason: str) -> None:
    """Waiting → suppressed: nobody wants it any more."""
    _change(batch, [checked.id], "state = 'suppressed', reason = %(why)s, finished_at = clock_timestamp()", why=reason)


def expired(batch: Batch, checked: CheckedDelivery) -> None:
    """Waiting → dead: worth nothing any more."""
    _change(
        batch,
        [checked.id],
        "state = 'dead', reason = 'not sent in time', finished_at = clock_timestamp()",
    )


def held(batch: Batch, checked: CheckedDelivery, until: datetime, why: str) -> None:
    """Waiting → waiting, until then; unclaimed, so that later versions join it, unless one was told of already.

    The next version, if it waits, takes it over.
    """
    try:
        _let_go(batch, checked, until, why)
    except IntegrityError:  # the next version came in the same moment: now it is seen
        _let_go(batch, checked, until, why)


@transaction.atomic
def _let_go(batch: Batch, checked: CheckedDelivery, until: datetime, why: str) -> None:
    if not _join_later(batch, checked):
        _change(
            batch,
            [checked.id],
            "next_attempt_at = %(until)s, reason = %(why)s, lease = NULL, "
            f"batch = CASE WHEN {NEXT_VERSION.format(of='notifications_delivery')} IS NOT NULL THEN {NEW_ID} END, "
            "expires_at = greatest(expires_at, %(until)s + (expires_at - created_at))",
            until=until,
            why=why,
        )


def held_anew(channel: Channel, person_id: int, until: datetime | None) -> None:
    """What is held for this person waits until then instead; it is due now when that is None.

    What is due already, or was tried at its hour and is tried again, is put off no further.
    """
    values: dict[str, Any] = {
        "until": until,
        "expires_after": channel.retries.expires_after,
        "person": person_id,
        "channel": channel.name,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notifications_delivery SET next_attempt_at = coalesce(%(until)s::timestamptz, clock_timestamp()), "
            "reason = CASE WHEN %(until)s::timestamptz IS NULL THEN '' ELSE reason END, "
            "expires_at = greatest(expires_at, %(until)s::timestamptz + %(expires_after)s) "
            "WHERE recipient_id = %(person)s AND channel = %(channel)s AND state = 'waiting' AND lease IS NULL "
            "AND reason IN ('quiet hours', 'digest') AND (%(until)s::timestamptz IS NULL OR "
            "(next_attempt_at > clock_timestamp() AND (attempts = 0 OR batch IS NULL)))",
            values,
        )


def merged_into_later(batch: Batch, checked: CheckedDelivery) -> None:
    """The next version of the group waits too: it tells of this one's members as well, and keeps its attempts."""
    with transaction.atomic():
        _join_later(batch, checked)


def disable(endpoint_id: int, reason: str) -> None:
    """No more is sent there, until its owner enables it. What waits is suppressed when its turn comes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notifications_endpoint SET disabled_at = clock_timestamp(), disabled_reason = %s, last_error = %s "
            "WHERE id = %s AND disabled_at IS NULL",
            [reason, reason, endpoint_id],
        )


def _note(tried: Result, change: str, **values: Any) -> None:
    """How its endpoint fared, and whether its person is one of the slow."""
    is_slow = tried.took_ms >= SLOW_MS
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH pace AS (INSERT INTO notifications_pace (person_id, channel, slow_at) "
            "SELECT person_id, channel, CASE WHEN %(is_slow)s THEN clock_timestamp() END "
            "FROM notifications_endpoint WHERE id = %(endpoint)s ON CONFLICT (person_id, channel) DO "
            + ("UPDATE SET slow_at = excluded.slow_at) " if is_slow else "NOTHING) ")
            + f"UPDATE notifications_endpoint SET {change} WHERE id = %(endpoint)s",
            {"endpoint": tried.deliveries[0].endpoint_id, "is_slow": is_slow, **values},
        )


def _attempted(batch: Batch, tried: Result, outcome: Attempt.Outcome, change: str, **values: Any) -> bool:
    """The change, and its line in the log; False if the lease was lost and another decides."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH ours AS (UPDATE notifications_delivery SET attempts = attempts + 1, {change} "
            f"WHERE id = ANY(%(ids)s) AND {_OURS} RETURNING id, attempts, state, next_attempt_at), "
            "logged AS (INSERT INTO notifications_attempt "
            "(delivery_id, number, took_ms, outcome, code, answer, request, next_attempt_at) "
            "SELECT id, attempts, %(took)s, %(outcome)s, %(code)s, %(answer)s, %(request)s, "
            "CASE WHEN state = 'waiting' THEN next_attempt_at END FROM ours) "
            "SELECT count(*) FROM ours",
            {
                "ids": tried.ids,
                "batch": batch.id,
                "lease": str(batch.lease),
                "took": tried.took_ms,
                "outcome": outcome,
                "code": tried.receipt.code,
                "answer": (tried.receipt.answer or values.get("why", "")).replace("\0", ""),
                "request": tried.receipt.request.replace("\0", ""),
                **values,
            },
        )
        return bool(cursor.fetchone()[0])


def _change(batch: Batch, ids: Sequence[int], change: str, **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE notifications_delivery SET {change} WHERE id = ANY(%(ids)s) AND {_OURS}",
            {"ids": list(ids), "batch": batch.id, "lease": str(batch.lease), **values},
        )


def _join_later(batch: Batch, checked: CheckedDelivery) -> bool:
    """False when the next version does not wait."""
    if checked.group_id is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH ours AS (SELECT * FROM notifications_delivery WHERE id = %(id)s AND " + _OURS + " FOR UPDATE), "
            "later AS (SELECT later.id FROM notifications_delivery AS later JOIN ours "
            "ON later.endpoint_id = ours.endpoint_id AND later.group_id = ours.group_id "
            f"AND later.state = 'waiting' AND later.last_member = {NEXT_VERSION.format(of='ours')} "
            "FOR UPDATE OF later) "
            "UPDATE notifications_delivery AS later "
            "SET first_member = least(later.first_member, ours.first_member), "
            "accepted_at = least(later.accepted_at, ours.accepted_at) "
            "FROM ours WHERE later.id = (SELECT id FROM later) RETURNING later.id",
            {"id": checked.id, "batch": batch.id, "lease": str(batch.lease)},
        )
        row = cursor.fetchone()
    if row is None:
        return False
    Attempt.objects.filter(delivery_id=checked.id).update(delivery_id=row[0])
    Delivery.objects.filter(pk=checked.id).delete()
    return True


def freed(probe: Probe) -> None:
    """A probe learned nothing (it was not wanted any more, or we failed): the next delivery probes, at once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH circuit AS (UPDATE notifications_circuit SET open_until = clock_timestamp() "
            "WHERE id = %(circuit)s AND open_until = %(until)s RETURNING id) "
            + _AWAKE.format(endpoint="(SELECT id FROM notifications_endpoint WHERE circuit_id = %(circuit)s LIMIT 1)"),
            {"circuit": probe.circuit_id, "until": probe.open_until},
        )


# What was put aside until a breaker's time is due, now that it is closed or lets another through. Where all share
# one breaker, nothing was put aside.
_AWAKE = """
UPDATE notifications_delivery AS delivery SET next_attempt_at = clock_timestamp() FROM circuit
WHERE delivery.endpoint_id = {endpoint} AND delivery.state = 'waiting' AND delivery.lease IS NULL
  AND delivery.next_attempt_at = %(until)s
"""


def _close(first: CheckedDelivery) -> None:
    """The other side answered, so it is well: the breaker closes, and what it held up is due."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH was AS MATERIALIZED (SELECT id, open_until FROM notifications_circuit WHERE id = %(circuit)s "
            "AND failures > 0), "
            "circuit AS (UPDATE notifications_circuit SET failures = 0, failing_since = NULL, open_until = NULL, "
            "warned_at = NULL FROM was WHERE notifications_circuit.id = was.id RETURNING was.open_until) "
            + _AWAKE.format(endpoint="%(endpoint)s").replace("%(until)s", "circuit.open_until"),
            {"circuit": first.circuit_id, "endpoint": first.endpoint_id},
        )


def _trip(first: CheckedDelivery, failure: TemporaryFailure, retry_after: timedelta | None) -> None:
    """One more failure in a row; from the fifth on the breaker is open, twice as long each time, up to 5 minutes.

    As long as a Retry-After says, but no longer than an hour, nor so long that what waits there expires unsent: then it
    is tried in the last third of what is left. What may be the fault of this one recipient counts once, until something
    arrives there, and when it was the probe.
    """
    values: dict[str, Any] = {
        "why": failure.reason,
        "circuit": first.circuit_id,
        "retry_after": retry_after,
        "trips_at": Circuit.TRIPS_AT,
        "least": OPEN_AT_LEAST,
        "most": OPEN_AT_MOST,
        "asked_at_most": OPEN_AS_ASKED_AT_MOST,
        "endpoint": first.endpoint_id,
        "is_certain": failure.fault == Fault.SERVER,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notifications_circuit SET failures = failures + 1, last_error = %(why)s, "
            "failing_since = coalesce(failing_since, clock_timestamp()), "
            "open_until = CASE WHEN %(retry_after)s::interval IS NOT NULL THEN clock_timestamp() + "
            "least(%(retry_after)s, %(asked_at_most)s, (SELECT 2 * greatest(min(expires_at) - clock_timestamp(), "
            "interval '0') / 3 FROM notifications_delivery WHERE endpoint_id = %(endpoint)s AND state = 'waiting')) "
            "WHEN failures + 1 >= %(trips_at)s THEN clock_timestamp() + "
            "least(%(most)s, %(least)s * (2 ^ least(failures + 1 - %(trips_at)s, 20))) END "
            "WHERE id = %(circuit)s AND (%(is_certain)s OR failures >= %(trips_at)s "
            "OR EXISTS (SELECT FROM notifications_endpoint WHERE id = %(endpoint)s AND last_error = ''))",
            values,
        )
