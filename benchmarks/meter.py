"""What a stack uses: CPU seconds (user and system) and peak memory of each group of its processes.

Times of children that have ended are in those of their parents, once these have waited for them. What ends and is a
child of another group (a worker that is killed is a child of the supervisor) stays with its own group, as last seen.
Memory is PSS, in which a page that so many share counts for each its part; so groups can be added up.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import psutil

LOOK_EVERY_S = 1.0
WEIGH_EVERY = 5  # looks; the kernel walks through every page for it
OUTSIDE = ("fakes",)  # the world outside of the product: no part of what it uses

Groups = dict[str, list[int]]


@dataclass(frozen=True)
class Times:
    """Of one process, in seconds: its own, and that of children it has waited for."""

    parent_id: int
    own: float
    reaped: float


@dataclass(frozen=True)
class Usage:
    """Of a group: CPU seconds, and the most memory at once in MB (PSS)."""

    cpu_s: float
    memory_mb: float


class Meter:
    """`with Meter(stack.processes) as meter: …`, then `meter.usage()`."""

    def __init__(self, processes: Callable[[], Groups]) -> None:
        self._processes = processes
        # psutil's Process is equal to another by its id and its time of start: ids are used again.
        self._group: dict[psutil.Process, str] = {}
        self._last: dict[psutil.Process, Times] = {}
        self._gone: dict[str, float] = {}
        self._memory: dict[str, float] = {}
        self._before: dict[str, float] = {}
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._watch, name="meter", daemon=True)

    def __enter__(self) -> Self:
        self.look()
        self._before = self._totals()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self.look()
        self.weigh()

    def usage(self) -> dict[str, Usage]:
        """Of each group, from the beginning until now (or the end)."""
        if not self._ended.is_set():
            self.look()
        totals = self._totals()
        return {
            group: Usage(total - self._before.get(group, 0.0), self._memory.get(group, 0.0))
            for group, total in sorted(totals.items())
        }

    def look(self) -> None:
        """Take the times of all processes."""
        with self._lock:
            now: dict[psutil.Process, Times] = {}
            for group, process_ids in self._processes().items():
                for process_id in process_ids:
                    with suppress(psutil.NoSuchProcess):
                        process = psutil.Process(process_id)
                        now[process], self._group[process] = times(process), group
            for process in self._last.keys() - now.keys():
                self._bury(process)
            self._last = now

    def weigh(self) -> None:
        """Note memory, if it is more than ever before."""
        with self._lock:
            for group, process_ids in self._processes().items():
                total = sum(map(memory_mb, process_ids))
                self._memory[group] = max(self._memory.get(group, 0.0), total)

    def _bury(self, process: psutil.Process) -> None:
        """A process has ended: its times are in its parent's now, which is right if that is of the same group."""
        times, group = self._last[process], self._group[process]
        parents = {each.pid: self._group[each] for each in self._last}
        of_parent = parents.get(times.parent_id)
        if of_parent != group:
            used = times.own + times.reaped
            self._gone[group] = self._gone.get(group, 0.0) + used
            if of_parent is not None:
                self._gone[of_parent] = self._gone.get(of_parent, 0.0) - used

    def _totals(self) -> dict[str, float]:
        with self._lock:
            totals = dict(self._gone)
            for process, read in self._last.items():
                group = self._group[process]
                totals[group] = totals.get(group, 0.0) + read.own + read.reaped
            return totals

    def _watch(self) -> None:
        looks = 0
        while not self._ended.wait(LOOK_EVERY_S):
            self.look()
            if looks % WEIGH_EVERY == 0:
                self.weigh()
            looks += 1


def times(process: psutil.Process) -> Times:
    """What it has used so far. Raises NoSuchProcess when it has ended."""
    with process.oneshot():
        used = process.cpu_times()
        reaped = used.children_user + used.children_system
        return Times(process.ppid(), used.user + used.system, reaped)


def memory_mb(process_id: int) -> float:
    """PSS; 0 when it has ended, or when the kernel does not tell."""
    try:
        return float(psutil.Process(process_id).memory_full_info().pss) / 1_048_576
    except psutil.Error:
        return 0.0


def cpu_of_machine() -> float:
    """How busy all cores are, from 0 to 1, over a tenth of a second: is the machine quiet enough?"""
    return psutil.cpu_percent(0.1) / 100
