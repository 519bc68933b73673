"""What live streams cost: memory, the time of a message, and all of them coming back at once.

    .venv/bin/python -m benchmarks.live [--streams 8000] [--likes 500] [--rate 50]

Runs the product as `bin/up` starts it, on a folder and ports of its own; the listeners are in this process, on the
same machine.
"""

import argparse
import asyncio
import json
import os
import random
import resource
import signal
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlsplit

import aiohttp

from benchmarks.channels import shell
from tests.processes import processes
from tests.product import Product, running_product

# Everybody has a token and a post, and follows the first of them.
PEOPLE = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("INSERT INTO users_person (username, name, bio, email, password, is_staff, is_superuser, "
        "suspended_reason) SELECT 'p' || n, '', '', '', '!', false, false, '' FROM generate_series(1, {count}) n")
    cursor.execute("INSERT INTO users_token (person_id, name, digest) SELECT id, 'bench', "
        "encode(sha256(('sa_' || username)::bytea), 'hex') FROM users_person WHERE username LIKE 'p%%'")
    cursor.execute("INSERT INTO posts_post (author_id, body) SELECT id, 'Hello' FROM users_person "
        "WHERE username LIKE 'p%%' ORDER BY id")
    cursor.execute("INSERT INTO follows_follow (follower_id, followee_id) SELECT id, (SELECT id FROM users_person "
        "WHERE username = 'p1') FROM users_person WHERE username LIKE 'p%%' AND username <> 'p1'")
    cursor.execute("SELECT username, post.id FROM posts_post post JOIN users_person person ON person.id = author_id "
        "WHERE username LIKE 'p%%'")
    print("POSTS", json.dumps(dict(cursor.fetchall())))
    cursor.execute("ANALYZE")
"""
HELLO, INBOX, POSTS = b"event: hello", b"event: inbox", b"event: posts"


@dataclass
class Listener:
    """One open stream, by a token."""

    username: str
    host: str
    port: int
    on_event: Callable[[str, bytes], None]
    last_id: bytes = b""
    again_s: float | None = None  # as the goodbye asked
    task: asyncio.Task[None] | None = field(default=None)

    async def run(self) -> None:
        """Until the other side ends it."""
        reader, writer = await asyncio.open_connection(self.host, self.port)
        after = f"Last-Event-ID: {self.last_id.decode()}\r\n" if self.last_id else ""
        writer.write(
            f"GET /live/?entries=0 HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n"
            f"Authorization: Bearer sa_{self.username}\r\n{after}\r\n".encode()
        )
        event = b""
        try:
            while line := await reader.readline():
                if line.startswith(b"event:"):
                    event = line.strip()
                    self.on_event(self.username, event)
                elif event == b"event: bye" and line.startswith(b"data:"):
                    self.again_s = json.loads(line[5:])["again"] / 1_000
                elif line.startswith(b"id: "):
                    self.last_id = line[4:].strip()
        finally:
            writer.close()


class Crowd:
    """All of them, and when each last heard what."""

    def __init__(self, names: list[str], host: str, port: int) -> None:
        self.heard: dict[bytes, dict[str, float]] = {HELLO: {}, INBOX: {}, POSTS: {}}
        self.waiting: dict[str, asyncio.Future[float]] = {}
        self.rounds = 0
        self.listeners = [Listener(name, host, port, self.hear) for name in names]

    def hear(self, name: str, event: bytes) -> None:
        now = time.perf_counter()
        self.heard.setdefault(event, {})[name] = now
        if event == INBOX and (waiting := self.waiting.pop(name, None)):
            waiting.set_result(now)

    async def connect(self) -> float:
        """All at once. Seconds until the last has been greeted."""
        begun = time.perf_counter()
        self.heard[HELLO].clear()
        for listener in self.listeners:
            listener.task = asyncio.create_task(self._again_and_again(listener))
        await self._until_all(HELLO)
        return max(self.heard[HELLO].values()) - begun

    async def _again_and_again(self, listener: Listener) -> None:
        while True:
            with suppress(OSError):
                await listener.run()
            pause, listener.again_s = listener.again_s, None
            await asyncio.sleep(pause or random.uniform(0.05, 0.3))  # noqa: S311  no secret

    async def _until_all(self, event: bytes) -> None:
        deadline = time.perf_counter() + 120
        while time.perf_counter() < deadline:
            if len(self.heard[event]) == len(self.listeners):
                return
            await asyncio.sleep(0.02)
        raise TimeoutError(f"{len(self.heard[event])} of {len(self.listeners)} heard of it.")

    async def reach_all(self, event: bytes, cause: Callable[[], object]) -> float:
        """Seconds from the cause until the last of all has heard."""
        self.heard[event].clear()
        begun = time.perf_counter()
        await asyncio.to_thread(cause)
        await self._until_all(event)
        return max(self.heard[event].values()) - begun


def live_process(product: Product) -> int:
    """Its process id."""
    (found,) = (p.id for p in processes() if p.parent_id == product.process_id and "config.live" in p.command)
    return found


def seconds_until_gone(process_id: int) -> float:
    """Until a process has ended."""
    begun = time.perf_counter()
    while Path(f"/proc/{process_id}").exists():
        time.sleep(0.02)
    return time.perf_counter() - begun


def status_of(process_id: int) -> dict[str, int]:
    """Memory in KB, threads, and hundredths of a CPU second."""
    text = Path(f"/proc/{process_id}/status").read_text()
    values = {line.split(":")[0]: line.split()[1] for line in text.splitlines() if len(line.split()) > 1}
    ticks = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return {"rss": int(values["VmRSS"]), "threads": int(values["Threads"]), "cpu": int(ticks[11]) + int(ticks[12])}


async def likes(product: Product, crowd: Crowd, posts: dict[str, int], count: int, rate: int) -> list[float]:
    """Milliseconds from the moment a like was due until its author's stream tells of it. Open loop."""
    names = list(posts)[1:]
    lags: list[float] = []

    async def one(session: aiohttp.ClientSession, author: str, fan: str, due: float) -> None:
        heard: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        crowd.waiting[author] = heard
        route = f"{product.url}/api/social/v1/posts/{posts[author]}/like/"
        async with session.put(route, headers={"Authorization": f"Bearer sa_{fan}"}) as answer:
            assert answer.status == 201, await answer.text()
        lags.append((await asyncio.wait_for(heard, 30) - due) * 1_000)

    dice = random.Random(len(posts) + crowd.rounds)  # noqa: S311  seeded on purpose
    crowd.rounds += 1
    authors = dice.sample(names, min(count, len(names)))
    async with aiohttp.ClientSession() as session:
        begun = time.perf_counter()
        tasks = []
        for number, author in enumerate(authors):
            due = begun + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.append(asyncio.create_task(one(session, author, other(dice, names, author), due)))
        await asyncio.gather(*tasks)
    return lags


