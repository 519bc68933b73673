"""What became of a delivery: each change of state in one place, committed by itself, only while the lease is ours."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

from notifications.channels.base import Channel, Failure, Fault, PermanentFailure, Receipt, TemporaryFailure
from notifications.deliveries.lease import NEW_ID, Batch, Probe
from notifications.deliveries.recheck import CheckedDelivery
from notifications.deliveries.sql import NEXT_VERSION
from notifications.models import Attempt, Circuit, Delivery, Endpoint, EndpointNotice, Reason
from notifications.models.reasons import nested
from socialapp.sql import one_of

OPEN_AT_MOST = timedelta(minutes=5)
OPEN_AT_LEAST = timedelta(seconds=5)
OPEN_AS_ASKED_AT_MOST = timedelta(hours=1)  # by a Retry-After
SLOW_MS = 2_000  # an answer that took longer makes its person one of the slow
DEFECT_TRIES = 3  # so often we try what fails by a defect of ours
State = Delivery.State
_OURS = f"batch = %(batch)s AND lease = %(lease)s AND state = '{State.WAITING}'"


def _ends_as(state: Delivery.State) -> str:
    """The columns of what is ours and ends so. Raises ValueError where a delivery in hand may not."""
    if State.WAITING not in Delivery.TRANSITIONS[state]:
        raise ValueError(f"{State.WAITING} → {state}")
    return f"state = '{state}', finished_at = clock_timestamp()"


_SENT, _SUPPRESSED, _DEAD = map(_ends_as, (State.SENT, State.SUPPRESSED, State.DEAD))


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
    if not _attempted(batch, tried, Attempt.Outcome.SENT, f"{_SENT}, reason = ''"):
        return
    first = tried.deliveries[0]
    _note(tried, "last_sent_at = clock_timestamp(), last_error = '', last_error_values = '{}'")
    _close(first)


def failed_for_now(channel: Channel, batch: Batch, tried: Result, failure: TemporaryFailure) -> None:
    """Waiting → waiting, for the next time of the channel's schedule or as the other side said; else dead: too late."""
    first = tried.deliveries[0]
    wait = _wait(channel, tried.deliveries, failure.retry_after)
    has_time = "expires_at > clock_timestamp() + %(wait)s"
    _attempted(
        batch,
        tried,
        Attempt.Outcome.TEMPORARY,
        f"lease = NULL, reason = CASE WHEN {has_time} THEN reason ELSE '{Reason.GAVE_UP}' END, "
        f"reason_values = CASE WHEN {has_time} THEN reason_values ELSE %(given_up)s::jsonb END, "
        f"state = CASE WHEN {has_time} THEN '{State.WAITING}' ELSE '{State.DEAD}' END, "
        f"finished_at = CASE WHEN {has_time} THEN NULL ELSE clock_timestamp() END, "
        "next_attempt_at = clock_timestamp() + %(wait)s",
        failure,
        given_up=json.dumps({"why": nested(failure.reason, failure.values)}),
        wait=wait,
    )
    if failure.fault == Fault.DELIVERY:
        _close(first)
    else:
        _trip(first, failure, wait if failure.retry_after else None)
    _note(tried, _LAST_ERROR, **_reason(failure.reason, failure.values))


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
        f"{_DEAD}, reason = %(reason)s, reason_values = %(values)s::jsonb",
        failure,
    )
    if not ours:
        return
    first = tried.deliveries[0]
    if failure.ends_endpoint and first.kind != EndpointNotice.TEST:
        disable(first.endpoint_id, failure.reason, **failure.values)
    _note(tried, _LAST_ERROR, **_reason(failure.reason, failure.values))
    _close(first)


