"""PostgreSQL and Redis: emptied, full, without room for one more connection."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import psycopg2
import redis

from tests.chaos.faults.fault import Fault, Note, again_and_again
from tests.chaos.world import World

HEAL_PATIENCE_S = 60


def _flush(world: World, _dice: random.Random) -> str:
    with suppress(redis.RedisError), world.truth.broker() as broker:
        broker.flushall()
        return "flushed"
    return "not there"


def _set_memory(world: World, limit: int) -> bool:
    with suppress(redis.RedisError), world.truth.broker() as broker:
        broker.config_set("maxmemory", limit)
        return True
    return False


def _give_memory_back(world: World) -> None:
    deadline = time.monotonic() + HEAL_PATIENCE_S
    while not _set_memory(world, 0) and time.monotonic() < deadline:
        time.sleep(0.2)


@asynccontextmanager
async def _redis_full(world: World, _dice: random.Random, note: Note) -> AsyncIterator[None]:
    note.text = "" if await asyncio.to_thread(_set_memory, world, 1) else "not there"
    try:
        yield
    finally:
        await asyncio.to_thread(_give_memory_back, world)


class _Slots:
    """Connections to PostgreSQL, as many as it gives."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.held: list[Any] = []

    def take(self) -> None:
        """All; and who has one loses it, so that they must ask for another."""
        with suppress(psycopg2.Error):
            while True:
                self.held.append(psycopg2.connect(self.url, connect_timeout=5, application_name="chaos"))
        with suppress(psycopg2.Error, IndexError), self.held[0].cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND application_name <> 'chaos'"
            )

    def let_go(self) -> None:
        for connection in self.held:
            with suppress(psycopg2.Error):
                connection.close()


@asynccontextmanager
async def _no_slots(world: World, _dice: random.Random, note: Note) -> AsyncIterator[None]:
    slots = _Slots(world.urls["DATABASE_URL"])

    async def take() -> None:
        while True:
            await asyncio.to_thread(slots.take)
            await asyncio.sleep(0.2)

    task = asyncio.create_task(take())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0.3)  # a thread may be taking one still
        note.text = f"{len(slots.held)} taken"
        await asyncio.to_thread(slots.let_go)


def _switch_log(world: World) -> str:
    with suppress(psycopg2.Error):
        for _ in range(4):
            world.truth.rows("SELECT pg_switch_wal() FROM (SELECT pg_logical_emit_message(true, 'chaos', 'x')) AS said")
        return "the log had room"
    return "the log too"


@asynccontextmanager
async def _disk_full(world: World, dice: random.Random, note: Note) -> AsyncIterator[None]:
    assert world.disk
    disk = world.disk
    await asyncio.to_thread(disk.fill)
    if dice.random() < 0.5:
        # The log wants a new segment, and has no room for it: PostgreSQL panics, and cannot even start again.
        note.text = await asyncio.to_thread(_switch_log, world)
    try:
        yield
    finally:
        await asyncio.to_thread(disk.free)


def _no_disk(world: World) -> str:
    return world.disk.reason if world.disk else "the world was made without a small disk"


FAULTS = [
    Fault("redis-flush", "redis", "FLUSHALL, again and again", "redis data", again_and_again(_flush, 2.0), (0.5, 8.0)),
    Fault("redis-full", "redis", "Redis has no memory left", "redis memory", _redis_full),
    Fault(
        "postgres-slots", "postgres", "PostgreSQL takes no more connections, and ends those it had", "slots", _no_slots
    ),
    Fault("disk-full", "postgres", "PostgreSQL's disk is full", "disk", _disk_full, (3.0, 10.0), _no_disk),
]