def other(dice: random.Random, names: list[str], name: str) -> str:
    """Somebody else: one's own likes notify no one."""
    while (found := dice.choice(names)) == name:
        pass
    return found


def told(title: str, lags: list[float]) -> None:
    cuts = quantiles(lags, n=100)
    print(
        f"{title}: p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms, most {max(lags):.1f} ms ({len(lags)} likes)",
        flush=True,
    )


async def measure(product: Product, chosen: argparse.Namespace) -> None:
    """All of it, printed as it is found."""
    posts: dict[str, int] = shell(product, PEOPLE.format(count=chosen.streams), "POSTS")
    port = int(json.loads((product.data / "embedded.json").read_text())["LIVE_PORT"])
    host = urlsplit(product.url).hostname or ""
    await _few(product, Crowd(list(posts)[:200], host, port), dict(list(posts.items())[:200]), chosen.rate)
    await asyncio.sleep(2)

    crowd = Crowd(list(posts), host, port)
    await _memory(product, crowd, chosen.streams)
    told(
        f"Like to event, {chosen.streams} streams, {chosen.rate}/s",
        await likes(product, crowd, posts, chosen.likes, chosen.rate),
    )
    took = await crowd.reach_all(POSTS, lambda: _post(product))
    print(f"One post to {chosen.streams} followers who listen: {took:.2f} s until the last has heard", flush=True)
    await _ends(product, crowd)
    told("Like to event, after that", await likes(product, crowd, posts, chosen.likes, chosen.rate))


async def _few(product: Product, crowd: Crowd, posts: dict[str, int], rate: int) -> None:
    """How fast likes arrive where few listen."""
    await crowd.connect()
    told("Like to event, 200 streams", await likes(product, crowd, posts, 199, rate))
    for listener in crowd.listeners:
        if listener.task:
            listener.task.cancel()


async def _memory(product: Product, crowd: Crowd, streams: int) -> None:
    """What it costs to listen, and to be idle."""
    before = status_of(live_process(product))
    took = await crowd.connect()
    await asyncio.sleep(5)
    after = status_of(live_process(product))
    print(f"{streams} streams: {(after['rss'] - before['rss']) / streams:.1f} KB each, "
          f"{after['rss'] / 1024:.0f} MB in all, {after['threads']} threads; all connected in {took:.1f} s, "
          f"{(after['cpu'] - before['cpu']) / 100:.1f} s of CPU", flush=True)  # fmt: skip
    idle = status_of(live_process(product))["cpu"]
    await asyncio.sleep(30)
    print(f"Idle: {(status_of(live_process(product))['cpu'] - idle) / 30:.1f} % of a core", flush=True)


def _post(product: Product) -> None:
    headers = {"Authorization": "Bearer sa_p1", "Content-Type": "application/json"}
    body = b'{"body": "To all of you"}'
    urllib.request.urlopen(urllib.request.Request(f"{product.url}/api/social/v1/posts/", body, headers)).close()


async def _ends(product: Product, crowd: Crowd) -> None:
    """How all come back after a crash, and after a stop that was announced."""
    old = live_process(product)
    took = await crowd.reach_all(HELLO, lambda: os.kill(old, signal.SIGKILL))
    cpu = status_of(live_process(product))["cpu"] / 100
    print(
        f"kill -9, and all come back within 0.3 s: {took:.1f} s until the last is greeted, {cpu:.1f} s of CPU",
        flush=True,
    )
    new = live_process(product)
    stopped = asyncio.create_task(asyncio.to_thread(seconds_until_gone, new))
    took = await crowd.reach_all(HELLO, lambda: os.kill(new, signal.SIGTERM))
    print(
        f"SIGTERM: it is gone in {await stopped:.1f} s; all are back, as they were asked to, in {took:.1f} s",
        flush=True,
    )


def main() -> None:
    """Prints figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=8_000)
    parser.add_argument("--likes", type=int, default=500)
    parser.add_argument("--rate", type=int, default=50)
    chosen = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with running_product("--no-demo") as product:
        asyncio.run(measure(product, chosen))


if __name__ == "__main__":
    main()
