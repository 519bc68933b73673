"""Live streams held open as browsers hold them: resumed where they broke, after a pause."""

import asyncio
import json
import random
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.chaos.people import Person

SILENCE_S = 45.0  # as docs/api.md asks of clients


@dataclass
class Stream:
    """What one person's browser shows. `unread` is the last number that it was told."""

    person: Person
    url: str
    unread: int | None = None
    last_id: str = ""
    opened: int = 0
    told: int = 0

    async def hold(self, dice: random.Random) -> None:
        """Until cancelled."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=SILENCE_S)
        async with aiohttp.ClientSession(headers=self.person.headers, timeout=timeout) as session:
            while True:
                again_s = dice.uniform(0.5, 2.5)
                with suppress(aiohttp.ClientError, OSError, TimeoutError):
                    again_s = await self._read(session) or again_s
                await asyncio.sleep(again_s)

    async def _read(self, session: aiohttp.ClientSession) -> float | None:
        """Until it ends. When to come back, in seconds, if it said so."""
        headers = {"Last-Event-ID": self.last_id} if self.last_id else {}
        async with session.get(f"{self.url}/live/", headers=headers) as answer:
            if answer.status != 200:
                return None
            self.opened += 1
            name = ""
            async for raw in answer.content:
                kind, _, value = raw.decode().strip().partition(":")
                value = value.strip()
                if kind == "event":
                    name = value
                elif kind == "id":
                    self.last_id = value
                elif kind == "data" and name == "bye":
                    return float(json.loads(value)["again"] or 0) / 1_000
                elif kind == "data":
                    self._hear(json.loads(value))
        return None

    def _hear(self, said: dict[str, Any]) -> None:
        self.told += 1
        self.unread = said.get("unread", self.unread)