def broke(batch: Batch, error: Exception, ids: Sequence[int] | None = None, *, apart: bool = True) -> None:
    """Waiting → waiting, and at the third time → dead: a defect of ours. Of all in the batch, or of these.

    `apart`: each by itself from now on, so that the one that we cannot send holds up no other.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH broken AS (SELECT id, attempts, batch, count(*) OVER () AS together, "
            "(SELECT count(*) FROM notifications_attempt AS attempt WHERE attempt.delivery_id = delivery.id "
            f" AND attempt.reason = '{Reason.DEFECT}') + 1 AS times "
            f"FROM notifications_delivery AS delivery WHERE {_OURS} "
            "AND (%(ids)s::bigint[] IS NULL OR id = ANY(%(ids)s::bigint[]))), "
            "ours AS (UPDATE notifications_delivery AS delivery SET attempts = delivery.attempts + 1, lease = NULL, "
            f"batch = CASE WHEN %(apart)s AND together > 1 OR %(ids)s::bigint[] IS NOT NULL THEN {NEW_ID} "
            "ELSE broken.batch END, "
            f"state = CASE WHEN times < %(tries)s THEN '{State.WAITING}' ELSE '{State.DEAD}' END, "
            "reason = CASE WHEN times < %(tries)s THEN reason ELSE %(reason)s END, "
            "reason_values = CASE WHEN times < %(tries)s THEN reason_values ELSE %(values)s::jsonb END, "
            "finished_at = CASE WHEN times >= %(tries)s THEN clock_timestamp() END, "
            "next_attempt_at = clock_timestamp() + interval '2 seconds' * 2 ^ (times - 1) "
            "FROM broken WHERE delivery.id = broken.id "
            "RETURNING delivery.id, delivery.attempts, state, next_attempt_at) "
            "INSERT INTO notifications_attempt "
            "(delivery_id, number, took_ms, outcome, reason, reason_values, answer, request, next_attempt_at) "
            f"SELECT id, attempts, 0, CASE WHEN state = '{State.DEAD}' THEN %(permanent)s ELSE %(temporary)s END, "
            "%(reason)s, %(values)s::jsonb, '', '', "
            f"CASE WHEN state = '{State.WAITING}' THEN next_attempt_at END FROM ours",
            {
                "batch": batch.id,
                "lease": str(batch.lease),
                "ids": None if ids is None else list(ids),
                "apart": apart,
                "tries": DEFECT_TRIES,
                **_reason(Reason.DEFECT, {"error": type(error).__name__}),
                "permanent": Attempt.Outcome.PERMANENT,
                "temporary": Attempt.Outcome.TEMPORARY,
            },
        )


def suppressed(batch: Batch, checked: CheckedDelivery, reason: Reason) -> None:
    """Waiting → suppressed: it is no longer wanted."""
    _change(batch, [checked.id], f"{_SUPPRESSED}, reason = %(reason)s", reason=reason)


def expired(batch: Batch, checked: CheckedDelivery) -> None:
    """Waiting → dead: worth nothing any more."""
    _change(batch, [checked.id], f"{_DEAD}, reason = %(reason)s", reason=Reason.EXPIRED)


def held(batch: Batch, checked: CheckedDelivery, until: datetime, reason: Reason) -> None:
    """Waiting → waiting, until then; unclaimed, so that later versions join it, unless one was sent already.

    The next version, if it waits, takes it over.
    """
    try:
        _let_go(batch, checked, until, reason)
    except IntegrityError:  # the next version came in the same moment: now it is seen
        _let_go(batch, checked, until, reason)


@transaction.atomic
def _let_go(batch: Batch, checked: CheckedDelivery, until: datetime, reason: Reason) -> None:
    if not _join_later(batch, checked):
        _change(
            batch,
            [checked.id],
            "next_attempt_at = %(until)s, reason = %(reason)s, lease = NULL, "
            f"batch = CASE WHEN {NEXT_VERSION.format(of='notifications_delivery')} IS NOT NULL THEN {NEW_ID} END, "
            "expires_at = greatest(expires_at, %(until)s + (expires_at - created_at))",
            until=until,
            reason=reason,
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
            f"WHERE recipient_id = %(person)s AND channel = %(channel)s AND state = '{State.WAITING}' "
            f"AND lease IS NULL AND reason IN {one_of([Reason.QUIET_HOURS, Reason.DIGEST])} "
            "AND (%(until)s::timestamptz IS NULL "
            "OR (next_attempt_at > clock_timestamp() AND (attempts = 0 OR batch IS NULL)))",
            values,
        )


def merged_into_later(batch: Batch, checked: CheckedDelivery) -> None:
    """The next version of the group waits too: it tells of this one's members as well, and keeps its attempts."""
    with transaction.atomic():
        _join_later(batch, checked)


def disable(endpoint_id: int, reason: Reason, **values: Any) -> None:
    """No more is sent there, until its owner enables it. What waits is suppressed when its turn comes."""
    Endpoint.objects.filter(pk=endpoint_id, disabled_at=None).update(
        disabled_at=Now(),
        disabled_reason=reason,
        disabled_reason_values=values,
        last_error=reason,
        last_error_values=values,
    )


_LAST_ERROR = "last_error = %(reason)s, last_error_values = %(values)s::jsonb"


