"""CPU per reaction, from the request to the inbox row, of all processes; and peak memory."""

from typing import TYPE_CHECKING, Any

from benchmarks.bench import Figure, Progress, Result, Settings
from benchmarks.http.saturation import saturation
from benchmarks.http.sides import AS_IT_COMES, FLOOR, KEPT, OURS, sides
from benchmarks.http.trial import QUICK_S, trial
from benchmarks.meter import Meter, Usage
from benchmarks.percentiles import middle
from benchmarks.systems.system import Stack

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SECONDS = 20.0
NAMES = (OURS, KEPT, FLOOR, AS_IT_COMES)
PARTS = ("web", "worker", "postgres", "redis")
# Not part of the road: the outside world of the product, which a yardstick has none of.
OUTSIDE = ("fakes",)
EQUAL_RATE = 50.0  # that the textbook as it comes carries with ease
GOAL_TEXTBOOK, GOAL_FLOOR = 6.0, 1.5

Run = dict[str, Any]


class Cpu:
    """Each side at half of its own saturation; then all at one and the same rate. Idle processes count, too."""

    name = "cpu"
    what = "CPU per reaction of web, worker, PostgreSQL and Redis; peak memory"

    def run(self, settings: Settings, progress: Progress) -> Result:
        names = NAMES[:3] if settings.quick else NAMES
        half: dict[str, list[Run]] = {name: [] for name in names}
        equal: dict[str, list[Run]] = {name: [] for name in names}
        # One after the other: what a stack does when idle would be in the way of the one that is measured.
        with sides(settings, progress, *names) as stacks:
            both = dict(zip(names, stacks, strict=True))
            rates = {name: saturation(stack, settings, name) / 2 for name, stack in both.items()}
            for turn in range(settings.rounds):
                for name, stack in both.items():
                    progress.step(f"{name}, CPU", 0.2 + 0.8 * turn / settings.rounds)
                    half[name].append(_measure(stack, rates[name], settings))
                    equal[name].append(_measure(stack, EQUAL_RATE, settings))
        return Result(_figures(half, equal), {"half": half, "equal": equal, "rates": rates})

    def plot(self, axes: "Axes", raw: dict[str, Any]) -> None:
        from benchmarks.plots import spelled, stacked

        rows = {name: {part: _median(runs, part) for part in (*PARTS, "other")} for name, runs in raw["half"].items()}
        stacked(axes, rows, spelled)
        axes.set_title("CPU for one reaction, from the request to the inbox row")


def _measure(stack: Stack, rate: float, settings: Settings) -> Run:
    """Milliseconds of CPU for each reaction, by part; and MB at most."""
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


def _figures(half: dict[str, list[Run]], equal: dict[str, list[Run]]) -> list[Figure]:
    times = _ratio(half, KEPT, OURS)
    floor = _ratio(half, OURS, FLOOR)
    found = [
        Figure("textbook (connections kept) ÷ ours, CPU per reaction", times[0], "×", f"≥ {GOAL_TEXTBOOK:.0f}",
               times[0] >= GOAL_TEXTBOOK, times[1], "each at half of its own saturation"),
        Figure("ours ÷ floor, CPU per reaction", floor[0], "×", f"≤ {GOAL_FLOOR}", floor[0] <= GOAL_FLOOR, floor[1],
               "each at half of its own saturation"),
    ]  # fmt: skip
    for at, sides_ in ((None, half), (EQUAL_RATE, equal)):
        for name, runs in sides_.items():
            total, spread = middle([run["total_ms"] for run in runs])
            where = "at half load" if at is None else f"at {at:.0f}/s"
            parts = ", ".join(f"{part} {_median(runs, part):.2f}" for part in (*PARTS, "other"))
            found.append(Figure(f"{name}: CPU s per 1,000 reactions, {where}", total, "s", "", None, spread, parts))
    for name, runs in half.items():
        memory, spread = middle([sum(run["memory_mb"].values()) for run in runs])
        parts = ", ".join(f"{part} {size:.0f}" for part, size in runs[-1]["memory_mb"].items())
        found.append(Figure(f"{name}: peak memory (PSS)", memory, "MB", "", None, spread, parts))
    return found


def _ratio(runs: dict[str, list[Run]], above: str, below: str) -> tuple[float, tuple[float, float]]:
    pairs = zip(runs[above], runs[below], strict=True)
    return middle([a["total_ms"] / b["total_ms"] for a, b in pairs])
