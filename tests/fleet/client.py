"""People who react over HTTPS, so many a second, each until it is accepted: `python -m tests.fleet.client FILE`.

FILE is JSON: url, address, certificate, rate, people and posts ({person: their post}), first, results. Of ten reactions
eight are likes, one is a like that is taken back, and one is a comment with an Idempotency-Key. Of some whose posts are
liked the pages are open. At SIGTERM no more begin; it ends when all that began are accepted and shown, or after
PATIENCE_S. Writes a `Reaction` for each.
"""

import asyncio
import json
import random
import signal
import ssl
import sys
import time
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from tests.fleet.pages import Page

# More than a proxy waits for a host that vanished.
ANSWER_S = 20
PATIENCE_S = 100
PAUSES_S = (0.2, 0.5, 1.0)
CONNECTIONS = 1_000
CALM_S = 0.5
# Of every so many seconds, the author of one post that is liked.
PAGE_EACH_S, PAGES = 3, 40


@dataclass
class Reaction:
    """What somebody wanted, and what came of it."""

    kind: str  # like, unlike or comment
    person: int
    post: int
    begun: float
    key: str = ""
    wait: float | None = None  # seconds until it was accepted
    made: int = 0  # the id of the comment
    shown: float | None = None  # seconds from then until an open page showed it, where there is one
    has_page: bool = False
    refused: list[str] = field(default_factory=list)  # why earlier tries were not


class At(AbstractResolver):
    """All names are at one address."""

    def __init__(self, address: str) -> None:
        self.address = address

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host=self.address, port=port, family=family, proto=0, flags=0)]

    async def close(self) -> None: ...


class People:
    """They react by the clock, however long earlier reactions take."""

    def __init__(self, wanted: dict[str, Any]) -> None:
        self.wanted = wanted
        self.began: list[Reaction] = []
        self.pages: dict[int, Page] = {}
        self.stopped = asyncio.Event()

    async def react(self) -> list[Reaction]:
        """Until SIGTERM."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.stopped.set)
        connector = aiohttp.TCPConnector(
            limit=CONNECTIONS,
            resolver=At(self.wanted["address"]),
            ssl=ssl.create_default_context(cafile=self.wanted["certificate"]),
        )
        timeout = aiohttp.ClientTimeout(total=ANSWER_S)
        async with aiohttp.ClientSession(self.wanted["url"], connector=connector, timeout=timeout) as self.session:
            holding = await self._open_pages()
            begun, under_way = time.monotonic(), set[asyncio.Task[None]]()
            for number in count():
                await asyncio.sleep(max(0.0, begun + number / self.wanted["rate"] - time.monotonic()))
                if self.stopped.is_set():
                    break
                task = asyncio.create_task(self._one(self.wanted["first"] + number))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            if under_way:
                _, late = await asyncio.wait(under_way, timeout=PATIENCE_S)
                for task in (*late, *holding):
                    task.cancel()
        return self.began

    async def _open_pages(self) -> list[asyncio.Task[None]]:
        step = max(1, round(self.wanted["rate"] * PAGE_EACH_S / 10)) * 10
        for number in (self.wanted["first"] + 1 + step * each for each in range(PAGES)):
            _, author, _ = self._who(number)
            self.pages[number] = Page(author)
        holding = [asyncio.create_task(page.hold(self.session)) for page in self.pages.values()]
        await asyncio.wait_for(asyncio.gather(*(page.opened.wait() for page in self.pages.values())), PATIENCE_S)
        return holding

    def _who(self, number: int) -> tuple[int, int, int]:
        """Who reacts, to which person and which post: to those of others in turn."""
        people, posts = self.wanted["people"], self.wanted["posts"]
        size = len(people)
        place = (number + 1 + number // size) % size
        return people[number % size], people[place], posts[place]

    async def _one(self, number: int) -> None:
        """The reaction of that number."""
        person, _, post = self._who(number)
        match number % 10:
            case 0:
                await self._until_accepted(Reaction("comment", person, post, time.time(), key=f"fleet-{number}"))
            case 5:
                await self._until_accepted(Reaction("like", person, post, time.time()))
                await asyncio.sleep(CALM_S)
                await self._until_accepted(Reaction("unlike", person, post, time.time()))
            case _:
                reaction = Reaction("like", person, post, time.time(), has_page=number in self.pages)
                await self._until_accepted(reaction)
                if page := self.pages.get(number):
                    await page.shown.wait()
                    reaction.shown = max(0.0, page.shown_at - reaction.begun - (reaction.wait or 0.0))

    async def _until_accepted(self, reaction: Reaction) -> None:
        """As a phone does that keeps what it could not send. docs/api.md: every request may be repeated."""
        self.began.append(reaction)
        while True:
            try:
                async with self._request(reaction) as answer:
                    body = await answer.read()
                    if answer.status in {200, 201, 204}:
                        reaction.wait = time.time() - reaction.begun
                        reaction.made = json.loads(body)["id"] if reaction.kind == "comment" else 0
                        return
                    reaction.refused.append(str(answer.status))
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                reaction.refused.append(type(error).__name__)
            pause = PAUSES_S[min(len(reaction.refused), len(PAUSES_S)) - 1]
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311  spreads them

    def _request(self, reaction: Reaction) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        post = f"/api/social/v1/posts/{reaction.post}"
        headers = {"Authorization": f"Bearer sa_{reaction.person}"}
        if reaction.kind == "comment":
            body = {"body": reaction.key}
            return self.session.post(
                f"{post}/comments/", json=body, headers={**headers, "Idempotency-Key": reaction.key}
            )
        method = "PUT" if reaction.kind == "like" else "DELETE"
        return self.session.request(method, f"{post}/like/", headers=headers)


if __name__ == "__main__":
    chosen = json.loads(Path(sys.argv[1]).read_text())
    reactions = asyncio.run(People(chosen).react())
    Path(chosen["results"]).write_text(json.dumps([asdict(each) for each in reactions]))
