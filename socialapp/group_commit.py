"""Group commit: rows that threads want to store at the same time are stored by one statement and one commit.

A commit costs more than a row. A thread that comes while no other stores does so at once, so nothing waits while there
is little to do; what arrives meanwhile is stored by the next thread whose turn it is. No thread exists for it. It is
flat combining: Hendler, Incze, Shavit and Tzafrir, Flat Combining and the Synchronization-Parallelism Tradeoff (2010).
"""

import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Generic, TypeVar

from django.db import connection

Row = TypeVar("Row")
# How long a batch waits for a lock, such as that of a post which is being removed, before its rows go each alone.
PATIENCE = "SET LOCAL lock_timeout = '100ms';"
LARGEST_BATCH = 200
# Seconds that a row waits for its turn before it goes alone, and for how long all go alone after that, or a failure.
LONGEST_WAIT = 1.0
PAUSE = 1.0


class _Entry(Generic[Row]):
    """A row that waits for its turn, and what storing it answered: None when it has to be stored alone."""

    __slots__ = ("answer", "row")

    def __init__(self, row: Row) -> None:
        self.row = row
        self.answer: tuple[Any, ...] | None = None


class GroupCommit(Generic[Row]):
    """Stores rows of one kind, in batches when several threads have one.

    `store_batch` stores some rows with one statement, waits for no lock longer than `PATIENCE`, and returns an answer
    for each in their order. When it fails, each thread calls `store_alone` for its own row, at the same time as the
    others: so a row that is wrong, or has to wait, harms no other one. For a moment there are no batches then, as the
    next one might meet the same lock. Nor does a row wait for long behind a batch that it is not in.
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
        # The thread that removes an entry owns it: one call, so that no two threads take the same one.
        self._waiting: list[_Entry[Row]] = []
        self._alone_until = 0.0

    def store(self, row: Row) -> tuple[Any, ...]:
        """Store a row, and return its answer once it is committed. Raises what `store_alone` raises.

        In a transaction of the caller it is stored alone, as a part of that.
        """
        if connection.in_atomic_block or time.monotonic() < self._alone_until:
            return self._store_alone(row)
        entry = _Entry(row)
        self._waiting.append(entry)
        while not self._turn.acquire(timeout=LONGEST_WAIT):
            if self._take_back(entry):
                self._pause()
                return self._store_alone(row)
        try:
            while entry in self._waiting:
                self._store_waiting()
        finally:
            self._turn.release()
        return entry.answer or self._store_alone(row)

    def _store_waiting(self) -> None:
        batch: list[_Entry[Row]] = []
        with suppress(IndexError):
            while len(batch) < LARGEST_BATCH:
                batch.append(self._waiting.pop(0))
        try:
            answers = self._store_batch([entry.row for entry in batch])
        except Exception:  # noqa: BLE001  each learns of its own error when it is stored alone
            self._pause()
            connection.close_if_unusable_or_obsolete()  # a row stored alone is not lost with it
            return
        for entry, answer in zip(batch, answers, strict=True):
            entry.answer = answer

    def _take_back(self, entry: _Entry[Row]) -> bool:
        """Whether the entry was still waiting. It no longer is."""
        try:
            self._waiting.remove(entry)
        except ValueError:
            return False
        return True

    def _pause(self) -> None:
        self._alone_until = time.monotonic() + PAUSE
