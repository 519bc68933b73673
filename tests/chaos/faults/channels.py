"""The other side of each channel: hanging, refusing, breaking off, saying yes too late."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from config.channels import CHANNELS
from tests.chaos.faults.fault import Fault, Happening, Note
from tests.chaos.world import World

# What a fake is told (bin.fakes.script). A mail server's 5xx refuses for good, which is no fault: so 4xx there.
ANSWERS = {
    "hangs": ("hang 30", "hang 30", "takes nothing"),
    "fails": ("500", "451", "answers that it failed"),
    "limits": ("429 2", "421", "answers that it is too much"),
    "resets": ("reset", "reset", "breaks off"),
    "late": ("late 13", "late 13", "takes it, and says so when the sender has given up"),
}


def _answers(channel: str, always: str) -> Happening:
    @asynccontextmanager
    async def happen(world: World, _dice: random.Random, note: Note) -> AsyncIterator[None]:
        await asyncio.to_thread(world.tell_fake, channel, always)
        try:
            yield
        finally:
            await asyncio.to_thread(world.tell_fake, channel, "ok")

    return happen


FAULTS = [
    Fault(
        f"{channel}-{name}",
        "channel",
        f"{channel}: the other side {what}",
        f"fake {channel}",
        _answers(channel, mail if channel == "email" else http),
        (5.0, 20.0),
    )
    for channel in CHANNELS
    for name, (http, mail, what) in ANSWERS.items()
]
