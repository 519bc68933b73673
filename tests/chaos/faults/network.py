"""What happens between two processes: cut, slow, a black hole, answers lost."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.chaos.faults.fault import Fault, Happening, Note
from tests.chaos.links import Link
from tests.chaos.world import ENDS, World

LINKS = [
    *(f"{end}-{server}" for end in ENDS for server in ("postgres", "redis") if (end, server) != ("beat", "postgres")),
    *("email", "push", "webhook", "client-web", "client-live"),
]


def _on(name: str, kind: str) -> Happening:
    @asynccontextmanager
    async def happen(world: World, dice: random.Random, note: Note) -> AsyncIterator[None]:
        link = world.links[name]
        note.text = _begin(link, kind, dice)
        try:
            yield
        finally:
            link.heal()

    return happen


def _begin(link: Link, kind: str, dice: random.Random) -> str:
    match kind:
        case "cut":
            return f"{link.cut()} connections"
        case "slow":
            link.delay_s = dice.choice([0.05, 0.2, 1.0])
            return f"{link.delay_s} s"
        case "hole":
            link.hold()
        case "deaf":
            link.deaf = True
    return ""


WHAT = {
    "cut": ("connections are reset", (0.1, 1.0)),
    "slow": ("each piece is late", (4.0, 15.0)),
    "hole": ("nothing passes and nobody is told", (2.0, 22.0)),
    "deaf": ("requests arrive, answers are lost, then connections are reset", (0.5, 8.0)),
}
FAULTS = [
    Fault(f"{kind}-{name}", kind, f"{name}: {what}", f"link {name}", _on(name, kind), lasts_s)
    for kind, (what, lasts_s) in WHAT.items()
    for name in LINKS
]
