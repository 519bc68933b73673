"""The log-ins of a person: noted as they are used, listed, and ended: one, or all but this browser's own."""

import time
from collections.abc import Callable

from django.contrib.auth import HASH_SESSION_KEY, update_session_auth_hash
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from socialapp.users.browsers import LONGEST_USER_AGENT
from socialapp.users.models import LogIn, Person
from socialapp.users.requests import AuthenticatedRequest
from socialapp.users.sessions import SessionStore, is_hash_of, stored_key
from socialapp.web.hosts import client_address

# How exact the time of last use is, by each process; and how many sessions a process remembers to have noted.
EXACT_TO_S = 300
MOST_REMEMBERED = 10_000


class NoteLogIns:
    """Notes of each session in which browser, from which address and when it is used: a statement each five minutes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._noted: dict[tuple[str, str, int], float] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # Read after the answer, as a log-in changes the key; and only if the view read the session: otherwise no query.
        if request.session.accessed and request.session.session_key and request.user.is_authenticated:
            self._note(request, request.user)
        return response

    def _note(self, request: HttpRequest, person: Person) -> None:
        key = stored_key(request.session.session_key or "")
        address = client_address(request)
        user_agent = request.headers.get("User-Agent", "").replace("\0", "")[:LONGEST_USER_AGENT]
        use, now = (key, address, hash(user_agent)), time.monotonic()
        if now - self._noted.get(use, -EXACT_TO_S) < EXACT_TO_S or not address:
            return
        if len(self._noted) >= MOST_REMEMBERED:
            self._noted.clear()
        row = LogIn(session_id=key, person=person, address=address, user_agent=user_agent, last_used_at=timezone.now())
        LogIn.objects.bulk_create(
            [row],
            update_conflicts=True,
            unique_fields=["session"],
            update_fields=["person", "address", "user_agent", "last_used_at"],
        )
        self._noted[use] = now


def log_ins_of(person: Person) -> list[LogIn]:
    """A person's open log-ins, the most recently used first."""
    found = LogIn.objects.filter(person=person, session__expire_date__gt=timezone.now()).select_related("session")
    read = SessionStore().decode
    return [
        log_in
        for log_in in found.order_by("-last_used_at", "-pk")
        if is_hash_of(person, read(log_in.session.session_data).get(HASH_SESSION_KEY, ""))
    ]


def sessions_of(person: Person) -> QuerySet[Session]:
    """The sessions of a person's log-ins."""
    return Session.objects.filter(pk__in=LogIn.objects.filter(person=person).values("session"))


def end(*, person: Person, log_in_id: int) -> None:
    """End a session, with its live streams and push subscription. Raises LogIn.DoesNotExist."""
    log_in = LogIn.objects.get(pk=log_in_id, person=person)
    Session.objects.filter(pk=log_in.session_id).delete()


def clear_expired() -> None:
    """Delete sessions whose time is over, and log-ins whose session the release before deleted alone."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    LogIn.objects.filter(~Exists(Session.objects.filter(pk=OuterRef("session_id")))).delete()


def end_others(request: AuthenticatedRequest) -> None:
    """End all sessions of the caller but this one. Tokens and webhooks stay."""
    with transaction.atomic():
        Person.objects.filter(pk=request.user.pk).update(sessions_ended=F("sessions_ended") + 1)
        request.user.refresh_from_db(fields=["sessions_ended"])
        update_session_auth_hash(request, request.user)
        mine = stored_key(request.session.session_key or "")
        sessions_of(request.user).exclude(pk=mine).delete()
