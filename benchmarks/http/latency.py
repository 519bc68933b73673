"""From accepted (the reaction's commit) to the inbox row's commit."""

from typing import TYPE_CHECKING, Any

from benchmarks.bench import Figure, Progress, Result, Settings
from benchmarks.http.saturation import saturation
from benchmarks.http.sides import KEPT, OURS, sides
from benchmarks.http.trial import QUICK_S, trial
from benchmarks.percentiles import middle, percentile
from benchmarks.systems.system import Stack

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SECONDS = 20.0
RATE = 100.0
AT_RATE, AT_HALF, TEXTBOOK = f"{OURS}, {RATE:.0f}/s", f"{OURS}, half of its saturation", f"{KEPT}, {RATE:.0f}/s"
GOALS = {AT_RATE: (8.0, 13.0), AT_HALF: (12.0, 40.0)}  # p50, p99 in ms
SHOWN = [0, *range(1, 100), 99.5, 99.9, 100]


class Latency:
    """At 100 a second, beside the textbook at the same; and at half of our own saturation."""

    name = "latency"
    what = "from accepted to the inbox row"

    def run(self, settings: Settings, progress: Progress) -> Result:
        seconds = QUICK_S if settings.quick else SECONDS
        roads: dict[str, list[list[float]]] = {AT_RATE: [], TEXTBOOK: [], AT_HALF: []}
        with sides(settings, progress, OURS, KEPT) as (ours, theirs):
            half = saturation(ours, settings, OURS) / 2
            for turn in range(settings.rounds):
                runs: list[tuple[str, Stack, float]] = [
                    (AT_RATE, ours, RATE), (TEXTBOOK, theirs, RATE), (AT_HALF, ours, half),
                ]  # fmt: skip
                for title, stack, rate in runs:
                    progress.step(title, 0.1 + 0.9 * turn / settings.rounds)
                    roads[title].append(trial(stack, rate=rate, seconds=seconds).road)
        curves = {
            title: [[1_000 * percentile(road, percent) for percent in SHOWN] for road in runs]
            for title, runs in roads.items()
        }
        figures = [figure for title, runs in roads.items() for figure in _figures(title, runs)]
        return Result(figures, {"percentiles": SHOWN, "ms": curves, "half_rate": half})

    def plot(self, axes: "Axes", raw: dict[str, Any]) -> None:
        from benchmarks.plots import curves

        of_each = {title: [middle(list(at))[0] for at in zip(*runs, strict=True)] for title, runs in raw["ms"].items()}
        curves(axes, raw["percentiles"], of_each)
        axes.set_title("From accepted to the inbox row")


def _figures(title: str, roads: list[list[float]]) -> list[Figure]:
    found = []
    for percent, goal in zip((50, 99), GOALS.get(title, (None, None)), strict=True):
        value, spread = middle([1_000 * percentile(road, percent) for road in roads])
        told = f"≤ {goal:.0f}" if goal else ""
        found.append(Figure(f"{title}: p{percent}", value, "ms", told, value <= goal if goal else None, spread))
    return found
