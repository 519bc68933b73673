"""Processes that die, and processes that hang."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.chaos.faults.fault import Fault, Happening, Note, again_and_again
from tests.chaos.processes import ROLES
from tests.chaos.world import World

# One among several is harmed: a child, or one of two workers.
SEVERAL = {"web-child": "web", "one-worker": "worker", "postgres-child": "postgres"}


def _kill(name: str) -> Happening:
    def act(world: World, _dice: random.Random) -> str:
        return "killed" if world.crew.kill(name) else "not there"

    return again_and_again(act, 4.0)


def _kill_one(name: str) -> Happening:
    def act(world: World, dice: random.Random) -> str:
        return "killed" if world.crew.kill_one(name, dice.randrange(1_000)) else "not there"

    return again_and_again(act, 2.0)


def _hang(name: str) -> Happening:
    @asynccontextmanager
    async def happen(world: World, _dice: random.Random, note: Note) -> AsyncIterator[None]:
        with world.crew.stopped(world.crew.members(name)) as count:
            note.text = f"{count} processes"
            yield

    return happen


def _hang_one(name: str) -> Happening:
    @asynccontextmanager
    async def happen(world: World, dice: random.Random, _note: Note) -> AsyncIterator[None]:
        with world.crew.stopped(world.crew.one(name, dice.randrange(1_000))):
            yield

    return happen


FAULTS = [
    *(Fault(f"kill-{name}", "kill", f"kill -9 of {name}", name, _kill(name), (0.5, 8.0)) for name in ROLES),
    *(
        Fault(f"kill-{what}", "kill", f"kill -9 of one process of {name}", name, _kill_one(name), (0.5, 8.0))
        for what, name in SEVERAL.items()
    ),
    # Longer than PostgreSQL lets a transaction idle (15 s), than a lock is waited for (10 s), than most are patient.
    *(
        Fault(f"hang-{name}", "hang", f"{name} is stopped, and later goes on", name, _hang(name), (2.0, 22.0))
        for name in ROLES
    ),
    Fault(
        "hang-one-worker",
        "hang",
        "one of two workers is stopped, and later goes on",
        "worker",
        _hang_one("worker"),
        (2.0, 22.0),
    ),
]
