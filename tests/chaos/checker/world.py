"""world.json and the files beside it: who lived there, where things are, what was done to the product."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos.record import Intention, Try


@dataclass(frozen=True)
class World:
    """`ids` and `tokens` by username; `posts`: who wrote each; `fakes`: addresses with {id} and {name} in them.

    `bells`: of whose new posts somebody hears outside. `locked`: who approves their followers, from the beginning on.
    """

    ids: dict[str, int]
    tokens: dict[str, str]
    posts: dict[int, str]
    api: str
    database: str
    fakes: dict[str, str] = field(default_factory=dict)
    bells: dict[str, tuple[str, ...]] = field(default_factory=dict)
    locked: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Disturbance:
    """A time (Unix seconds) in which something was done to the product."""

    fault: str
    begun_at: float
    ended_at: float


def read_world(folder: Path) -> World:
    """As the harness wrote it."""
    said: dict[str, Any] = json.loads((folder / "world.json").read_text())
    return World(
        ids={name: person["id"] for name, person in said["people"].items()},
        tokens={name: person["token"] for name, person in said["people"].items()},
        posts={int(post): author for post, author in said["posts"].items()},
        api=said["urls"]["api"].rstrip("/"),
        database=said["urls"]["database"],
        fakes=said.get("fakes", {}),
        bells={name: tuple(person.get("bells", ())) for name, person in said["people"].items()},
        locked=frozenset(name for name, person in said["people"].items() if person.get("locked")),
    )


def read_record(folder: Path) -> list[Intention]:
    """What clients wanted, in the order in which they began."""
    found = [_intention(json.loads(line)) for line in _lines(folder / "record.jsonl")]
    return sorted(found, key=lambda intention: (intention.begun_at, intention.n))


def read_disturbances(folder: Path) -> list[Disturbance]:
    """What the timeline says was done, and when."""
    said = (json.loads(line) for line in _lines(folder / "timeline.jsonl"))
    return [Disturbance(moment["fault"], moment["begun_at"], moment["ended_at"]) for moment in said]


def _intention(said: dict[str, Any]) -> Intention:
    return Intention(**{**said, "tries": [Try(**tried) for tried in said["tries"]]})


def _lines(path: Path) -> Iterator[str]:
    if path.exists():
        yield from filter(str.strip, path.read_text().splitlines())
