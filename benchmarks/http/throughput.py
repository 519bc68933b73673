"""Reactions a second, accepted and delivered, by all of a stack on this machine."""

from typing import TYPE_CHECKING, Any

from benchmarks.bench import Figure, Progress, Result, Settings
from benchmarks.http.saturation import STEP, Attempt, attempt, saturation, told
from benchmarks.http.sides import KEPT, OURS, sides
from benchmarks.http.trial import QUICK_S
from benchmarks.percentiles import middle
from benchmarks.systems.system import Stack

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STEADY_S = 60.0
GOAL_PER_S, GOAL_TIMES = 1_200, 8


class Throughput:
    """Each side's highest rate that it keeps up with for a minute; looked for anew each round, A B A B."""

    name = "throughput"
    what = "reactions a second, accepted and delivered"

    def run(self, settings: Settings, progress: Progress) -> Result:
        seconds = QUICK_S if settings.quick else STEADY_S
        rates: dict[str, list[float]] = {OURS: [], KEPT: []}
        attempts: dict[str, list[Attempt]] = {OURS: [], KEPT: []}
        with sides(settings, progress, OURS, KEPT) as stacks:
            start = {}
            for name, stack in zip(rates, stacks, strict=True):
                progress.step(f"{name}: looking for its highest rate", 0.05)
                start[name] = saturation(stack, settings, name)
            for turn in range(settings.rounds):
                for name, stack in zip(rates, stacks, strict=True):
                    progress.step(f"{name}, a minute at its limit", 0.1 + 0.9 * turn / settings.rounds)
                    rate = _steady(stack, start[name], seconds, attempts[name])
                    rates[name].append(rate)
                    # What it kept up with at once may not be its highest.
                    start[name] = rate * STEP if rate == start[name] else rate
        return Result(
            _figures(rates, max(each.generator_core for each in attempts[OURS])),
            {"rates": rates, "attempts": {name: told(each) for name, each in attempts.items()}},
        )

    def plot(self, axes: "Axes", raw: dict[str, Any]) -> None:
        from benchmarks.plots import bars

        found = {name: middle(rates) for name, rates in raw["rates"].items()}
        bars(axes, found, "{:,.0f}".format, (GOAL_PER_S, "goal"))
        axes.set_title("Reactions a second, accepted and delivered, for a minute")


def _steady(stack: Stack, rate: float, seconds: float, attempts: list[Attempt]) -> float:
    """The rate that it kept up with, beginning at `rate` and going down until it does."""
    while True:
        tried, _ = attempt(stack, rate, seconds)
        attempts.append(tried)
        if tried.kept_up:
            return rate
        rate /= STEP


def _figures(rates: dict[str, list[float]], generator_core: float) -> list[Figure]:
    ours, spread = middle(rates[OURS])
    theirs, their_spread = middle(rates[KEPT])
    times, times_spread = middle([a / b for a, b in zip(rates[OURS], rates[KEPT], strict=True)])
    return [
        Figure("reactions/s, accepted and delivered, for a minute", ours, "/s", f"≥ {GOAL_PER_S:,}", ours >= GOAL_PER_S,
               spread, f"the generator took {generator_core:.2f} of a core"),
        Figure("the same, textbook with connections kept", theirs, "/s", "", None, their_spread),
        Figure("times the textbook", times, "×", f"≥ {GOAL_TIMES}", times >= GOAL_TIMES, times_spread),
    ]  # fmt: skip
