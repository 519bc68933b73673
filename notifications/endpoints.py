"""Where people hear: add, try, turn off and remove endpoints."""

import uuid
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from notifications import planning, recording
from notifications.channels import channel, outside
from notifications.channels.push import application_server_key, usable_keys
from notifications.channels.webhook import SECRET_LASTS, new_secret, valid_secrets
from notifications.models import Circuit, Delivery, Endpoint
from socialapp.users.models import Person
from socialapp.users.operations import lock_person

ENDPOINTS_PER_CHANNEL = 20
TEST_LASTS = timedelta(minutes=5)
SECRETS_AT_ONCE = 10  # each is a signature in a header
BY_OWNER = "turned off by you"


def add_push_endpoint(
    *,
    person: Person,
    name: str,
    address: str,
    keys: dict[str, str],
    made_for: str | None = None,
    token_id: int | None = None,
    replaces: str | None = None,
) -> Endpoint:
    """Notify this person by push in this browser, and nobody else there. Raises ValidationError.

    `made_for` is the applicationServerKey that the browser subscribed with, where it says so; `replaces` the address of
    the subscription before this one, which is over.
    """
    host = outside.check_url(address).netloc
    try:
        keys = usable_keys(keys)
    except ValueError:
        raise ValidationError(_("The keys of this push subscription cannot be used.")) from None
    if made_for and made_for.rstrip("=") != application_server_key():
        raise ValidationError(_("This push subscription was made for another key. Turn on push again."))
    keys["made_for"] = application_server_key()
    with transaction.atomic():
        lock_person(person.pk)
        # Whoever was logged in there before is no longer notified by it.
        remove_push_endpoints(Endpoint.objects.filter(address=address).exclude(person=person))
        mine = Endpoint.objects.filter(channel="push", person=person)
        endpoint = mine.filter(address=address).first() or (mine.filter(address=replaces).first() if replaces else None)
        if endpoint is None:
            _check_room(person, "push")
            endpoint = Endpoint(person=person, channel="push", circuit=_new_circuit("push"))
        endpoint.address, endpoint.name, endpoint.keys, endpoint.host = address, name[:80], keys, host
        endpoint.token_id = token_id
        endpoint.disabled_at, endpoint.disabled_reason, endpoint.last_error = None, "", ""
        endpoint.save()
        _close(endpoint)
    return endpoint


def remove_push_endpoints(chosen: QuerySet[Endpoint]) -> None:
    """Remove these browsers, with their logs and breakers."""
    with transaction.atomic():
        found = list(chosen.filter(channel="push").values_list("pk", "circuit_id"))
        Endpoint.objects.filter(pk__in=[pk for pk, _circuit in found]).delete()
        Circuit.objects.filter(pk__in=[circuit for _pk, circuit in found]).delete()


def add_webhook(*, person: Person, name: str, address: str, token_id: int | None = None) -> tuple[Endpoint, str]:
    """The endpoint, and its secret, which signs all that is sent there. Raises ValidationError."""
    host = outside.check_url(address).netloc
    secret = new_secret()
    with transaction.atomic():
        lock_person(person.pk)
        _check_room(person, "webhook")
        endpoint = Endpoint.objects.create(
            person=person,
            channel="webhook",
            name=name.strip()[:80],
            address=address,
            keys={"secrets": [{"secret": secret, "until": None}]},
            host=host,
            circuit=_new_circuit("webhook"),
            token_id=token_id,
        )
    return endpoint, secret


@transaction.atomic
def rotate_secret(*, endpoint: Endpoint) -> str:
    """A new secret. What is sent is signed with each earlier one too, until a day after it was replaced.

    So a receiver may change over, and a rotation that was repeated, or whose answer was lost, breaks nothing. Raises
    ValidationError rather than end one of them early.
    """
    secret, now = new_secret(), timezone.now()
    locked = Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    newest, *replaced = valid_secrets(locked.keys, now)
    if len(replaced) == SECRETS_AT_ONCE - 1:
        raise ValidationError(
            _("You made %(n)s secrets within a day. Use the newest, or wait until an older one ends.")
            % {"n": SECRETS_AT_ONCE - 1}
        )
    last = {**newest, "until": (now + SECRET_LASTS).isoformat()}
    endpoint.keys = locked.keys = {"secrets": [{"secret": secret, "until": None}, last, *replaced]}
    locked.save(update_fields=["keys"])
    return secret


def enable(*, endpoint: Endpoint) -> None:
    """Again; what was suppressed meanwhile is not sent."""
    Endpoint.objects.filter(pk=endpoint.pk).update(disabled_at=None, disabled_reason="", last_error="")
    _close(endpoint)


def disable(*, endpoint: Endpoint) -> None:
    """By its owner: nothing is sent there until they enable it."""
    recording.disable(endpoint.pk, BY_OWNER)


def remove_endpoint(*, endpoint: Endpoint) -> None:
    """It is gone, with its log. A mail address is its account's: it can be turned off, not removed."""
    if endpoint.channel == "email":
        raise ValidationError(
            _("Your mail address is your account's. Turn mail off here, or change the address under Mail.")
        )
    with transaction.atomic():
        endpoint.delete()
        Circuit.objects.filter(pk=endpoint.circuit_id).delete()


def send_test(*, endpoint: Endpoint) -> Delivery:
    """A delivery that is sent at once, whatever the hour, and once; its state tells how it went."""
    if endpoint.disabled_at:
        raise ValidationError(_("Turn it on first."))
    _close(endpoint)
    return _own_delivery(endpoint, "test", "A test from socialapp")


def warn(about: Endpoint, text: str) -> None:
    """The owner hears of an endpoint that fails, by all the other ways to them."""
    for endpoint in Endpoint.objects.filter(person=about.person_id, disabled_at=None).exclude(channel=about.channel):
        _own_delivery(endpoint, "warning", text)


def _own_delivery(endpoint: Endpoint, kind: str, text: str) -> Delivery:
    now = timezone.now()
    worth = channel(endpoint.channel).retries.worthless_after
    delivery = Delivery.objects.create(
        recipient_id=endpoint.person_id,
        endpoint=endpoint,
        channel=endpoint.channel,
        host=endpoint.host,
        kind=kind,
        text=text,
        accepted_at=now,
        # A test is told of while somebody waits for it.
        expires_at=now + (TEST_LASTS if kind == "test" else worth),
    )
    planning.ring([endpoint.channel])
    return delivery


def _close(endpoint: Endpoint) -> None:
    """The endpoint's own breaker; not one that it shares."""
    own = Circuit.objects.filter(pk=endpoint.circuit_id).exclude(name=channel("email").circuit_of(0))
    own.update(failures=0, failing_since=None, open_until=None, warned_at=None)


def _new_circuit(name: str) -> Circuit:
    return Circuit.objects.create(name=f"{name} {uuid.uuid4()}")


def _check_room(person: Person, name: str) -> None:
    """The caller has locked the person."""
    if Endpoint.objects.filter(person=person, channel=name).count() >= ENDPOINTS_PER_CHANNEL:
        raise ValidationError(_("You have %(n)s of these. Remove one first.") % {"n": ENDPOINTS_PER_CHANNEL})
