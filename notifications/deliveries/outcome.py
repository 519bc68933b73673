"""Records results of deliveries: each change of state is here, committed by itself, only while the lease is ours."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Greatest, Now

from notifications.channels.base import Channel, Failure, Fault, PermanentFailure, Receipt, TemporaryFailure
from notifications.deliveries.lease import Batch, Probe
from notifications.deliveries.recheck import CheckedDelivery
from notifications.deliveries.sql import outcome as sql
from notifications.deliveries.sql.outcome import NewId
from notifications.models import Attempt, Circuit, Delivery, Endpoint, EndpointNotice, Reason
from notifications.models.reasons import nested

OPEN_AT_MOST = timedelta(minutes=5)
OPEN_AT_LEAST = timedelta(seconds=5)
OPEN_AS_ASKED_AT_MOST = timedelta(hours=1)  # by a Retry-After
SLOW_MS = 2_000  # an answer that took longer makes its person one of the slow
DEFECT_TRIES = 3  # so often we try what fails by a defect of ours
State = Delivery.State


@dataclass(frozen=True)
class Result:
    """Deliveries that were sent as one, the other side's answer, and how long it took."""

    deliveries: Sequence[CheckedDelivery]
    receipt: Receipt
    took_ms: int

    @property
    def ids(self) -> list[int]:
        return [checked.id for checked in self.deliveries]


def sent(batch: Batch, tried: Result) -> None:
    """Record success: waiting → sent. The breaker closes."""
    if not _attempted(batch, tried, Attempt.Outcome.SENT, sql.SENT):
        return
    first = tried.deliveries[0]
    _note(tried, sql.NO_ERROR)
    _close(first)


def failed_for_now(channel: Channel, batch: Batch, tried: Result, failure: TemporaryFailure) -> None:
    """Record a temporary failure: waiting → waiting, until the next retry or Retry-After; or → dead: too late."""
    first = tried.deliveries[0]
    wait = _wait(channel, tried.deliveries, failure.retry_after)
    _attempted(
        batch,
        tried,
        Attempt.Outcome.TEMPORARY,
        sql.FAILED_FOR_NOW,
        failure,
        given_up=json.dumps({"why": nested(failure.reason, failure.values)}),
        wait=wait,
    )
    if failure.fault == Fault.DELIVERY:
        _close(first)
    else:
        _trip(first, failure, wait if failure.retry_after else None)
    _note(tried, sql.LAST_ERROR, **_reason(failure.reason, failure.values))


def _wait(channel: Channel, deliveries: Sequence[CheckedDelivery], retry_after: timedelta | None) -> timedelta:
    """Return the pause before the next attempt. If it exceeds the time left, one more attempt is in its last third."""
    own = channel.retries.jittered(max(checked.attempts for checked in deliveries) + 1)
    left = min(checked.ttl for checked in deliveries)
    if not retry_after:
        return own
    return retry_after if retry_after < left else max(own, left * 2 / 3)


def failed_for_good(batch: Batch, tried: Result, failure: PermanentFailure) -> None:
    """Record a permanent failure: waiting → dead. Disable the endpoint if nothing can ever be sent there again.

    A test disables nothing: its owner sees the result, and may correct it. The breaker closes, as there was an answer.
    """
    if not _attempted(batch, tried, Attempt.Outcome.PERMANENT, sql.FAILED_FOR_GOOD, failure):
        return
    first = tried.deliveries[0]
    if failure.ends_endpoint and first.kind != EndpointNotice.TEST:
        disable(first.endpoint_id, failure.reason, **failure.values)
    _note(tried, sql.LAST_ERROR, **_reason(failure.reason, failure.values))
    _close(first)


_SETTLED = ["attempts", "batch", "state", "finished_at", "reason", "reason_values"]


