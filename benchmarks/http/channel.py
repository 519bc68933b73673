"""What the API's callers feel of a channel that takes its time: nothing here, everything in the synchronous way."""

from typing import TYPE_CHECKING, Any

from benchmarks.bench import CorrectnessError, Figure, Progress, Result, Settings
from benchmarks.http.saturation import saturation
from benchmarks.http.sides import LOUD_OURS, OURS, POSTS_QUICK, SYNCHRONOUS, sides
from benchmarks.http.trial import QUICK_S, Trial, trial
from benchmarks.percentiles import middle
from benchmarks.systems.running import PEOPLE
from benchmarks.systems.warm import wait_until

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SECONDS, SYNCHRONOUS_S = 10.0, 8.0
SLOW_S = 2.0
TAKES_MS = (0, 50, 200, 2_000)
TAKES_MS_QUICK = (0, 50)
GOAL = 1.05
PATIENCE_S = 600.0  # of the client, so that the synchronous way may finish
LEFT = "SELECT count(*) FROM notifications_delivery WHERE state = 'waiting'"
SENT = "SELECT count(*) FROM notifications_delivery WHERE state = 'sent'"


class Channel:
    """The API's p99 at half load while webhooks and push take 2 s for each send, and while they take no time.

    Beside it the synchronous way, at half of its own saturation, whose service takes from 0 to 2,000 ms.
    """

    name = "channel"
    what = "API p99 when a channel takes 2 s for each send"

    def run(self, settings: Settings, progress: Progress) -> Result:
        ours = self._ours(settings, progress)
        theirs = self._theirs(settings, progress)
        ratio, spread = middle([slow / quick for quick, slow in zip(ours["instant"], ours["slow"], strict=True)])
        instant, instant_spread = middle(ours["instant"])
        slow, slow_spread = middle(ours["slow"])
        figures = [
            Figure("API p99, channel takes 2 s ÷ instant", ratio, "×", f"≤ {GOAL}", ratio <= GOAL, spread),
            Figure("API p99, channel instant", instant, "ms", "", None, instant_spread,
                   f"{ours['rate']:.0f}/s; one author in twenty hears by webhook and push"),
            Figure("API p99, channel takes 2 s", slow, "ms", "", None, slow_spread),
        ]  # fmt: skip
        zero, last = theirs["p99_ms"][0], theirs["p99_ms"][-1]
        figures.append(
            Figure(f"synchronous: API p99, service takes {theirs['takes_ms'][-1]:,} ms ÷ instant", last / zero, "×", "",
                   None)
        )  # fmt: skip
        for ms, p99 in zip(theirs["takes_ms"], theirs["p99_ms"], strict=True):
            note = f"{p99 / zero:,.0f} × that at 0 ms; {theirs['rate']:.0f}/s"
            figures.append(Figure(f"synchronous, service takes {ms:,} ms: API p99", p99, "ms", "", None, None, note))
        return Result(figures, {"ours": ours, "synchronous": theirs})

    def _ours(self, settings: Settings, progress: Progress) -> dict[str, Any]:
        seconds = QUICK_S if settings.quick else SECONDS
        posts = POSTS_QUICK if settings.quick else PEOPLE
        p99: dict[str, list[float]] = {"instant": [], "slow": []}
        with sides(settings, progress, LOUD_OURS) as (stack,):
            rate = saturation(stack, settings, LOUD_OURS) / 2
            sent_before = stack.ask(SENT)[0][0]
            for turn in range(settings.rounds):
                for name, how in (("instant", "ok"), ("slow", f"hang {SLOW_S:.0f}")):
                    progress.step(f"{OURS}, channels {name}", 0.05 + 0.6 * turn / settings.rounds)
                    stack.channels_answer(how)
                    p99[name].append(_p99(trial(stack, rate=rate, seconds=seconds, posts=posts)))
                stack.channels_answer("ok")
                progress.step(f"{OURS}, until all is sent", 0.05 + 0.6 * (turn + 0.9) / settings.rounds)
                wait_until(lambda: stack.ask(LEFT)[0][0] == 0)
            sent = stack.ask(SENT)[0][0] - sent_before
        if not sent:
            raise CorrectnessError("No channel sent anything, so nothing was compared.")
        return {"rate": rate, "sent": sent, **p99}

    def _theirs(self, settings: Settings, progress: Progress) -> dict[str, Any]:
        seconds = QUICK_S if settings.quick else SYNCHRONOUS_S
        takes_ms = TAKES_MS_QUICK if settings.quick else TAKES_MS
        found = []
        with sides(settings, progress, SYNCHRONOUS) as (stack,):
            rate = saturation(stack, settings, SYNCHRONOUS) / 2
            for n, ms in enumerate(takes_ms):
                progress.step(f"{SYNCHRONOUS}, service takes {ms} ms", 0.7 + 0.3 * n / len(takes_ms))
                stack.service_answers_after(ms / 1_000)
                found.append(_p99(trial(stack, rate=rate, seconds=seconds, timeout_s=PATIENCE_S)))
            stack.service_answers_after(0)
        return {"rate": rate, "takes_ms": list(takes_ms), "p99_ms": found, "seconds": seconds}

    def plot(self, axes: "Axes", raw: dict[str, Any]) -> None:
        from benchmarks.plots import lines, spelled

        theirs, ours = raw["synchronous"], raw["ours"]
        at = [max(ms, 1) for ms in theirs["takes_ms"]]
        both = [middle(ours[name])[0] for name in ("instant", "slow")]
        lines(axes, {SYNCHRONOUS: (at, theirs["p99_ms"]), OURS: ([1, 1_000 * SLOW_S], both)}, spelled)
        axes.set_xlabel("what each send takes (first: no time)")
        axes.set_title("API p99 when a channel is slow")


def _p99(found: Trial) -> float:
    return found.offered.p(99)
