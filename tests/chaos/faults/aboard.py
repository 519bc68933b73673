"""What the injected module does: processes die at named points, clocks are off."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.chaos.faults.fault import Fault, Happening, Note
from tests.chaos.injected.plan import Crash
from tests.chaos.injected.points import POINTS
from tests.chaos.world import World

HOUR_S = 3_600


# Longer than a lock is waited for (10 s), than PostgreSQL lets a transaction idle (15 s), than clients are patient.
STALLS_S = (1.0, 6.0, 12.0, 17.0)


def _at(point: str, *, stalls: bool) -> Happening:
    """By chance at each passing, or at the first or fourth of each process."""

    @asynccontextmanager
    async def happen(world: World, dice: random.Random, note: Note) -> AsyncIterator[None]:
        chance, on = dice.choice([(0.05, 0), (0.3, 0), (0.0, 1), (0.0, 4)])
        crash = Crash(point, chance, on, dice.choice(STALLS_S) if stalls else 0.0)
        before = world.crashes(point)
        world.change_plan(crashes=(*world.plan.crashes, crash))
        try:
            yield
        finally:
            world.change_plan(crashes=tuple(other for other in world.plan.crashes if other != crash))
            note.text = f"{world.crashes(point) - before} times"

    return happen


def _clock_off(roles: tuple[str, ...], seconds: int) -> Happening:
    """The workers are killed, and come back with another clock; so again at the end."""

    @asynccontextmanager
    async def happen(world: World, _dice: random.Random, note: Note) -> AsyncIterator[None]:
        world.change_plan(clock={**world.plan.clock, **dict.fromkeys(roles, seconds)})
        _restart(world, roles)
        try:
            yield
        finally:
            world.change_plan(clock={role: off for role, off in world.plan.clock.items() if role not in roles})
            _restart(world, roles)

    return happen


def _restart(world: World, roles: tuple[str, ...]) -> None:
    for role in roles:
        world.crew.kill(role)


FAULTS = [
    *(
        Fault(
            f"{name}-{point.name}",
            name,
            f"{what} when {point.what}",
            f"point {point.name}",
            _at(point.name, stalls=name == "stall"),
            lasts_s,
        )
        for name, what, lasts_s in (("crash", "killed", (3.0, 12.0)), ("stall", "hangs", (2.0, 8.0)))
        for point in POINTS.values()
    ),
    *(
        Fault(
            f"clock-{name}-{way}",
            "clock",
            f"{name}: an hour {way}",
            f"clock {name}",
            _clock_off(roles, off),
            (8.0, 20.0),
        )
        for name, roles in (("worker", ("worker",)), ("senders", ("worker-outside",)))
        for way, off in (("fast", HOUR_S), ("slow", -HOUR_S))
    ),
]
