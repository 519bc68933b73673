"""Group commit: rows that threads want to store at the same time are stored by one statement and one commit.

A commit costs more than a row. A thread that finds nobody storing stores at once, so nothing waits while there is
little to do; what arrives meanwhile is stored by the next thread whose turn it is. There is no thread for it. This is
flat combining: Hendler, Incze, Shavit and Tzafrir, Flat Combining and the Synchronization-Parallelism Tradeoff (2010).
"""

import os
import threading
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from django.db import connection

Row = TypeVar("Row")
# How long a batch waits for a lock, such as that of a post which is being removed, before its rows go each alone.
PATIENCE = "SET LOCAL lock_timeout = '100ms';"
LARGEST_BATCH = 200


class _Entry(Generic[Row]):
    """A row that waits for its turn, and what storing it answered: None when it has to be stored alone."""

    __slots__ = ("answer", "is_taken", "row")

    def __init__(self, row: Row) -> None:
        self.row = row
        self.is_taken = False
        self.answer: tuple[Any, ...] | None = None


class GroupCommit(Generic[Row]):
    """Stores rows of one kind, in batches when several threads have one.

    `store_batch` stores some rows with one statement, waits for no lock longer than `PATIENCE`, and returns an answer
    for each in their order. When it fails, each thread calls `store_alone` for its own row, at the same time as the
    others: so a row that is wrong, or has to wait, harms no other one.
    """

    def __init__(
        self,
        store_batch: Callable[[Sequence[Row]], Sequence[tuple[Any, ...]]],
        store_alone: Callable[[Row], tuple[Any, ...]],
    ) -> None:
        self._store_batch = store_batch
        self._store_alone = store_alone
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._turn = threading.Lock()
        self._waiting: list[_Entry[Row]] = []

    def store(self, row: Row) -> tuple[Any, ...]:
        """Store a row, and return its answer once it is committed. Raises what `store_alone` raises.

        In a transaction of the caller it is stored alone, as a part of that.
        """
        if connection.in_atomic_block:
            return self._store_alone(row)
        entry = _Entry(row)
        self._waiting.append(entry)
        with self._turn:
            if not entry.is_taken:
                self._store_waiting()
        return entry.answer or self._store_alone(row)

    def _store_waiting(self) -> None:
        batch = self._waiting[:LARGEST_BATCH]
        del self._waiting[:LARGEST_BATCH]
        for entry in batch:
            entry.is_taken = True
        try:
            answers = self._store_batch([entry.row for entry in batch])
        except Exception:  # noqa: BLE001  each learns of its own error when it is stored alone
            return
        for entry, answer in zip(batch, answers, strict=True):
            entry.answer = answer
