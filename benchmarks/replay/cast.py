"""The people and posts of a trace, made in bulk: accounts, a post for each target, a token for each actor."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from benchmarks.replay.trace import Event
from socialapp.counters import operations as counters
from socialapp.posts.sql import POSTS_OF_PERSON
from socialapp.users.queries import token_digest

PREFIX = "higgs_"
KEY = "replay"
TOKEN_NAME = "manage.py replay"  # noqa: S105  how it is called, not its value


@dataclass(frozen=True)
class Cast:
    """By the trace's numbers: each target's post, each actor's token."""

    posts: dict[int, int]
    tokens: dict[int, str]


@transaction.atomic
def make_cast(events: Sequence[Event]) -> Cast:
    """May be repeated: who and what is there already stays; tokens of earlier runs are revoked."""
    actors, targets = {event.actor for event in events}, {event.target for event in events}
    people = _make_people(actors | targets)
    posts = _make_posts({number: people[number] for number in targets})
    return Cast(posts, _make_tokens({number: people[number] for number in actors}))


def _make_people(numbers: Collection[int]) -> dict[int, int]:
    names = [f"{PREFIX}{number}" for number in sorted(numbers)]
    with connection.cursor() as cursor:
        cursor.execute(
            # A password that is no hash: nobody logs in.
            "INSERT INTO users_person (username, name, bio, email, password, is_superuser, is_staff, suspended_reason) "
            "SELECT name, '', '', '', '!', false, false, '' FROM unnest(%s::text[]) AS name "
            "ON CONFLICT (username) DO NOTHING",
            [names],
        )
        cursor.execute("SELECT username, id FROM users_person WHERE username = ANY(%s)", [names])
        return {int(name.removeprefix(PREFIX)): id_ for name, id_ in cursor.fetchall()}


def _make_posts(authors: dict[int, int]) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO posts_post (author_id, body, client_key) "
            "SELECT author, 'Post ' || number || ' of the replayed trace.', %s "
            "FROM unnest(%s::bigint[], %s::bigint[]) AS t(author, number) "
            "ON CONFLICT (author_id, client_key) WHERE client_key <> '' DO NOTHING RETURNING author_id",
            [KEY, list(authors.values()), list(authors)],
        )
        counters.change(POSTS_OF_PERSON, [(author, 1) for (author,) in cursor.fetchall()])
        cursor.execute(
            "SELECT author_id, id FROM posts_post WHERE client_key = %s AND author_id = ANY(%s)",
            [KEY, list(authors.values())],
        )
        post_of = dict(cursor.fetchall())
    return {number: post_of[author] for number, author in authors.items()}


def _make_tokens(people: dict[int, int]) -> dict[int, str]:
    tokens = {number: f"sa_{secrets.token_urlsafe(32)}" for number in people}
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM users_token WHERE name = %s AND person_id = ANY(%s)", [TOKEN_NAME, list(people.values())]
        )
        cursor.execute(
            # As if used today already, so that no request of the replay notes it.
            "INSERT INTO users_token (person_id, name, digest, last_used_on) "
            "SELECT person, %s, digest, (now() AT TIME ZONE 'UTC')::date "
            "FROM unnest(%s::bigint[], %s::text[]) AS t(person, digest)",
            [TOKEN_NAME, list(people.values()), [token_digest(tokens[number]) for number in people]],
        )
    return tokens
