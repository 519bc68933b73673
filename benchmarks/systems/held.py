"""Processes held to a share of a processor, by Linux' cgroups: as if each ran on a machine that is so slow."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

# Short, so that a process that used up its share is not away for long with what it has locked.
PERIOD_US = 20_000
_PLACES = (Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup"))  # version 1, version 2
_numbers = count()


@contextmanager
def held(process_ids: Sequence[int], share: float) -> Iterator[None]:
    """Together, they and what they start have this share of one processor. Raises OSError without root or cgroups."""
    root = next((place for place in _PLACES if place.exists()), _PLACES[-1])
    group = root / f"socialapp-{process_ids[0]}-{next(_numbers)}"
    group.mkdir()
    try:
        quota_us = round(share * PERIOD_US)
        if root == _PLACES[0]:
            (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
            (group / "cpu.cfs_quota_us").write_text(str(quota_us))
        else:
            (group / "cpu.max").write_text(f"{quota_us} {PERIOD_US}")
        for process_id in process_ids:
            _move(process_id, group)
        yield
    finally:
        while remaining := _inside(group):
            for process_id in remaining:
                _move(process_id, root)
        group.rmdir()


def _inside(group: Path) -> list[int]:
    return [int(line) for line in (group / "cgroup.procs").read_text().split()]


def _move(process_id: int, group: Path) -> None:
    """One that has ended meanwhile is left out."""
    try:
        (group / "cgroup.procs").write_text(str(process_id))
    except ProcessLookupError:
        return
