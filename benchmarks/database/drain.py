"""How fast one worker process takes a backlog, as Celery runs it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.bench import CorrectnessError, Figure, Progress, Result, Settings
from benchmarks.channels import shell
from benchmarks.database.truth import arrivals, check, wait_until_empty
from benchmarks.http.sides import OURS, sides
from benchmarks.percentiles import middle
from benchmarks.systems.product import Socialapp, socialapp

TIMES, GROWTH = 10, 1.3


@dataclass(frozen=True)
class Backlog:
    """So many likes of so many posts. `goal` is in events a second."""

    name: str
    likes: int
    posts: int
    goal: int


SPREAD = Backlog("spread over 20,000 recipients", 40_000, 20_000, 20_000)
VIRAL = Backlog("of one viral post", 40_000, 1, 25_000)
SPREAD_QUICK = Backlog(SPREAD.name, 400, 200, SPREAD.goal)
VIRAL_QUICK = Backlog(VIRAL.name, 400, 1, VIRAL.goal)
PREPARE = "from benchmarks.database.likes import add_people\nadd_people({people})\nprint('DONE', 0)"
STORE = """from benchmarks.database.likes import store_and_wake
print('STORED', json.dumps(store_and_wake({likes}, first={first}, posts={posts}, lap={lap})))"""


class Drain:
    """Backlogs that one process of a Celery worker takes, with the threads that `bin/up` gives it.

    Each must be in inboxes once afterwards.
    """

    name = "drain"
    what = "events a second that one worker process delivers from a backlog"

    def run(self, settings: Settings, progress: Progress) -> Result:
        backlogs = (SPREAD_QUICK, VIRAL_QUICK) if settings.quick else (SPREAD, VIRAL)
        found: dict[str, list[float]] = {}
        with _one_worker(settings, progress) as stack:
            shell(stack.product, PREPARE.format(people=TIMES * max(each.likes for each in backlogs)), "DONE")
            turns = [(each, 1) for _ in range(settings.rounds) for each in backlogs]
            turns += [(each, TIMES) for each in backlogs]  # once: it takes ten times as long
            for number, (backlog, times) in enumerate(turns):
                progress.step(f"{times * backlog.likes:,} {backlog.name}", 0.1 + 0.85 * number / len(turns))
                rate = _rate(stack, backlog, times, number)
                found.setdefault(f"{backlog.name}, {times}", []).append(rate)
            findings = check(stack)
        return Result(_figures(backlogs, found), {"events_per_s": found, "audit": findings})


@contextmanager
def _one_worker(settings: Settings, progress: Progress) -> Iterator[Socialapp]:
    """In --quick the shared one, whose two workers are as good to see whether anything is lost."""
    if settings.quick:
        with sides(settings, progress, OURS) as (stack,):
            yield stack
    else:
        with socialapp(workers=1) as stack:
            yield stack


def _rate(stack: Socialapp, backlog: Backlog, times: int, turn: int) -> float:
    """Events a second, from waking the worker to the last commit. CorrectnessError when some are lost or doubled."""
    laps = backlog.likes * times // backlog.posts
    first = turn + 1 if backlog.posts == 1 else 1  # a post of its own, or people of their own
    code = STORE.format(likes=backlog.likes * times, first=first, posts=backlog.posts, lap=turn * laps)
    stored, woken_at = shell(stack.product, code, "STORED")
    wait_until_empty(stack)
    arrived = arrivals(stack, woken_at)
    if arrived.number != stored:
        raise CorrectnessError(f"{stored} likes {backlog.name} were accepted, and {arrived.number} are in inboxes.")
    return float(stored / (arrived.last_at - woken_at))


def _figures(backlogs: tuple[Backlog, ...], found: dict[str, list[float]]) -> list[Figure]:
    figures = []
    for each in backlogs:
        rate, spread = middle(found[f"{each.name}, 1"])
        more, _ = middle(found[f"{each.name}, {TIMES}"])
        goal = f"≥ {each.goal:,}"
        figures.append(
            Figure(f"drain {each.name}, one worker process", rate, "events/s", goal, rate >= each.goal, spread)
        )
        growth = rate / more if more else 1.0
        figures.append(
            Figure(f"drain {each.name}: time of each at {TIMES} × the backlog", growth, "×", f"≤ {GROWTH}",
                   growth <= GROWTH, note=f"{more:,.0f} events/s")
        )  # fmt: skip
    return figures