def _reason(reason: Reason, values: Mapping[str, Any]) -> dict[str, str]:
    """For statements."""
    return {"reason": reason, "values": json.dumps(values)}


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


def _attempted(
    batch: Batch, tried: Result, outcome: Attempt.Outcome, change: str, failure: Failure | None = None, **values: Any
) -> bool:
    """The change, and its line in the log; False if the lease was lost and another decides."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH ours AS (UPDATE notifications_delivery SET attempts = attempts + 1, {change} "
            f"WHERE id = ANY(%(ids)s) AND {_OURS} RETURNING id, attempts, state, next_attempt_at), "
            "logged AS (INSERT INTO notifications_attempt "
            "(delivery_id, number, took_ms, outcome, reason, reason_values, code, answer, request, next_attempt_at) "
            "SELECT id, attempts, %(took)s, %(outcome)s, %(reason)s, %(values)s::jsonb, %(code)s, %(answer)s, "
            f"%(request)s, CASE WHEN state = '{State.WAITING}' THEN next_attempt_at END FROM ours) "
            "SELECT count(*) FROM ours",
            {
                "ids": tried.ids,
                "batch": batch.id,
                "lease": str(batch.lease),
                "took": tried.took_ms,
                "outcome": outcome,
                "code": tried.receipt.code,
                "answer": tried.receipt.answer.replace("\0", ""),
                "request": tried.receipt.request.replace("\0", ""),
                "reason": failure.reason if failure else "",
                "values": json.dumps(failure.values if failure else {}),
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
            f"AND later.state = '{State.WAITING}' AND later.last_member = {NEXT_VERSION.format(of='ours')} "
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
            + _wake("(SELECT id FROM notifications_endpoint WHERE circuit_id = %(circuit)s LIMIT 1)", "%(until)s"),
            {"circuit": probe.circuit_id, "until": probe.open_until},
        )


def _wake(endpoint: str, until: str) -> str:
    """SQL: what was put aside until then is due, now that the breaker is closed or lets another through.

    Where all share one breaker, nothing was put aside.
    """
    return (
        "UPDATE notifications_delivery AS delivery SET next_attempt_at = clock_timestamp() FROM circuit "
        f"WHERE delivery.endpoint_id = {endpoint} AND delivery.state = '{State.WAITING}' AND delivery.lease IS NULL "
        f"AND delivery.next_attempt_at = {until}"
    )


def _close(first: CheckedDelivery) -> None:
    """The other side answered, so it is well: the breaker closes, and what it held up is due."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH was AS MATERIALIZED (SELECT id, open_until FROM notifications_circuit WHERE id = %(circuit)s "
            "AND failures > 0), "
            "circuit AS (UPDATE notifications_circuit SET failures = 0, failing_since = NULL, open_until = NULL, "
            "warned_at = NULL FROM was WHERE notifications_circuit.id = was.id RETURNING was.open_until) "
            + _wake("%(endpoint)s", "circuit.open_until"),
            {"circuit": first.circuit_id, "endpoint": first.endpoint_id},
        )


def _trip(first: CheckedDelivery, failure: TemporaryFailure, retry_after: timedelta | None) -> None:
    """One more failure in a row; from the fifth on the breaker is open, twice as long each time, up to 5 minutes.

    As long as a Retry-After says, but no longer than an hour, nor so long that what waits there expires unsent: then it
    is tried in the last third of what is left. What may be the fault of this one recipient counts once, until something
    arrives there, and when it was the probe.
    """
    values: dict[str, Any] = {
        **_reason(failure.reason, failure.values),
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
            f"UPDATE notifications_circuit SET failures = failures + 1, {_LAST_ERROR}, "
            "failing_since = coalesce(failing_since, clock_timestamp()), "
            "open_until = CASE WHEN %(retry_after)s::interval IS NOT NULL THEN clock_timestamp() + "
            "least(%(retry_after)s, %(asked_at_most)s, (SELECT 2 * greatest(min(expires_at) - clock_timestamp(), "
            "interval '0') / 3 FROM notifications_delivery "
            f"WHERE endpoint_id = %(endpoint)s AND state = '{State.WAITING}')) "
            "WHEN failures + 1 >= %(trips_at)s THEN clock_timestamp() + "
            "least(%(most)s, %(least)s * (2 ^ least(failures + 1 - %(trips_at)s, 20))) END "
            "WHERE id = %(circuit)s AND (%(is_certain)s OR failures >= %(trips_at)s "
            "OR EXISTS (SELECT FROM notifications_endpoint WHERE id = %(endpoint)s AND last_error = ''))",
            values,
        )
