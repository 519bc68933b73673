"""Periodic work on deliveries: lost wake-ups, endpoints that fail for days, rows that are no longer needed."""

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from notifications.channels import channels
from notifications.deliveries import fan_out, outcome
from notifications.deliveries.notices import warn
from notifications.history.trace import title_of
from notifications.models import (
    ChannelName,
    Circuit,
    Delivery,
    Endpoint,
    FanOut,
    GroupMember,
    Mute,
    NotificationGroup,
    Reason,
)
from notifications.models.reasons import nested
from socialapp.messaging import dispatch
from socialapp.users.languages import language_of

PURGE_BATCH = 1_000


def wake_workers_for_what_is_due() -> None:
    """Wake the workers of each channel that has something due, and of the fan-out while a job runs."""
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING, bulk__in=[False, True], next_attempt_at__lte=Now())
    due = [name for name in settings.CHANNELS if waiting.filter(channel=name).exists()]
    if FanOut.objects.filter(state=FanOut.State.RUNNING).exists():
        due.append(fan_out.QUEUE)
    for name in due:
        dispatch.wake_workers(name)


def purge() -> None:
    """Turn off endpoints that failed for days; delete mutes that ended, deliveries that are old, and lone members."""
    disable_failing_endpoints()
    Mute.objects.filter(until__lt=Now()).delete()
    old = Delivery.objects.filter(finished_at__lt=timezone.now() - settings.KEEP_DELIVERIES).values_list(
        "pk", flat=True
    )
    while Delivery.objects.filter(pk__in=list(old[:PURGE_BATCH])).delete()[0]:
        pass
    # Members of groups whose post was removed for good at the moment they joined (ADR 43).
    GroupMember.objects.exclude(Exists(NotificationGroup.objects.filter(pk=OuterRef("group")))).delete()


@transaction.atomic
def disable_failing_endpoints() -> None:
    """Warn owners of failing endpoints by their other channels; turn off endpoints that keep failing."""
    now = timezone.now()
    _warn_of_ended_browsers()
    for name, made in channels().items():
        if not made.warn_after or not made.disable_after:
            continue
        failing = Endpoint.objects.filter(channel=name, disabled_at=None).select_related("circuit", "person")
        for endpoint in failing.filter(circuit__failing_since__lt=now - made.warn_after, circuit__warned_at=None):
            ends = (endpoint.circuit.failing_since or now) + made.disable_after
            with translation.override(language_of(endpoint.person)):
                warn(
                    endpoint,
                    _(
                        "%(endpoint)s has failed for a day: %(why)s. "
                        "It will be turned off on %(weekday)s unless it works again."
                    )
                    % {
                        "endpoint": title_of(endpoint),
                        "why": endpoint.last_error_text,
                        "weekday": date_format(ends, "l"),
                    },
                )
            Circuit.objects.filter(pk=endpoint.circuit_id).update(warned_at=Now())
        # Only a day or more after the warning, however late that was.
        grace = made.disable_after - made.warn_after
        for endpoint in failing.filter(
            circuit__failing_since__lt=now - made.disable_after, circuit__warned_at__lt=now - grace / 2
        ):
            why = nested(endpoint.last_error, endpoint.last_error_values)
            outcome.disable(endpoint.pk, Reason.KEPT_FAILING, days=made.disable_after.days, why=why)
            with translation.override(language_of(endpoint.person)):
                warn(endpoint, _("%(endpoint)s was turned off: it kept failing.") % {"endpoint": title_of(endpoint)})


def _warn_of_ended_browsers() -> None:
    """Notify people by other channels of subscriptions that a push service has ended, because it notifies only us."""
    ended = Endpoint.objects.filter(channel=ChannelName.PUSH, disabled_at__isnull=False, circuit__warned_at=None)
    for endpoint in ended.exclude(disabled_reason=Reason.TURNED_OFF).exclude(address="").select_related("person"):
        with translation.override(language_of(endpoint.person)):
            text = _("%(endpoint)s was turned off: %(why)s. To be notified there, turn on push in that browser again.")
            warn(endpoint, text % {"endpoint": title_of(endpoint), "why": endpoint.disabled_reason_text})
        Circuit.objects.filter(pk=endpoint.circuit_id).update(warned_at=Now())
