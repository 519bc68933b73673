"""Limits guesses at passwords and codes by account, whichever of its names is typed, at whichever host.

A stranger gets five guesses at an account in five minutes. A browser in which the owner has logged in before has five
of its own (OWASP's "device cookies"), so that strangers cannot keep the owner out.
"""

import secrets
from dataclasses import dataclass, field

from allauth.account.internal.userkit import filter_users_by_email, get_user_by_username
from allauth.core.internal import ratelimit
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from socialapp.users.models import Person

PER_ADDRESS, PER_ACCOUNT = "10/m/ip", "5/5m/key"
COOKIE = "known_browser"
COOKIE_LIFETIME_S = 60 * 60 * 24 * 180
PEOPLE_PER_BROWSER = 5
_ACTION = {"app": "allauth.account", "action": "login_failed"}


class TooManyGuesses(Exception):
    """There were too many guesses from this address, at this name or in this browser. The response may say so."""


@dataclass
class Guess:
    """A guess at a password, counted when it is made and taken back when it was right.

    `counts`: the password is compared. Otherwise the account is locked, and the answer is that of a wrong password:
    another answer would reveal to a person who locked an account by its username which mail address belongs to it.
    """

    counts: bool = True
    _usages: list[ratelimit.RateLimitUsage] = field(default_factory=list)

    def take_back(self) -> None:
        """Uncount the guess, which was right."""
        for usage in self._usages:
            usage.rollback()

    def count(self, request: HttpRequest, rate: str, key: str = "") -> bool:
        """Count a guess, and return whether it is within the limit."""
        usage = ratelimit.consume(request, **_ACTION, config={_ACTION["action"]: rate}, key=key)
        if usage:
            self._usages.append(usage)
        return usage is not None


def guess(request: HttpRequest, *, username: str = "", email: str = "") -> Guess:
    """Count a guess. Raises TooManyGuesses."""
    made = Guess()
    people = people_of(username=username, email=email)
    if not made.count(request, PER_ADDRESS):
        raise TooManyGuesses
    if browser := _known_browser(request, people):
        if not made.count(request, PER_ACCOUNT, browser):
            raise TooManyGuesses
        return made
    typed = (email or username).lower()
    if not made.count(request, PER_ACCOUNT, f"typed:{typed}"):
        raise TooManyGuesses
    # As much work for a name that no account has, so that the time does not say which have one.
    for account in [f"person:{person.pk}" for person in people] or [f"no person:{typed}"]:
        made.counts &= made.count(request, PER_ACCOUNT, account)
    return made


def guess_at_code(request: HttpRequest, person: Person) -> Guess:
    """Count a guess at a code of the second step. Raises TooManyGuesses.

    Strangers, known browsers and sessions have five each in five minutes, so that who knows the password cannot keep
    the owner out. All known browsers have them together: a thief of before may have made many.
    """
    made = Guess()
    asks = "session" if request.user == person else "known" if knows(request, person) else "stranger"
    if not (made.count(request, PER_ADDRESS) and made.count(request, PER_ACCOUNT, f"code:{asks}:{person.pk}")):
        raise TooManyGuesses
    return made


def forgive(request: HttpRequest, person: Person, *, email: str) -> None:
    """Unlock an account whose password was reset by mail."""
    for key in (f"person:{person.pk}", f"typed:{person.username}", f"typed:{email.lower()}"):
        ratelimit.clear(request, **_ACTION, config={_ACTION["action"]: PER_ACCOUNT}, key=key)


def people_of(*, username: str = "", email: str = "") -> list[Person]:
    """The people whose passwords are compared when these are typed at log-in."""
    found: dict[int, Person] = {}
    for word in {username, email} - {""}:
        by_mail = filter_users_by_email(word, prefer_verified=True, for_login=True) if "@" in word else []
        by_name = get_user_by_username(word)
        found |= {person.pk: person for person in [*by_mail, *([by_name] if by_name else [])]}
    return list(found.values())


def knows(request: HttpRequest, person: Person) -> bool:
    """Whether this person logged in with this browser before."""
    return str(person.pk) in _known(request)


def remember_browser(request: HttpRequest, response: HttpResponseBase, person: Person) -> None:
    """Remember that this person logged in with this browser, whose guesses are then counted apart from strangers'."""
    known = {str(person.pk): secrets.token_urlsafe(9)} | _known(request)
    newest = {str(person.pk): known[str(person.pk)]} | known
    response.set_cookie(
        COOKIE,
        signing.dumps(dict(list(newest.items())[:PEOPLE_PER_BROWSER]), salt=COOKIE),
        max_age=COOKIE_LIFETIME_S,
        path=reverse("account_login").removesuffix("login/"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _known_browser(request: HttpRequest, people: list[Person]) -> str:
    """The key by which this browser's guesses at a person's password are counted; "" for a stranger's browser."""
    if len(people) != 1:
        return ""
    (person,) = people
    if request.user.is_authenticated and request.user.pk == person.pk:
        return f"session of:{person.pk}"
    secret = _known(request).get(str(person.pk))
    return f"browser:{secret}:{person.pk}" if secret else ""


def _known(request: HttpRequest) -> dict[str, str]:
    try:
        known: dict[str, str] = signing.loads(request.COOKIES.get(COOKIE, ""), salt=COOKIE, max_age=COOKIE_LIFETIME_S)
    except signing.BadSignature:
        return {}
    return known
