"""Push in a browser is for the person who is logged in there, for as long as they are.

An endpoint that a browser made keeps the (stored) key of its session, and the session
the endpoint's id. When the session ends, by log-out, expiry or otherwise, nothing
more is sent there (notifications.deliveries.recheck), and the endpoint goes. A session also ends
when the password changes or all sessions are ended, though its row stays until its
browser comes by: so the endpoint keeps a digest of what the session knows of both
(Person.get_session_auth_hash). Endpoints that a program made with a token have no session.
"""

import hashlib
from typing import Any

from allauth.account.signals import password_changed
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db.models import CharField, Exists, F, Func, OuterRef, Q, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Concat, Now
from django.dispatch import receiver
from django.http import HttpRequest

from notifications.channels.push import application_server_key
from notifications.endpoints.operations import remove_push_endpoints
from notifications.models import ChannelName, Endpoint
from socialapp.users.models import Person
from socialapp.users.sessions import stored_key

REMEMBERED = "push_endpoint"


def bind(endpoint: Endpoint, session: SessionBase, person: Person) -> None:
    """Make the endpoint end with this session, which was opened for this person as they were read."""
    session[REMEMBERED] = endpoint.pk
    bound = {"session": stored_key(session.session_key or ""), "sealed": sealed(person)}
    if not bound.items() <= endpoint.keys.items():
        endpoint.keys = {**endpoint.keys, **bound}
        endpoint.save(update_fields=["keys"])


def sealed(person: Person) -> str:
    """A digest of what ends all sessions when it changes; SEALED of `deliveries.sql.lease` is the same in SQL."""
    return hashlib.sha256(f"{person.password} {person.sessions_ended}".encode()).hexdigest()


def is_on(*, person: Person, address: str, session: SessionBase) -> bool:
    """Whether this person is notified by push at this very subscription, which then ends with this session."""
    endpoint = Endpoint.objects.filter(
        person=person, channel=ChannelName.PUSH, address=address, disabled_at=None
    ).first()
    if endpoint is None or endpoint.keys.get("made_for", application_server_key()) != application_server_key():
        return False
    bind(endpoint, session, person)
    return True


def remove_logged_out() -> None:
    """Remove the endpoints of sessions that are over. Beat runs it, as there is no signal when a session expires."""
    alive = Session.objects.filter(session_key=KeyTextTransform("session", OuterRef("keys")), expire_date__gt=Now())
    of_sessions = Endpoint.objects.filter(keys__session__isnull=False)
    known = Concat(F("person__password"), Value(" "), Cast("person__sessions_ended", CharField()))
    now = of_sessions.annotate(
        sealed_now=Func(known, template="encode(sha256(convert_to(%(expressions)s, 'UTF8')), 'hex')")
    )
    over = Q(keys__sealed__isnull=False) & ~Q(sealed_now=KeyTextTransform("sealed", "keys"))
    remove_push_endpoints(now.filter(~Exists(alive) | over))


@receiver(user_logged_out)
def on_log_out(request: HttpRequest | None, **_more: Any) -> None:
    """Remove this browser's endpoint, before the session is gone."""
    if request is not None and (endpoint_id := request.session.get(REMEMBERED)):
        key = stored_key(request.session.session_key or "")
        remove_push_endpoints(Endpoint.objects.filter(pk=endpoint_id, keys__session=key))


@receiver([user_logged_in, password_changed])
def on_new_session_key(request: HttpRequest, user: Person, **_more: Any) -> None:
    """A log-in and a new password give the session another key: the endpoint follows."""
    if endpoint_id := request.session.get(REMEMBERED):
        for endpoint in Endpoint.objects.filter(pk=endpoint_id, person=user):
            bind(endpoint, request.session, user)