def broke(batch: Batch, error: Exception, ids: Sequence[int] | None = None, *, apart: bool = True) -> None:
    """Record a defect of ours, for the batch or for these `ids`: waiting → waiting, and at the third time → dead.

    `apart`: each is sent by itself from now on, so that the one that we cannot send delays no other.
    """
    values = {"error": type(error).__name__}
    with transaction.atomic():
        found = _in_hand(batch) if ids is None else _in_hand(batch).filter(pk__in=ids)
        # No more of a row than is written: what Python cannot hold may be why it broke.
        broken = list(found.only(*_SETTLED).annotate(now=Now()).select_for_update(no_key=True).order_by("pk"))
        defects = Attempt.objects.filter(delivery__in=broken, reason=Reason.DEFECT).values_list("delivery")
        times = dict(defects.annotate(times=Count("pk")))
        for delivery in broken:
            number = times.get(delivery.pk, 0) + 1
            delivery.attempts += 1
            delivery.lease = None
            delivery.next_attempt_at = delivery.now + timedelta(seconds=2) * 2 ** (number - 1)
            if ids is not None or (apart and len(broken) > 1):
                delivery.batch = NewId()
            if number >= DEFECT_TRIES:
                delivery.state, delivery.finished_at = State.DEAD, delivery.now
                delivery.reason, delivery.reason_values = Reason.DEFECT, values
        Delivery.objects.bulk_update(broken, [*_SETTLED, "lease", "next_attempt_at"])
        Attempt.objects.bulk_create([_defect(delivery, values) for delivery in broken])


def _defect(delivery: Delivery, values: dict[str, Any]) -> Attempt:
    is_dead = delivery.state == State.DEAD
    return Attempt(
        delivery=delivery,
        number=delivery.attempts,
        took_ms=0,
        outcome=Attempt.Outcome.PERMANENT if is_dead else Attempt.Outcome.TEMPORARY,
        reason=Reason.DEFECT,
        reason_values=values,
        next_attempt_at=None if is_dead else delivery.next_attempt_at,
    )


def suppressed(batch: Batch, checked: CheckedDelivery, reason: Reason) -> None:
    """Suppress a delivery that is no longer wanted: waiting → suppressed."""
    _end(batch, checked, State.SUPPRESSED, reason)


def expired(batch: Batch, checked: CheckedDelivery) -> None:
    """Give up a delivery that is too old to be of use: waiting → dead."""
    _end(batch, checked, State.DEAD, Reason.EXPIRED)


def _end(batch: Batch, checked: CheckedDelivery, state: Delivery.State, reason: Reason) -> None:
    waiting = _ours(batch, checked).filter(state__in=Delivery.TRANSITIONS[state])
    waiting.update(state=state, finished_at=Now(), reason=reason)


def held(batch: Batch, checked: CheckedDelivery, until: datetime, reason: Reason) -> None:
    """Hold a delivery: waiting → waiting, unclaimed, so that later versions join it unless one was sent already.

    The next version, if it waits, takes it over.
    """
    try:
        _let_go(batch, checked, until, reason)
    except IntegrityError:  # the next version came in the same moment: now it is seen
        _let_go(batch, checked, until, reason)


@transaction.atomic
def _let_go(batch: Batch, checked: CheckedDelivery, until: datetime, reason: Reason) -> None:
    if _join_later(batch, checked):
        return
    later = Delivery.objects.filter(
        endpoint=OuterRef("endpoint"), group=OuterRef("group"), last_member__gt=OuterRef("last_member")
    )
    _ours(batch, checked).update(
        next_attempt_at=until,
        reason=reason,
        lease=None,
        batch=Case(When(Exists(later), then=NewId())),
        expires_at=Greatest("expires_at", Value(until) + (F("expires_at") - F("created_at"))),
    )


def _ours(batch: Batch, checked: CheckedDelivery) -> QuerySet[Delivery]:
    return _in_hand(batch).filter(pk=checked.id)


def _in_hand(batch: Batch) -> QuerySet[Delivery]:
    """Select the deliveries of a batch, while its lease is ours."""
    return Delivery.objects.filter(batch=batch.id, lease=batch.lease, state=State.WAITING)


