"""Remove the endpoints of accounts and access that ended: off at once, their logs in batches."""

from datetime import datetime

from django.db.models import QuerySet
from django.db.models.functions import Now

from notifications.models import ChannelName, Circuit, Delivery, Endpoint, Reason

REMOVE_BATCH = 1_000


def close_all_of(person_id: int) -> bool:
    """Empty the endpoints of a deleted account at once; remove a batch of their logs. True while there may be more."""
    endpoints = Endpoint.objects.filter(person_id=person_id)
    endpoints.update(
        address="", keys={}, disabled_at=Now(), disabled_reason=Reason.ACCOUNT_DELETED, disabled_reason_values={}
    )
    if _remove_log(Delivery.objects.filter(recipient_id=person_id)):
        return True
    circuits = list(endpoints.exclude(channel=ChannelName.EMAIL).values_list("circuit_id", flat=True))
    endpoints.delete()
    Circuit.objects.filter(pk__in=circuits).delete()
    return False


def close_revoked(person_id: int, *, until: datetime, token_id: int) -> bool:
    """Remove push subscriptions and webhooks made until then, or of those what a token made.

    They are off at once; their logs go in batches. True while there may be more.
    """
    endpoints = Endpoint.objects.filter(person_id=person_id, created_at__lte=until).exclude(channel=ChannelName.EMAIL)
    if token_id:
        endpoints = endpoints.filter(token_id=token_id)
    endpoints.update(
        address="", keys={}, disabled_at=Now(), disabled_reason=Reason.ACCESS_REVOKED, disabled_reason_values={}
    )
    if _remove_log(Delivery.objects.filter(endpoint__in=list(endpoints.values_list("pk", flat=True)))):
        return True
    circuits = list(endpoints.values_list("circuit_id", flat=True))
    endpoints.delete()
    Circuit.objects.filter(pk__in=circuits).delete()
    return False


def _remove_log(deliveries: QuerySet[Delivery]) -> bool:
    """Remove a batch of deliveries. Returns whether there was any."""
    ids = list(deliveries.values_list("pk", flat=True)[:REMOVE_BATCH])
    deliveries.filter(pk__in=ids).delete()
    return bool(ids)
