"""The log of an endpoint's deliveries, and sending again: one, a range of time, or dead letters in bulk."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from notifications.channels import channel
from notifications.deliveries.plan import wake_workers
from notifications.deliveries.sql.outcome import AGAIN
from notifications.models import Attempt, Delivery, Endpoint, EndpointNotice, Reason
from socialapp.limits import operations as limits

RANGE_AT_ONCE = 10_000
State = Delivery.State
MANY = 100


def deliveries_of(endpoint: Endpoint) -> QuerySet[Delivery]:
    """Return all deliveries to an endpoint, unordered; by `-id` the newest is first."""
    return Delivery.objects.filter(endpoint=endpoint)


def attempts_of(deliveries: Collection[Delivery]) -> dict[int, list[Attempt]]:
    """Return the attempts of each delivery, in order."""
    found: dict[int, list[Attempt]] = {delivery.pk: [] for delivery in deliveries}
    for attempt in Attempt.objects.filter(delivery__in=list(found)).order_by("id"):
        found[attempt.delivery_id].append(attempt)
    return found


def resend(*, endpoint: Endpoint, delivery_id: int) -> None:
    """Send a delivery again. Raises Delivery.DoesNotExist, ValidationError, LimitExceeded."""
    limits.check("replays", endpoint.person_id)
    delivery = Delivery.objects.get(pk=delivery_id, endpoint=endpoint)
    if delivery.state == State.SUPPRESSED:
        raise ValidationError(_("It was never sent, because you did not want it. There is nothing to send again."))
    limits.count("replays", endpoint.person_id)
    _again(endpoint.channel, [delivery.pk])


def replay(*, endpoint: Endpoint, since: datetime, until: datetime) -> int:
    """Send again all deliveries that ended in that time, sent or dead. Returns how many.

    Raises ValidationError, LimitExceeded.
    """
    limits.check("replays", endpoint.person_id)
    ended = Delivery.objects.filter(
        endpoint=endpoint,
        finished_at__gte=since,
        finished_at__lt=until,
        state__in=Delivery.TRANSITIONS[State.WAITING],
    ).exclude(kind__in=EndpointNotice)
    ids = list(ended.values_list("pk", flat=True)[: RANGE_AT_ONCE + 1])
    if len(ids) > RANGE_AT_ONCE:
        raise ValidationError(
            _("That is more than %(n)s deliveries. Choose a shorter time.")
            % {"n": number_format(RANGE_AT_ONCE, force_grouping=True)}
        )
    limits.count("replays", endpoint.person_id)
    return _again(endpoint.channel, ids)


def dead_letters(
    *,
    name: str | None = None,
    kind: str | None = None,
    reason: Reason | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    recipient: str | None = None,
    with_tests: bool = False,
) -> QuerySet[Delivery]:
    """Select dead letters; `reason` is also that of their last failure, `recipient` a username.

    Tests are left out: they are not sent again.
    """
    found = Delivery.objects.filter(state=State.DEAD)
    if not with_tests:
        found = found.exclude(kind=EndpointNotice.TEST)
    for lookup, value in (
        ("channel", name), ("kind", kind), ("finished_at__gte", since),
        ("finished_at__lt", until), ("recipient__username", recipient),
    ):  # fmt: skip
        if value is not None:
            found = found.filter(**{lookup: value})
    if reason is not None:
        found = found.filter(Q(reason=reason) | Q(reason_values__why__code=reason))
    return found


def redeliver(found: QuerySet[Delivery]) -> int:
    """Let dead letters wait again, under the same ids. Returns how many."""
    total = 0
    for name in sorted(set(found.values_list("channel", flat=True))):
        ids = list(found.filter(channel=name).values_list("pk", flat=True))
        for start in range(0, len(ids), RANGE_AT_ONCE):
            total += _again(name, ids[start : start + RANGE_AT_ONCE], (State.DEAD,))
    return total


def _again(name: str, ids: Collection[int], states: Collection[State] = Delivery.TRANSITIONS[State.WAITING]) -> int:
    values: dict[str, Any] = {
        "expires_after": channel(name).retries.expires_after,
        "ids": list(ids),
        "states": [str(state) for state in states],
        "many": len(ids) > MANY,
    }
    with connection.cursor() as cursor:
        cursor.execute(AGAIN, values)
        count: int = cursor.rowcount
    wake_workers([name])
    return count
