"""The whole trace of a real network through HTTP, into inboxes."""

import random
import re
import time
from pathlib import Path

from benchmarks.bench import CorrectnessError, Figure, Progress, Result, Settings
from benchmarks.database.truth import arrivals, check, wait_until_empty
from benchmarks.http.sides import OURS, sides
from benchmarks.replay.trace import VERBS, read_trace
from benchmarks.systems.product import Socialapp
from config.env import CHECKOUT

SHARED_TRACE = CHECKOUT.parent / "shared" / "data" / "higgs-activity-quiet-days.txt.gz"
QUICK, MADE_UP, PEOPLE = 500, 200_000, 90_000
GOAL_PER_S = 800


class Replay:
    """`manage.py replay` of the trace, as fast as it goes; then the audit of all inboxes."""

    name = "replay"
    what = "the reactions of a real network through HTTP, accepted and delivered"

    def run(self, settings: Settings, progress: Progress) -> Result:
        trace = SHARED_TRACE if SHARED_TRACE.exists() else _made_up(settings.data / "trace.txt")
        limit = QUICK if settings.quick else None
        events = len(read_trace(trace, limit))
        with sides(settings, progress, OURS) as (stack,):
            progress.step(f"{events:,} reactions", 0.1)
            begun_at = time.time()
            accepted = _replay(stack, trace, events)
            wait_until_empty(stack)
            arrived = arrivals(stack, begun_at)
            progress.step("inboxes against the truth", 0.9)
            findings = check(stack)
        if accepted != events:
            raise CorrectnessError(f"Of {events} reactions of the trace, {events - accepted} were not accepted.")
        lost = findings["missing"] + findings["double"]
        seconds = arrived.last_at - arrived.first_accepted_at
        per_s = accepted / seconds
        source = "" if trace == SHARED_TRACE else "the real trace is not at hand: one of its shape"
        figures = [
            Figure("replay: accepted and delivered", per_s, "reactions/s", f"≥ {GOAL_PER_S}", per_s >= GOAL_PER_S,
                   note=source or f"{accepted:,} reactions in {seconds:.0f} s"),
            Figure("replay: missing or double", lost, "", "0", lost == 0),
        ]  # fmt: skip
        return Result(figures, {"accepted": accepted, "seconds": seconds, "audit": findings, "trace": trace.name})


def _replay(stack: Socialapp, trace: Path, limit: int) -> int:
    """How many were accepted. Raises CorrectnessError when the command fails."""
    done = stack.product.manage("replay", str(trace), "--limit", str(limit))
    found = re.search(r"accepted\s+([\d,]+)", done.stdout)
    if done.returncode or not found:
        raise CorrectnessError(f"The replay failed: {done.stdout}{done.stderr}"[-1_000:])
    return int(found[1].replace(",", ""))


def _made_up(path: Path) -> Path:
    """One of the same shape: few are told much, many a little."""
    dice = random.Random(7)  # noqa: S311  seeded on purpose
    with path.open("w") as file:
        for second in range(MADE_UP):
            actor, target = dice.randrange(PEOPLE), int(dice.paretovariate(0.7)) % PEOPLE
            file.write(f"{actor} {target} {second} {dice.choice(list(VERBS))}\n")
    return path
