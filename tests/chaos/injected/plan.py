"""CHAOS_PLAN: what is to happen aboard. A file, so that it can be changed while the product runs."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Crash:
    """Kill -9 at a point (`points.POINTS`): by chance at each passing, or on the n-th passing of a process.

    With `stall_s` it is not killed, and hangs there for so long, or until the plan no longer says so. With `process_id`
    only that one is meant.
    """

    point: str
    chance: float = 0.0
    on: int = 0
    stall_s: float = 0.0
    process_id: int = 0


@dataclass(frozen=True)
class Plan:
    """`links`: for each role, the ports of loopback that lead to "postgres" and "redis". `clock`: seconds off, by role.

    `crashes` is looked at again at each passing; the rest when a process starts. `mutant` is a module of
    tests.chaos.mutants.
    """

    seed: int = 0
    links: dict[str, dict[str, int]] = field(default_factory=dict)
    doubled: float = 0.05
    clock: dict[str, int] = field(default_factory=dict)
    crashes: tuple[Crash, ...] = ()
    mutant: str = ""

    def write(self, path: Path) -> None:
        """Whole, whoever reads it meanwhile."""
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(asdict(self), indent=1))
        draft.rename(path)


def read(path: Path) -> Plan:
    """What was written last."""
    said: dict[str, Any] = json.loads(path.read_text())
    return Plan(**{**said, "crashes": tuple(Crash(**crash) for crash in said.get("crashes", ()))})


class Watched:
    """The plan as it is now; read again only when it changed."""

    def __init__(self) -> None:
        self.path = Path(os.environ["CHAOS_PLAN"])
        self._stamp = 0
        self._plan = Plan()

    @property
    def plan(self) -> Plan:
        stamp = self.path.stat().st_mtime_ns
        if stamp != self._stamp:
            self._stamp, self._plan = stamp, read(self.path)
        return self._plan
