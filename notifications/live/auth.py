"""Who may listen: by session cookie or bearer token, for as long as these are valid."""

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

from socialapp.users.models import Person, Token, not_ended
from socialapp.users.sessions import SessionStore, is_hash_of


@dataclass(frozen=True, slots=True)
class Credential:
    """A session, by its stored `key`, or a token, by its digest; `kind` says which."""

    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class Admission:
    """The person that a credential admits.

    `seal` changes with their password and when all sessions are ended; then the credential is asked again.
    """

    person_id: int
    seal: str


def admit(credentials: Collection[Credential]) -> dict[Credential, Admission]:
    """{credential: admission} of the valid ones. Three queries at most, however many come at once."""
    found = _by_token([each.key for each in credentials if each.kind == "token"])
    return found | _by_session([each.key for each in credentials if each.kind == "session"])


def still_open(admitted: dict[Credential, Admission]) -> dict[Credential, Admission]:
    """The credentials that are still valid: not logged out, revoked or ended, of people neither suspended nor deleted.

    Three queries that read little; only where a password changed is a session read in full.
    """
    keys = {kind: [each.key for each in admitted if each.kind == kind] for kind in ("session", "token")}
    sessions = Session.objects.filter(session_key__in=keys["session"], expire_date__gt=timezone.now())
    known = {Credential("session", key) for key in sessions.values_list("session_key", flat=True)}
    tokens = Token.objects.filter(not_ended(), digest__in=keys["token"]).values_list("digest", flat=True)
    known |= {Credential("token", digest) for digest in tokens}
    people = Person.objects.active().filter(pk__in={each.person_id for each in admitted.values()})
    now = {Admission(person.pk, _seal(person)) for person in people.only("password", "sessions_ended")}
    same = {each: admission for each, admission in admitted.items() if each in known and admission in now}
    return same | admit(known - same.keys())


def _by_token(digests: Collection[str]) -> dict[Credential, Admission]:
    if not digests:
        return {}
    tokens = Token.objects.filter(not_ended(), digest__in=digests).select_related("person")
    return {
        Credential("token", token.digest): Admission(token.person_id, _seal(token.person))
        for token in tokens
        if token.person.is_active
    }


def _by_session(keys: Collection[str]) -> dict[Credential, Admission]:
    """Do what django.contrib.auth.get_user does for one request, for many at once."""
    if not keys:
        return {}
    sessions = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    read = SessionStore().decode
    contents = {session.session_key: read(session.session_data) for session in sessions}
    logged_in = {
        key: values
        for key, values in contents.items()
        if SESSION_KEY in values and values.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
    }
    people = Person.objects.in_bulk([int(values[SESSION_KEY]) for values in logged_in.values()])
    found = {}
    for key, values in logged_in.items():
        person = people.get(int(values[SESSION_KEY]))
        if person and person.is_active and is_hash_of(person, values.get(HASH_SESSION_KEY, "")):
            found[Credential("session", key)] = Admission(person.pk, _seal(person))
    return found


def _seal(person: Person) -> str:
    return sha256(f"{person.password} {person.sessions_ended}".encode()).hexdigest()[:16]
