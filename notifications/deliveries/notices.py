"""Deliveries that are about an endpoint itself: a test that its owner asked for, and warnings that one fails."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from notifications.channels import channel, channels
from notifications.deliveries import plan
from notifications.models import ChannelName, Circuit, Delivery, Endpoint, EndpointNotice
from socialapp.limits import operations as limits
from socialapp.web import request_ids

TEST_LASTS = timedelta(minutes=5)


def send_test(*, endpoint: Endpoint) -> Delivery:
    """Send a test at once, whatever the hour, and once. The delivery's state shows the result.

    Raises ValidationError, LimitExceeded.
    """
    if endpoint.disabled_at:
        raise ValidationError(_("Turn it on first."))
    limits.check("tests", endpoint.person_id)
    limits.count("tests", endpoint.person_id)
    close_circuit(endpoint)
    return _own_delivery(endpoint, EndpointNotice.TEST, "A test from socialapp")


def warn(about: Endpoint, text: str) -> None:
    """Warn the owner of a failing endpoint by all of their other endpoints."""
    others = [name for name in channels() if name != about.channel]
    for endpoint in Endpoint.objects.filter(person=about.person_id, disabled_at=None, channel__in=others):
        _own_delivery(endpoint, EndpointNotice.WARNING, text)


def _own_delivery(endpoint: Endpoint, kind: EndpointNotice, text: str) -> Delivery:
    now = timezone.now()
    expires_after = channel(endpoint.channel).retries.expires_after
    delivery = Delivery.objects.create(
        recipient_id=endpoint.person_id,
        endpoint=endpoint,
        channel=endpoint.channel,
        host=endpoint.host,
        kind=kind,
        text=text,
        request_id=request_ids.current.get(),
        accepted_at=now,
        # Somebody waits for a test: later it is worth nothing.
        expires_at=now + (TEST_LASTS if kind == EndpointNotice.TEST else expires_after),
    )
    plan.wake_workers([endpoint.channel])
    return delivery


def close_circuit(endpoint: Endpoint) -> None:
    """Close the endpoint's own breaker, but not a shared one."""
    own = Circuit.objects.filter(pk=endpoint.circuit_id).exclude(name=channel(ChannelName.EMAIL).shared_circuit)
    own.update(failures=0, failing_since=None, open_until=None, warned_at=None)
