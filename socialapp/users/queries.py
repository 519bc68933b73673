"""People: by name, by search, by token."""

import hashlib
from collections.abc import Collection, Iterable
from typing import cast

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from socialapp.sql import Prepared, blocks_with
from socialapp.text.folding import words
from socialapp.users.lookalikes import check_scripts, is_reserved, read_as
from socialapp.users.models import NameWord, Person, RetiredUsername, Token, username_digest
from socialapp.users.text_entities import all_names_in

# Each is a look at the index; a name has hardly more.
MOST_NAME_WORDS = 8


def person_named(username: str) -> Person:
    """The visible person with this username, in any case. Raises Person.DoesNotExist."""
    return Person.objects.active().get(username=username.lower())


def is_retired(username: str) -> bool:
    """Whether this username belonged to a deleted account."""
    return RetiredUsername.objects.filter(digest=username_digest(username)).exists()


def check_name(name: str, person: Person) -> None:
    """Refuse a name that can be taken for that of somebody who runs the site. Raises ValidationError."""
    check_scripts(name)
    if person.is_staff:
        return
    staff = Person.objects.active().filter(is_staff=True).values_list("name", "username")
    taken = {read_as(each) for names in staff for each in names if each}
    if (is_reserved(name) or read_as(name) in taken) and read_as(name):
        raise ValidationError(
            {"name": [_("This looks like the name of somebody who runs this site. Choose another one.")]}, code="staff"
        )


def find_people(q: str, viewer_id: int | None = None) -> QuerySet[Person]:
    """People this viewer may find, whose names have words that begin like each word of `q`; none without words."""
    wanted = list(dict.fromkeys(words(q)))[:MOST_NAME_WORDS]
    if not wanted:
        return Person.objects.none()
    people = Person.objects.findable(viewer_id)
    if viewer_id is not None:
        people = people.exclude(pk__in=RawSQL(blocks_with("%s"), [viewer_id, viewer_id]))  # noqa: S611  our own text
    for word in wanted:
        people = people.filter(pk__in=NameWord.objects.filter(word__startswith=word).values("person"))
    return people


def mentioned(texts: Iterable[str]) -> Collection[str]:
    """The usernames of visible people that some texts mention. One query, at first use; none without an @."""
    texts = list(texts)
    return cast("Collection[str]", SimpleLazyObject(lambda: _mentioned(texts)))


def _mentioned(texts: list[str]) -> frozenset[str]:
    names = {name for text in texts for name in all_names_in(text)}
    if not names:
        return frozenset()
    return frozenset(Person.objects.active().filter(username__in=names).values_list("username", flat=True))


def is_active_until_commit(person_id: int) -> bool:
    """Whether a person is neither suspended nor deleted. They are locked, so it stays so until the transaction ends."""
    return Person.objects.active().select_for_update(no_key=True).filter(pk=person_id).exists()


def token_digest(value: str) -> str:
    """Tokens are 256 random bits, so one round of SHA-256 is as good as many."""
    return hashlib.sha256(value.encode()).hexdigest()


_TOKEN_COLUMNS = [field.attname for field in Token._meta.concrete_fields]
_PERSON_COLUMNS = [field.attname for field in Person._meta.concrete_fields]
_TOKEN = Prepared(
    f"SELECT {', '.join([f'token.{x}' for x in _TOKEN_COLUMNS] + [f'person.{x}' for x in _PERSON_COLUMNS])} "
    f"FROM {Token._meta.db_table} AS token JOIN {Person._meta.db_table} AS person ON person.id = token.person_id "
    "WHERE token.digest = %(digest)s",
    digest="text",
)


def token_of(digest: str) -> Token | None:
    """The token with that digest and its person, in one query; None when it is unknown or revoked.

    Each API request begins here. Written by hand, because building the SQL with Django each time costs 0.4 ms of CPU,
    as much as the rest of a like.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TOKEN, {"digest": digest})
        row = cursor.fetchone()
    if row is None:
        return None
    token = Token.from_db(connection.alias, _TOKEN_COLUMNS, row[: len(_TOKEN_COLUMNS)])
    token.person = Person.from_db(connection.alias, _PERSON_COLUMNS, row[len(_TOKEN_COLUMNS) :])
    return token


class UncheckedToken(Exception):
    """A statement did not find a token as one that acts today; `token_of` finds out why."""


def person_for_token(value: str) -> Person | None:
    """The person who acts by this token; None when it is unknown or revoked, or they may not act."""
    token = token_of(token_digest(value))
    return token.person if token and not token.has_ended and token.person.is_active else None
