"""Database queries for all streams at once: one thread, one connection."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Generic, ParamSpec, TypeVar

from django.db import connection

from socialapp.messaging.tasks import DATABASE_AWAY

T = TypeVar("T")
P = ParamSpec("P")


class Waiting(Generic[T]):
    """Items that gather until somebody takes them."""

    def __init__(self) -> None:
        self._items: set[T] = set()
        self._some = asyncio.Event()

    def add(self, *items: T) -> None:
        self._items.update(items)
        if self._items:
            self._some.set()

    async def take(self) -> set[T]:
        """Wait for items, and take all of them."""
        await self._some.wait()
        self._some.clear()
        items, self._items = self._items, set()
        return items


class Database:
    """One thread, one connection. Raises when the database is away; the next query connects again."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "database")

    def close(self) -> None:
        self._thread.shutdown()

    async def ask(self, query: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, partial(_asked, query, *args, **kwargs))


def _asked(query: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return query(*args, **kwargs)
    except DATABASE_AWAY:
        connection.close()
        raise
