"""The highest rate at which a stack delivers what it accepts."""

from dataclasses import asdict, dataclass
from math import inf, sqrt
from typing import Any

from benchmarks.bench import Settings
from benchmarks.http.trial import Trial, trial
from benchmarks.systems.system import Stack

AT_ONCE = 32  # connections of the first, closed run: twice what the web has threads for
SEARCH_S = 8.0
STRIDE, STEP = 1.25, 1.06
TRIALS = 12
QUICK_RATE = 60.0


@dataclass(frozen=True)
class Attempt:
    """A rate, and how far behind it the stack was in the end: the seconds it would need for what was left."""

    rate: float
    seconds: float
    behind_s: float
    generator_core: float = 0.0  # how much of a core the load itself took: was it the limit?

    @property
    def kept_up(self) -> bool:
        """Who falls behind by two hundredths of what comes does not."""
        return self.behind_s <= 0.2 + self.seconds / 80


def attempt(stack: Stack, rate: float, seconds: float) -> tuple[Attempt, Trial]:
    """One run at a rate. What waits for an answer and what waits for delivery both count as behind."""
    found = trial(stack, rate=rate, seconds=seconds)
    core = found.offered.cpu_s / found.offered.wall_s
    return Attempt(rate, seconds, found.behind_s + found.backlog / rate, core), found


def saturation(stack: Stack, settings: Settings, side: str) -> float:
    """In requests a second; looked for once for each side (see `sides`), and known from then on."""
    known: dict[str, float] = settings.known.setdefault("saturation", {})
    if side not in known:
        known[side] = QUICK_RATE if settings.quick else search(stack)[0]
    return known[side]


def search(stack: Stack) -> tuple[float, list[Attempt]]:
    """Begins at what a closed loop got through, web and workers together; strides up or down, then halves the gap."""
    first = trial(stack, rate=None, seconds=SEARCH_S, connections=AT_ONCE)
    rate = first.offered.accepted / (first.offered.wall_s + first.delivered_after_s)
    attempts: list[Attempt] = []
    kept_up, fell_behind = 0.0, inf
    while fell_behind > kept_up * STEP and len(attempts) < TRIALS:
        tried, _ = attempt(stack, rate, SEARCH_S)
        attempts.append(tried)
        if tried.kept_up:
            kept_up = rate
        else:
            fell_behind = rate
        if not kept_up:
            rate /= STRIDE
        elif fell_behind == inf:
            rate *= STRIDE
        else:
            rate = sqrt(kept_up * fell_behind)
    return kept_up or rate, attempts


def told(attempts: list[Attempt]) -> list[dict[str, Any]]:
    """For the raw figures."""
    return [{**asdict(each), "kept_up": each.kept_up} for each in attempts]
