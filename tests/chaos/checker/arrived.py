"""What came out of the house: read from the fakes, by endpoint."""

import json
import re
import urllib.request
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.checker.rows import Endpoint
from tests.chaos.checker.world import World

# Of what clients write: each post, reply and report has one in its words.
_KEY = re.compile(r"\b[a-z]\w*-\d+\b")
_MESSAGE_ID = re.compile(r"<delivery-(?:\w+-)?(\d+)@")


@dataclass(frozen=True)
class Arrival:
    """One that arrived, with the id by which a second of it is known: of a Message-ID, a webhook-id, a push's payload.

    `group` and `people` where it says so; `tag` and `topic` of a push; `at` (Unix seconds) of a mail. `keys`: those of
    texts whose words are in it.
    """

    id: int
    at: float = 0.0
    group: str = ""
    people: tuple[str, ...] = ()
    tag: str = ""
    topic: str = ""
    keys: tuple[str, ...] = ()


@dataclass
class Arrived:
    """By endpoint (its row's id). `refused`: what a receiver took for forged."""

    by_endpoint: dict[int, list[Arrival]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def times(self, endpoint: int) -> Counter[int]:
        """How often each came."""
        return Counter(arrival.id for arrival in self.by_endpoint.get(endpoint, []))


def read_arrived(world: World, endpoints: Iterable[Endpoint]) -> Arrived:
    """Raises OSError when a fake does not answer."""
    arrived = Arrived()
    endpoints = list(endpoints)
    mails = _get(world.fakes["mails"]) if any(endpoint.channel == "email" for endpoint in endpoints) else []
    for endpoint in endpoints:
        name = endpoint.address.rpartition("/")[2]
        if endpoint.channel == "email":
            found = [_mail(mail) for mail in mails if mail["to"] == endpoint.address]
        elif endpoint.channel == "push":
            found = [_push(said) for said in _get(world.fakes["push"].format(id=name))["messages"]]
        else:
            assert endpoint.channel == "webhook", endpoint
            said = _get(world.fakes["webhook"].format(name=name))
            found = list(_hooks(said))
            arrived.refused += [f"{endpoint.person}'s webhook: {why}" for why in said["refused"]]
        arrived.by_endpoint[endpoint.id] = found
    return arrived


def keys_in(words: str) -> tuple[str, ...]:
    """What may be keys of texts, each once."""
    return tuple(sorted(set(_KEY.findall(words))))


def _mail(said: dict[str, Any]) -> Arrival:
    from datetime import datetime
    from email.utils import parsedate_to_datetime

    headers = said["headers"]
    known = _MESSAGE_ID.match(headers["Message-ID"])
    at = datetime.fromisoformat(said["at"]) if "at" in said else parsedate_to_datetime(headers["Date"])
    words = f"{headers.get('Subject', '')} {said.get('text', '')}"
    return Arrival(int(known[1]) if known else 0, at.timestamp(), keys=keys_in(words))


def _push(said: dict[str, Any]) -> Arrival:
    return Arrival(int(said["id"]), tag=said["tag"], group=said["tag"], topic=said["topic"], keys=keys_in(str(said)))


def _hooks(said: dict[str, Any]) -> Iterable[Arrival]:
    """Each message once, in the order of the ids; again for each time that its id came."""
    for (id_, times), message in zip(said["times"].items(), said["messages"], strict=True):
        data = message["data"]
        people = tuple(person["username"] for person in data.get("people", []))
        known, keys = int(id_.removeprefix("msg_").rpartition("-")[2]), keys_in(str(data))
        arrival = Arrival(known, group=data.get("id", ""), people=people, keys=keys)
        yield from [arrival] * times


def _get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.load(answer)
