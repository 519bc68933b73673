"""Add, test, disable and remove the endpoints of people."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from notifications.channels import safe_http
from notifications.channels.push import application_server_key, usable_keys
from notifications.channels.webhook import SECRET_LASTS, new_secret, valid_secrets
from notifications.deliveries import outcome
from notifications.deliveries.notices import close_circuit
from notifications.models import ChannelName, Circuit, Endpoint, Reason
from socialapp.users.models import Person
from socialapp.users.operations import lock_person

ENDPOINTS_PER_CHANNEL = 20
SECRETS_AT_ONCE = 10  # each is a signature in a header


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
    """Notify this person, and no one else, by push in this browser. Raises ValidationError.

    `made_for` is the applicationServerKey that the browser subscribed with, where it says so; `replaces` the address of
    the subscription before this one, which is over.
    """
    host = safe_http.check_url(address).netloc
    try:
        keys = usable_keys(keys)
    except ValueError:
        raise ValidationError(_("The keys of this push subscription cannot be used.")) from None
    if made_for and made_for.rstrip("=") != application_server_key():
        raise ValidationError(_("This push subscription was made for another key. Turn on push again."))
    keys["made_for"] = application_server_key()
    with transaction.atomic():
        lock_person(person.pk)
        # A person who was logged in there before is no longer notified by it.
        remove_push_endpoints(Endpoint.objects.filter(address=address).exclude(person=person))
        mine = Endpoint.objects.filter(channel=ChannelName.PUSH, person=person)
        endpoint = mine.filter(address=address).first() or (mine.filter(address=replaces).first() if replaces else None)
        if endpoint is None:
            _check_room(person, ChannelName.PUSH)
            endpoint = Endpoint(person=person, channel=ChannelName.PUSH, circuit=_new_circuit(ChannelName.PUSH))
        endpoint.address, endpoint.name, endpoint.keys, endpoint.host = address, name[:80], keys, host
        endpoint.token_id = token_id
        for column, value in Endpoint.WORKS.items():
            setattr(endpoint, column, value)
        endpoint.save()
        close_circuit(endpoint)
    return endpoint


def remove_push_endpoints(chosen: QuerySet[Endpoint]) -> None:
    """Remove these browsers, with their logs and breakers."""
    with transaction.atomic():
        found = list(chosen.filter(channel=ChannelName.PUSH).values_list("pk", "circuit_id"))
        Endpoint.objects.filter(pk__in=[pk for pk, _circuit in found]).delete()
        Circuit.objects.filter(pk__in=[circuit for _pk, circuit in found]).delete()


def add_webhook(*, person: Person, name: str, address: str, token_id: int | None = None) -> tuple[Endpoint, str]:
    """Register a webhook. Returns it and its secret, which signs everything sent there. Raises ValidationError."""
    host = safe_http.check_url(address).netloc
    secret = new_secret()
    with transaction.atomic():
        lock_person(person.pk)
        _check_room(person, ChannelName.WEBHOOK)
        endpoint = Endpoint.objects.create(
            person=person,
            channel=ChannelName.WEBHOOK,
            name=name.strip()[:80],
            address=address,
            keys={"secrets": [{"secret": secret, "until": None}]},
            host=host,
            circuit=_new_circuit(ChannelName.WEBHOOK),
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
    """Turn an endpoint on again; what was suppressed meanwhile is not sent."""
    Endpoint.objects.filter(pk=endpoint.pk).update(**Endpoint.WORKS)
    close_circuit(endpoint)


def disable(*, endpoint: Endpoint) -> None:
    """Turn an endpoint off for its owner: nothing is sent there until they enable it."""
    outcome.disable(endpoint.pk, Reason.TURNED_OFF)


def remove_endpoint(*, endpoint: Endpoint) -> None:
    """Remove an endpoint with its log. Raises ValidationError for a mail address, which can only be turned off."""
    if endpoint.channel == ChannelName.EMAIL:
        raise ValidationError(
            _("Your mail address is your account's. Turn mail off here, or change the address under Mail.")
        )
    with transaction.atomic():
        endpoint.delete()
        Circuit.objects.filter(pk=endpoint.circuit_id).delete()


def _new_circuit(name: str) -> Circuit:
    return Circuit.objects.create(name=f"{name} {uuid.uuid4()}")


def _check_room(person: Person, name: str) -> None:
    """Raise ValidationError when a person has too many. The caller has locked the person."""
    if Endpoint.objects.filter(person=person, channel=name).count() >= ENDPOINTS_PER_CHANNEL:
        raise ValidationError(_("You have %(n)s of these. Remove one first.") % {"n": ENDPOINTS_PER_CHANNEL})