def reschedule_held(channel: Channel, person_id: int, until: datetime | None) -> None:
    """Hold the held deliveries of this person until another time; make them due now when it is None.

    Deliveries that are due already, or are being retried, are not delayed further.
    """
    waiting = Delivery.objects.filter(
        recipient_id=person_id,
        channel=channel.name,
        state=State.WAITING,
        lease=None,
        reason__in=[Reason.QUIET_HOURS, Reason.DIGEST],
    )
    if until is None:
        waiting.update(next_attempt_at=Now(), reason="")
        return
    waiting.filter(Q(attempts=0) | Q(batch=None), next_attempt_at__gt=Now()).update(
        next_attempt_at=until, expires_at=Greatest("expires_at", Value(until + channel.retries.expires_after))
    )


def merged_into_later(batch: Batch, checked: CheckedDelivery) -> None:
    """Merge it into the next version of the group, which waits too and then covers its members, with its attempts."""
    with transaction.atomic():
        _join_later(batch, checked)


def disable(endpoint_id: int, reason: Reason, **values: Any) -> None:
    """Disable an endpoint until its owner enables it. Waiting deliveries are suppressed when they are due."""
    Endpoint.objects.filter(pk=endpoint_id, disabled_at=None).update(
        disabled_at=Now(),
        disabled_reason=reason,
        disabled_reason_values=values,
        last_error=reason,
        last_error_values=values,
    )


def _reason(reason: Reason, values: Mapping[str, Any]) -> dict[str, str]:
    """Return a reason and its values as parameters of the statements."""
    return {"reason": reason, "values": json.dumps(values)}


def _note(tried: Result, change: str, **values: Any) -> None:
    """Record the endpoint's last result, and whether its person is one of the slow."""
    with connection.cursor() as cursor:
        cursor.execute(
            sql.noted(change, is_slow=tried.took_ms >= SLOW_MS),
            {"endpoint": tried.deliveries[0].endpoint_id, **values},
        )


def _attempted(
    batch: Batch, tried: Result, outcome: Attempt.Outcome, change: str, failure: Failure | None = None, **values: Any
) -> bool:
    """Record the change and the attempt. False if the lease was lost and another worker decides."""
    with connection.cursor() as cursor:
        cursor.execute(
            sql.attempted(change),
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


def _join_later(batch: Batch, checked: CheckedDelivery) -> bool:
    """Let the next version take it over. False when none waits."""
    if checked.group_id is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            sql.JOIN_LATER,
            {"id": checked.id, "batch": batch.id, "lease": str(batch.lease)},
        )
        row = cursor.fetchone()
    if row is None:
        return False
    Attempt.objects.filter(delivery_id=checked.id).update(delivery_id=row[0])
    Delivery.objects.filter(pk=checked.id).delete()
    return True


@transaction.atomic
def freed(probe: Probe) -> None:
    """Free a probe that learned nothing (no longer wanted, or a defect of ours): the next delivery probes, at once."""
    circuit = Circuit.objects.filter(pk=probe.circuit_id, open_until=probe.open_until)
    if circuit.update(open_until=Now()):
        # Where all share one breaker, nothing was put aside until then.
        endpoints = Endpoint.objects.filter(circuit=probe.circuit_id).values("pk")[:1]
        aside = Delivery.objects.filter(endpoint__in=endpoints, state=State.WAITING, lease=None)
        aside.filter(next_attempt_at=probe.open_until).update(next_attempt_at=Now())


def _close(first: CheckedDelivery) -> None:
    """Close the breaker, because the other side answered. The deliveries that it delayed are due."""
    with connection.cursor() as cursor:
        cursor.execute(
            sql.CLOSE,
            {"circuit": first.circuit_id, "endpoint": first.endpoint_id},
        )


def _trip(first: CheckedDelivery, failure: TemporaryFailure, retry_after: timedelta | None) -> None:
    """Count a failure in a row. From the fifth on the breaker opens, twice as long each time, up to 5 minutes.

    A Retry-After sets the time instead, up to an hour, but never so long that what waits there expires unsent: that is
    tried in the last third of the time it has left. A failure that may be the fault of this one recipient counts once
    until something arrives there, and always if it was the probe.
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
            sql.TRIP,
            values,
        )
