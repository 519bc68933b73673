"""Processes that die, and processes that hang."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.chaos.faults.fault import Fault, Happening, Note, again_and_again
from tests.chaos.processes import ROLES, SENDERS
from tests.chaos.world import World

WITH_CHILDREN = ("web", "worker", "postgres")


def _kill(name: str) -> Happening:
    def act(world: World, _dice: random.Random) -> str:
        return "killed" if world.crew.kill(name) else "not there"

    return again_and_again(act, 4.0)


def _kill_child(name: str) -> Happening:
    def act(world: World, dice: random.Random) -> str:
        return "killed" if world.crew.kill(name, child=dice.randrange(1_000)) else "not there"

    return again_and_again(act, 2.0)


def _hang(name: str) -> Happening:
    @asynccontextmanager
    async def happen(world: World, _dice: random.Random, note: Note) -> AsyncIterator[None]:
        with world.crew.stopped(name) as count:
            note.text = f"{count} processes"
            yield

    return happen


FAULTS = [
    *(Fault(f"kill-{name}", "kill", f"kill -9 of {name}", name, _kill(name), (0.5, 8.0)) for name in ROLES),
    *(
        Fault(f"kill-{name}-child", "kill", f"kill -9 of a child of {name}", name, _kill_child(name), (0.5, 8.0))
        for name in WITH_CHILDREN
    ),
    # Longer than PostgreSQL lets a transaction idle (15 s), than a lock is waited for (10 s), than most are patient.
    *(
        Fault(f"hang-{name}", "hang", f"{name} is stopped, and later goes on", name, _hang(name), (2.0, 22.0))
        for name in ("web", "live", "worker", *SENDERS, "beat", "postgres", "redis")
    ),
]
