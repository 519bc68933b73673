"""What all of `bin/up` uses while nobody asks anything of it."""

import time

from benchmarks.bench import Figure, Progress, Result, Settings
from benchmarks.http.sides import OURS, sides
from benchmarks.meter import OUTSIDE, Meter
from benchmarks.percentiles import middle

SETTLE_S, SECONDS, QUICK_S = 20.0, 30.0, 2.0
GOAL_CORE, GOAL_MB = 2.0, 500


class Idle:
    """Some seconds after the last of a few likes. Without the demo people and the fakes, which no installation has."""

    name = "idle"
    what = "processor time and memory of all that bin/up starts, while nothing happens"

    def run(self, settings: Settings, progress: Progress) -> Result:
        seconds = QUICK_S if settings.quick else SECONDS
        runs = []
        with sides(settings, progress, OURS) as (stack,):
            time.sleep(QUICK_S if settings.quick else SETTLE_S)
            for turn in range(settings.rounds):
                progress.step("waiting", 0.3 + 0.7 * turn / settings.rounds)
                with Meter(stack.processes) as meter:
                    time.sleep(seconds)
                usage = {group: used for group, used in meter.usage().items() if group not in OUTSIDE}
                runs.append(
                    {
                        "core": {group: 100 * used.cpu_s / seconds for group, used in usage.items()},
                        "memory_mb": {group: used.memory_mb for group, used in usage.items()},
                    }
                )
        figures = [
            _figure("idle: processor, all of bin/up", "% of a core", GOAL_CORE, [run["core"] for run in runs]),
            _figure("idle: memory (PSS), all of bin/up", "MB", GOAL_MB, [run["memory_mb"] for run in runs]),
        ]
        return Result(figures, {"seconds": seconds, "runs": runs})


def _figure(name: str, unit: str, goal: float, runs: list[dict[str, float]]) -> Figure:
    value, spread = middle([sum(run.values()) for run in runs])
    parts = ", ".join(f"{group} {middle([run[group] for run in runs])[0]:.3g}" for group in runs[0])
    return Figure(name, value, unit, f"≤ {goal:g}", value <= goal, spread, parts)
