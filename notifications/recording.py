"""What became of a delivery: each change of state in one place, committed by itself, only while the lease is ours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction

from notifications.asking import Asked
from notifications.channels.base import Channel, PermanentFailure, Receipt, TemporaryFailure
from notifications.claiming import Bundle
from notifications.models import Attempt, Circuit, Delivery, Endpoint
from notifications.statements import NEXT_VERSION

OPEN_AT_MOST = timedelta(minutes=5)
OPEN_AT_LEAST = timedelta(seconds=5)
_OURS = "bundle = %(bundle)s AND lease = %(lease)s AND state = 'waiting'"


@dataclass(frozen=True)
class Tried:
    """What was sent as one, what the other side said, and how long it took."""

    deliveries: Sequence[Asked]
    receipt: Receipt
    took_ms: int

    @property
    def ids(self) -> list[int]:
        return [asked.id for asked in self.deliveries]


def sent(bundle: Bundle, tried: Tried) -> None:
    """Waiting → sent. The breaker closes."""
    if not _attempted(
        bundle, tried, Attempt.Outcome.SENT, "state = 'sent', reason = '', finished_at = clock_timestamp()"
    ):
        return
    first = tried.deliveries[0]
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH endpoint AS (UPDATE notifications_endpoint SET last_sent_at = clock_timestamp(), last_error = '' "
            "WHERE id = %s) "
            "UPDATE notifications_circuit SET failures = 0, failing_since = NULL, open_until = NULL, warned_at = NULL "
            "WHERE id = %s AND failures > 0",
            [first.endpoint_id, first.circuit_id],
        )


def failed_for_now(channel: Channel, bundle: Bundle, tried: Tried, failure: TemporaryFailure) -> None:
    """Waiting → waiting, for the next time of the channel's schedule or as the other side said; else dead: too late."""
    first = tried.deliveries[0]
    wait = failure.retry_after or channel.retries.jittered(max(asked.attempts for asked in tried.deliveries) + 1)
    _attempted(
        bundle,
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
    _trip(first, failure)


def failed_for_good(bundle: Bundle, tried: Tried, failure: PermanentFailure) -> None:
    """Waiting → dead; and the endpoint is disabled, if nothing can ever be sent there again."""
    ours = _attempted(
        bundle,
        tried,
        Attempt.Outcome.PERMANENT,
        "state = 'dead', reason = %(why)s, finished_at = clock_timestamp()",
        why=failure.reason,
    )
    if ours and failure.ends_endpoint:
        disable(tried.deliveries[0].endpoint_id, failure.reason)
    elif ours:
        Endpoint.objects.filter(pk=tried.deliveries[0].endpoint_id).update(last_error=failure.reason)


def suppressed(bundle: Bundle, asked: Asked, reason: str) -> None:
    """Waiting → suppressed: nobody wants it any more."""
    _change(bundle, [asked.id], "state = 'suppressed', reason = %(why)s, finished_at = clock_timestamp()", why=reason)


def expired(bundle: Bundle, asked: Asked) -> None:
    """Waiting → dead: worth nothing any more."""
    _change(
        bundle,
        [asked.id],
        "state = 'dead', reason = 'not sent in time', finished_at = clock_timestamp()",
    )


def held(bundle: Bundle, asked: Asked, until: datetime, why: str) -> None:
    """Waiting → waiting, until then; unclaimed, so that later versions join it, unless one was told of already.

    The next version, if it waits, takes it over.
    """
    try:
        _let_go(bundle, asked, until, why)
    except IntegrityError:  # the next version came in the same moment: now it is seen
        _let_go(bundle, asked, until, why)


@transaction.atomic
def _let_go(bundle: Bundle, asked: Asked, until: datetime, why: str) -> None:
    if not _join_later(bundle, asked):
        _change(
            bundle,
            [asked.id],
            "next_attempt_at = %(until)s, reason = %(why)s, lease = NULL, "
            f"bundle = CASE WHEN {NEXT_VERSION.format(of='notifications_delivery')} IS NOT NULL THEN bundle END, "
            "expires_at = greatest(expires_at, %(until)s + (expires_at - created_at))",
            until=until,
            why=why,
        )


def merged_into_later(bundle: Bundle, asked: Asked) -> None:
    """The next version of the group waits too: it tells of this one's members as well, and keeps its attempts."""
    with transaction.atomic():
        _join_later(bundle, asked)


def disable(endpoint_id: int, reason: str) -> None:
    """No more is sent there, until its owner enables it. What waits is suppressed when its turn comes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notifications_endpoint SET disabled_at = clock_timestamp(), disabled_reason = %s, last_error = %s "
            "WHERE id = %s AND disabled_at IS NULL",
            [reason, reason, endpoint_id],
        )


def _attempted(bundle: Bundle, tried: Tried, outcome: Attempt.Outcome, change: str, **values: Any) -> bool:
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
                "bundle": bundle.id,
                "lease": str(bundle.lease),
                "took": tried.took_ms,
                "outcome": outcome,
                "code": tried.receipt.code,
                "answer": tried.receipt.answer or values.get("why", ""),
                "request": tried.receipt.request,
                **values,
            },
        )
        return bool(cursor.fetchone()[0])


def _change(bundle: Bundle, ids: Sequence[int], change: str, **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE notifications_delivery SET {change} WHERE id = ANY(%(ids)s) AND {_OURS}",
            {"ids": list(ids), "bundle": bundle.id, "lease": str(bundle.lease), **values},
        )


def _join_later(bundle: Bundle, asked: Asked) -> bool:
    """False when the next version does not wait."""
    if asked.group_id is None:
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
            {"id": asked.id, "bundle": bundle.id, "lease": str(bundle.lease)},
        )
        row = cursor.fetchone()
    if row is None:
        return False
    Attempt.objects.filter(delivery_id=asked.id).update(delivery_id=row[0])
    Delivery.objects.filter(pk=asked.id).delete()
    return True


def _trip(first: Asked, failure: TemporaryFailure) -> None:
    """One more failure in a row; from the fifth on the breaker is open, twice as long each time, up to 5 minutes."""
    values: dict[str, Any] = {
        "why": failure.reason,
        "endpoint": first.endpoint_id,
        "circuit": first.circuit_id,
        "told": failure.retry_after,
        "trips_at": Circuit.TRIPS_AT,
        "least": OPEN_AT_LEAST,
        "most": OPEN_AT_MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH endpoint AS (UPDATE notifications_endpoint SET last_error = %(why)s WHERE id = %(endpoint)s) "
            "UPDATE notifications_circuit SET failures = failures + 1, last_error = %(why)s, "
            "failing_since = coalesce(failing_since, clock_timestamp()), "
            "open_until = CASE WHEN %(told)s::interval IS NOT NULL THEN clock_timestamp() + %(told)s "
            "WHEN failures + 1 >= %(trips_at)s THEN clock_timestamp() + "
            "least(%(most)s, %(least)s * (2 ^ least(failures + 1 - %(trips_at)s, 20))) END "
            "WHERE id = %(circuit)s",
            values,
        )
