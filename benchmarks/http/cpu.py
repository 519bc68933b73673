"""Processor time of a like, from the request to the inbox row, of all processes; and peak memory."""

from typing import TYPE_CHECKING, Any

from benchmarks.bench import Figure, Progress, Result, Settings
from benchmarks.http.saturation import saturation
from benchmarks.http.sides import AS_IT_COMES, FLOOR, KEPT, OURS, sides
from benchmarks.http.trial import QUICK_S, trial
from benchmarks.meter import OUTSIDE, Meter, Usage
from benchmarks.percentiles import middle
from benchmarks.systems.system import Stack

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SECONDS = 15.0
PARTS = ("web", "worker", "postgres", "redis")
EQUAL_RATE = 50.0  # that the textbook as it comes carries with ease
HALF, FULL, EQUAL = "half of its saturation", "its saturation", f"{EQUAL_RATE:.0f}/s"
# The systems that are compared at each load.
LOADS = {HALF: (OURS, KEPT), FULL: (OURS, FLOOR), EQUAL: (OURS, KEPT, AS_IT_COMES)}
GOAL_TEXTBOOK, GOAL_FLOOR, GOAL_MS = 6.0, 1.1, 6.5

Run = dict[str, Any]
Runs = dict[str, dict[str, list[Run]]]  # by load and by side


class Cpu:
    """Each side at half of its own saturation or at all of it; then at one and the same rate. Idle processes count."""

    name = "cpu"
    what = "processor time per like of web, worker, PostgreSQL and Redis; peak memory"

    def run(self, settings: Settings, progress: Progress) -> Result:
        names = list(dict.fromkeys(name for load in LOADS.values() for name in load))
        runs: Runs = {load: {name: [] for name in of_load} for load, of_load in LOADS.items()}
        # One after the other: what a stack does when idle would be in the way of the one that is measured.
        with sides(settings, progress, *names) as stacks:
            stack_of = dict(zip(names, stacks, strict=True))
            for turn in range(settings.rounds):
                for load, of_load in runs.items():
                    for name, found in of_load.items():
                        progress.step(f"{name}, processor time at {load}", 0.2 + 0.8 * turn / settings.rounds)
                        rate = _rate(load, stack_of[name], settings, name)
                        found.append(_measure(stack_of[name], rate, settings))
        return Result(_figures(runs), {"runs": runs})

    def plot(self, axes: "Axes", raw: dict[str, Any]) -> None:
        from benchmarks.plots import spelled, stacked

        rows = {
            f"{name}, {load}": {part: _median(runs, part) for part in (*PARTS, "other")}
            for load, of_load in raw["runs"].items()
            for name, runs in of_load.items()
        }
        stacked(axes, rows, spelled)
        axes.set_title("Processor time of one like, from the request to the inbox row")


def _rate(load: str, stack: Stack, settings: Settings, name: str) -> float:
    if load == EQUAL:
        return EQUAL_RATE
    return saturation(stack, settings, name) / (2 if load == HALF else 1)


def _measure(stack: Stack, rate: float, settings: Settings) -> Run:
    """Milliseconds of processor time for each like, by part; and MB at most."""
    with Meter(stack.processes) as meter:
        found = trial(stack, rate=rate, seconds=QUICK_S if settings.quick else SECONDS)
    usage = {group: used for group, used in meter.usage().items() if group not in OUTSIDE}
    ms = {part: 1_000 * usage[part].cpu_s / found.offered.accepted for part in PARTS if part in usage}
    ms["other"] = 1_000 * sum(used.cpu_s for part, used in usage.items() if part not in PARTS) / found.offered.accepted
    return {"rate": rate, "ms": ms, "total_ms": sum(ms.values()), "memory_mb": _memory(usage), **found.summary()}


def _memory(usage: dict[str, Usage]) -> dict[str, float]:
    return {part: used.memory_mb for part, used in usage.items()}


def _median(runs: list[Run], part: str) -> float:
    return middle([run["ms"].get(part, 0.0) for run in runs])[0]


def _figures(runs: Runs) -> list[Figure]:
    times = _ratio(runs[HALF], KEPT, OURS)
    floor = _ratio(runs[FULL], OURS, FLOOR)
    found = [
        Figure("textbook (connections kept) ÷ ours, processor time per like", times[0], "×", f"≥ {GOAL_TEXTBOOK:.0f}",
               times[0] >= GOAL_TEXTBOOK, times[1], f"each at {HALF}"),
        Figure("ours ÷ floor, processor time per like", floor[0], "×", f"≤ {GOAL_FLOOR}", floor[0] <= GOAL_FLOOR,
               floor[1], f"each at {FULL}"),
    ]  # fmt: skip
    for load, of_load in runs.items():
        for name, each in of_load.items():
            total, spread = middle([run["total_ms"] for run in each])
            parts = ", ".join(f"{part} {_median(each, part):.2f}" for part in (*PARTS, "other"))
            goal, met = (f"≤ {GOAL_MS}", total <= GOAL_MS) if (load, name) == (EQUAL, OURS) else ("", None)
            found.append(Figure(f"{name}: processor time per like at {load}", total, "ms", goal, met, spread, parts))
    for load, name in ((HALF, OURS), (HALF, KEPT), (FULL, FLOOR)):
        each = runs[load][name]
        memory, spread = middle([sum(run["memory_mb"].values()) for run in each])
        parts = ", ".join(f"{part} {size:.0f}" for part, size in each[-1]["memory_mb"].items())
        found.append(Figure(f"{name}: peak memory (PSS) at {load}", memory, "MB", "", None, spread, parts))
    return found


def _ratio(runs: dict[str, list[Run]], above: str, below: str) -> tuple[float, tuple[float, float]]:
    pairs = zip(runs[above], runs[below], strict=True)
    return middle([a["total_ms"] / b["total_ms"] for a, b in pairs])
