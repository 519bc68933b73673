"""Who is there."""

import hashlib

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from socialapp.users.models import Person, Token


def visible_people() -> QuerySet[Person]:
    """Everybody but the suspended and the deleted."""
    return Person.objects.filter(suspended_at=None, deleted_at=None)


def person_named(username: str) -> Person:
    """The visible person of that name, in whatever case. Raises Person.DoesNotExist."""
    return visible_people().get(username=username.lower())


def find_people(q: str) -> QuerySet[Person]:
    """Visible people whose username or name begins with `q`; nobody for an empty `q`."""
    q = q.strip().removeprefix("@").lower()
    if not q:
        return Person.objects.none()
    return (
        visible_people().alias(lower_name=Lower("name")).filter(Q(username__startswith=q) | Q(lower_name__startswith=q))
    )


def token_digest(value: str) -> str:
    """Tokens are 256 random bits, so one round of SHA-256 is as good as many."""
    return hashlib.sha256(value.encode()).hexdigest()


def token_of(value: str) -> Token | None:
    """The token with that value and its person, in one query; None when it is unknown or revoked."""
    return Token.objects.select_related("person").filter(digest=token_digest(value)).first()


def person_for_token(value: str) -> Person | None:
    """Who acts by this token; None when it is unknown or revoked, or its person may not act."""
    token = token_of(value)
    return token.person if token and token.person.is_active else None
