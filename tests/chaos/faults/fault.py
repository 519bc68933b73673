"""What a fault is: something done to the world for a while, and undone."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from tests.chaos.world import World


class Note:
    """What there is to say of it at the end."""

    def __init__(self) -> None:
        self.text = ""


Happening = Callable[[World, random.Random, Note], AbstractAsyncContextManager[None]]


def never(_world: World) -> str:
    """No reason to skip."""
    return ""


@dataclass(frozen=True)
class Fault:
    """`happen` is entered at its begin and left at its end. Two that touch the same never overlap.

    `family`: a run draws families in turn, and in each its faults in turn. `skipped` tells why it cannot be here.
    """

    name: str
    family: str
    what: str
    touches: str
    happen: Happening
    lasts_s: tuple[float, float] = (3.0, 12.0)
    skipped: Callable[[World], str] = never


def again_and_again(act: Callable[[World, random.Random], str], every_s: float) -> Happening:
    """Something that is over at once, and is done again every so many seconds."""

    @asynccontextmanager
    async def happen(world: World, dice: random.Random, note: Note) -> AsyncIterator[None]:
        said: list[str] = []

        async def repeat() -> None:
            while True:
                said.append(await asyncio.to_thread(act, world, dice))
                await asyncio.sleep(every_s * dice.uniform(0.5, 1.5))

        task = asyncio.create_task(repeat())
        try:
            yield
        finally:
            task.cancel()
            done = await asyncio.gather(task, return_exceptions=True)
            note.text = ", ".join(filter(None, said))
            if done and isinstance(done[0], Exception):
                note.text += f" ({type(done[0]).__name__}: {done[0]})".replace("\n", " ")

    return happen
