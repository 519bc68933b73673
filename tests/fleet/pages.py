"""Pages of people that are open meanwhile: each shows by a live stream that its person was notified."""

import asyncio
import json
import random
import time
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp

# As docs/api.md asks of clients.
TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=45)


@dataclass
class Page:
    """What one person's app knows."""

    person: int
    last_id: str = ""
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    shown: asyncio.Event = field(default_factory=asyncio.Event)
    shown_at: float = 0.0

    async def hold(self, session: aiohttp.ClientSession) -> None:
        """Until cancelled: a stream that ends or is silent is followed by another one."""
        while True:
            again_s = random.uniform(0.5, 2.5)  # noqa: S311  spreads them
            with suppress(aiohttp.ClientError, OSError, TimeoutError):
                again_s = await self._read(session) or again_s
            await asyncio.sleep(again_s)

    async def _read(self, session: aiohttp.ClientSession) -> float | None:
        """Until it ends. When to come back, in seconds, if the server asked for that."""
        headers = {"Authorization": f"Bearer sa_{self.person}"}
        if self.last_id:
            headers["Last-Event-ID"] = self.last_id
        name = ""
        async with session.get("/live/", headers=headers, timeout=TIMEOUT) as answer:
            answer.raise_for_status()
            async for line in answer.content:
                kind, _, value = line.decode().strip().partition(": ")
                match kind, name:
                    case "event", _:
                        name = value
                    case "id", _:
                        self.last_id = value
                    case "data", "bye":
                        return float(json.loads(value)["again"] or 0) / 1_000
                    case "data", "hello":
                        self.opened.set()
                    case "data", "inbox" | "resync" if not self.shown.is_set():
                        self.shown_at = time.time()
                        self.shown.set()
        return None
