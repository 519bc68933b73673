"""Is the wait of who reacts the same at 1 request a second and at many?"""

from typing import TYPE_CHECKING, Any

from benchmarks.bench import Figure, Progress, Result, Settings
from benchmarks.http.saturation import saturation
from benchmarks.http.sides import OURS, sides
from benchmarks.http.trial import QUICK_S, trial
from benchmarks.percentiles import middle

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SECONDS = 10.0
PARTS = (0.1, 0.25, 0.5, 0.75)
TENTH, HALF = 0.1, 0.5
GOAL = 1.5


class Steady:
    """The API's p50 at rates from 1 a second to three quarters of saturation, in the same order each round."""

    name = "steady"
    what = "p50 of the API at a tenth of saturation and at half"

    def run(self, settings: Settings, progress: Progress) -> Result:
        parts = (TENTH, HALF) if settings.quick else PARTS
        seconds = QUICK_S if settings.quick else SECONDS
        with sides(settings, progress, OURS) as (stack,):
            most = saturation(stack, settings, OURS)
            rates = [1.0, *(most * part for part in parts)]
            runs: list[list[dict[str, Any]]] = []
            for turn in range(settings.rounds):
                runs.append([])
                for rate in rates:
                    progress.step(f"{rate:.0f} requests a second", 0.1 + 0.9 * turn / settings.rounds)
                    runs[-1].append(trial(stack, rate=rate, seconds=seconds).summary())
        tenth, half = (1 + parts.index(part) for part in (TENTH, HALF))
        ratio, spread = middle([run[half]["p50_ms"] / run[tenth]["p50_ms"] for run in runs])
        figures = [
            Figure("API p50 at half of saturation ÷ at its tenth", ratio, "×", f"≤ {GOAL}", ratio <= GOAL, spread)
        ]
        for n, rate in enumerate(rates):
            p50, spread = middle([run[n]["p50_ms"] for run in runs])
            p99, _ = middle([run[n]["p99_ms"] for run in runs])
            figures.append(Figure(f"API p50 at {rate:,.0f}/s", p50, "ms", "", None, spread, f"p99 {p99:.1f} ms"))
        return Result(figures, {"saturation": most, "rates": rates, "runs": runs})

    def plot(self, axes: "Axes", raw: dict[str, Any]) -> None:
        from benchmarks.plots import lines

        columns = list(zip(*raw["runs"], strict=True))
        of_each = {
            name: (raw["rates"], [middle([run[key] for run in column])[0] for column in columns])
            for name, key in (("p50", "p50_ms"), ("p99", "p99_ms"))
        }
        lines(axes, of_each, "{:,.0f}".format)
        axes.set_xlabel("likes a second")
        axes.set_title("Until a like is answered, from one a second on")
