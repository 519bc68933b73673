"""What a request costs while the broker is stopped or frozen, and whether all comes when it is back."""

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from benchmarks.bench import Figure, Progress, Result, Settings
from benchmarks.http.saturation import saturation
from benchmarks.http.sides import OURS, sides
from benchmarks.http.trial import QUICK_S, Trial, trial
from benchmarks.percentiles import middle
from benchmarks.systems.system import Stack

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SECONDS = 10.0
WELL, STOPPED, FROZEN = "well", "stopped", "frozen"
GOAL = 1.1


class Broker:
    """The API's p99 at half load, broker well, stopped, well, frozen; an error or a lost like is a CorrectnessError."""

    name = "broker"
    what = "API p99 with the broker stopped, and frozen"

    def run(self, settings: Settings, progress: Progress) -> Result:
        seconds = QUICK_S if settings.quick else SECONDS
        runs: dict[str, list[Trial]] = {WELL: [], STOPPED: [], FROZEN: []}
        ratios: dict[str, list[float]] = {STOPPED: [], FROZEN: []}
        with sides(settings, progress, OURS) as (stack,):
            rate = saturation(stack, settings, OURS) / 2
            for turn in range(settings.rounds):
                for how in (STOPPED, FROZEN):
                    progress.step(f"broker {how}", 0.1 + 0.9 * turn / settings.rounds)
                    for state in (WELL, how):
                        runs[state].append(trial(stack, rate=rate, seconds=seconds, during=_broker(stack, state)))
                    ratios[how].append(runs[how][-1].offered.p(99) / runs[WELL][-1].offered.p(99))
        raw = {state: [each.summary() for each in found] for state, found in runs.items()}
        return Result(_figures(runs, ratios), {"rate": rate, "ratios": ratios, "runs": raw})

    def plot(self, axes: "Axes", raw: dict[str, Any]) -> None:
        from benchmarks.plots import bars, spelled

        found = {f"broker {state}": middle([run["p99_ms"] for run in runs]) for state, runs in raw["runs"].items()}
        bars(axes, found, spelled)
        axes.set_title(f"API p99 at {raw['rate']:,.0f} likes a second; no errors, none lost")


def _broker(stack: Stack, state: str) -> AbstractContextManager[None]:
    return {WELL: nullcontext, STOPPED: stack.broker_stopped, FROZEN: stack.broker_frozen}[state]()


def _figures(runs: dict[str, list[Trial]], ratios: dict[str, list[float]]) -> list[Figure]:
    found = []
    for how, each in ratios.items():
        value, spread = middle(each)
        found.append(Figure(f"API p99, broker {how} ÷ well", value, "×", f"≤ {GOAL}", value <= GOAL, spread))
    for state, trials in runs.items():
        value, spread = middle([each.offered.p(99) for each in trials])
        found.append(Figure(f"API p99, broker {state}", value, "ms", "", None, spread))
    errors = sum(sum(each.offered.errors.values()) for trials in runs.values() for each in trials)
    found.append(Figure("errors, broker stopped or frozen", errors, "", "0", errors == 0))
    for how in ratios:
        value, spread = middle([each.delivered_after_s for each in runs[how]])
        found.append(Figure(f"broker {how}, then back: all delivered after", value, "s", "", None, spread))
    return found
