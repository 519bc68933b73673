"""Mail providers' word on what became of mail: an address that bounces or complains is mailed no more."""

from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason, tracking
from django.dispatch import receiver
from django.utils import timezone

from notifications.models import ChannelName, Endpoint, Reason

# Not those that pass: a full mailbox, a server that is away (RejectReason.TIMED_OUT and the like).
_GONE = {RejectReason.BOUNCED, RejectReason.INVALID}
REASONS = {
    EventType.BOUNCED: Reason.NO_MAILBOX,
    EventType.COMPLAINED: Reason.CALLED_SPAM,
    EventType.UNSUBSCRIBED: Reason.UNSUBSCRIBED,
}


@receiver(tracking)
def on_tracking(event: AnymailTrackingEvent, **_more: Any) -> None:
    """Handle django-anymail's signal of an event at a mail provider (anymail.dev, "Tracking sent mail status")."""
    if event.event_type not in REASONS or not event.recipient:
        return
    if event.event_type == EventType.BOUNCED and event.reject_reason not in _GONE:
        return
    reason = REASONS[event.event_type]
    Endpoint.objects.filter(channel=ChannelName.EMAIL, address__iexact=event.recipient, disabled_at=None).update(
        disabled_at=timezone.now(),
        disabled_reason=reason,
        disabled_reason_values={},
        last_error=reason,
        last_error_values={},
    )
