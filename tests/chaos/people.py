"""Who lives in the world: people with tokens, of whom some hear by mail, by push, by a webhook; and world.json."""

import asyncio
import hashlib
import json
import random
import urllib.request
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos.world import World

COUNT = 30
LOCKED = 5  # one in so many approves their followers
HOST = "example.org"
# For who hears: otherwise likes and shares of strangers would only be in the inbox.
EVERYTHING = [
    {"kind": kind, "channel": channel, "from_whom": "everyone"}
    for kind in ("like", "share")
    for channel in ("email", "push")
]


@dataclass
class Person:
    """`email`, `push` (the browser's id at the fake), `webhook` (the receiver's name there): "" where not used."""

    id: int
    username: str
    token: str
    email: str = ""
    push: str = ""
    webhook: str = ""
    endpoints: dict[str, int] = field(default_factory=dict)
    bells: list[str] = field(default_factory=list)
    locked: bool = False

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


async def settle_in(world: World, dice: random.Random) -> dict[str, Person]:
    """All of them, before anything goes wrong."""
    people = await asyncio.to_thread(_make, world, dice)
    for index, person in enumerate(people.values()):
        await asyncio.to_thread(_listen, world, person, index)
    return people


async def ring_for(world: World, person: Person, author: str) -> None:
    """A bell, for whom they follow."""
    await asyncio.to_thread(call, world, person, "PUT", f"people/{author}/bell/")
    person.bells.append(author)


def describe(world: World, people: dict[str, Person], posts: dict[int, str], folder: Path) -> None:
    """world.json, for whoever looks at what came of it. `posts`: who wrote each."""
    said = {
        "seed": world.plan.seed,
        "people": {name: asdict(person) for name, person in people.items()},
        "posts": posts,
        "urls": {
            "api": f"{world.url}/api/social/v1/",
            "database": world.urls["DATABASE_URL"],
            "redis": world.urls["REDIS_URL"],
        },
        "fakes": {
            "mails": f"{world.fakes_url}/mails.json",
            "push": f"{world.fakes_url}/push/{{id}}.json",
            "webhook": f"{world.fakes_url}/hooks/{{name}}",
        },
    }
    (folder / "world.json").write_text(json.dumps(said, indent=1))


def _make(world: World, dice: random.Random) -> dict[str, Person]:
    names = [f"p{number}" for number in range(1, COUNT + 1)]
    tokens = {name: f"sa_{dice.randbytes(24).hex()}" for name in names}
    truth = world.truth
    truth.rows(
        "INSERT INTO users_person "
        "(username, name, bio, email, password, is_superuser, is_staff, suspended_reason, locked) "
        "SELECT name, '', '', name || '@' || %s, '!', false, false, '', name = ANY(%s) FROM unnest(%s::text[]) AS name",
        [HOST, names[4::LOCKED], names],
    )
    ids = dict(truth.rows("SELECT username, id FROM users_person"))
    truth.rows(
        "INSERT INTO users_token (person_id, name, digest, last_used_on) "
        "SELECT person, 'chaos', digest, current_date FROM unnest(%s::bigint[], %s::text[]) AS t(person, digest)",
        [[ids[name] for name in names], [hashlib.sha256(tokens[name].encode()).hexdigest() for name in names]],
    )
    people = {name: Person(ids[name], name, tokens[name], locked=name in names[4::LOCKED]) for name in names}
    for person in list(people.values())[::3]:
        person.email = f"{person.username}@{HOST}"
    mailed = [person for person in people.values() if person.email]
    truth.rows(
        'INSERT INTO account_emailaddress (user_id, email, verified, "primary") '
        "SELECT person, email, true, true FROM unnest(%s::bigint[], %s::text[]) AS t(person, email)",
        [[person.id for person in mailed], [person.email for person in mailed]],
    )
    return people


def _listen(world: World, person: Person, index: int) -> None:
    """Every third hears by mail, by push, by a webhook; so some by two or by all."""
    if index % 3 == 1 or index % 6 == 0:
        said = json.load(urllib.request.urlopen(urllib.request.Request(f"{world.fakes_url}/push", method="POST")))
        person.push = said["endpoint"].rpartition("/")[2]
        made = call(world, person, "POST", "notifications/endpoints/push/", {**said, "name": "Chromium"})
        person.endpoints["push"] = made["id"]
    if index % 3 == 2 or index % 6 == 0:
        person.webhook = person.username
        address = f"{world.through('webhook')}/hooks/{person.webhook}"
        made = call(world, person, "POST", "notifications/endpoints/webhook/", {"name": "bot", "address": address})
        person.endpoints["webhook"] = made["id"]
        secret = urllib.request.Request(
            f"{world.fakes_url}/hooks/{person.webhook}", data=made["secret"].encode(), method="PUT"
        )
        urllib.request.urlopen(secret).close()
    if person.push or person.email:
        call(world, person, "PATCH", "notifications/preferences/", {"preferences": EVERYTHING})


def call(world: World, person: Person, method: str, path: str, body: Any = None) -> Any:
    """Ask the API as a person, while all is well."""
    request = urllib.request.Request(
        f"{world.url}/api/social/v1/{path}",
        data=json.dumps(body).encode() if body is not None else None,
        headers={**person.headers, "Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        text = answer.read()
        return json.loads(text) if text else None
