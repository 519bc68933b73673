"""What one more worker adds: events a second of 1, 2 and 4 of them, each held to its own share of a processor.

Two workers and PostgreSQL take two processors. Held to a share, workers are as many machines that are as slow, and
PostgreSQL has what it needs. Then it is held, too; and then all that waits is of one recipient.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import asdict, dataclass

from benchmarks.bench import CannotRun, CorrectnessError, Figure, Progress, Result, Settings
from benchmarks.channels import shell
from benchmarks.database.drain import PREPARE, STORE
from benchmarks.database.truth import arrivals, check, wait_until_empty, waiting
from benchmarks.database.waits import Waits
from benchmarks.http.sides import OURS, sides
from benchmarks.meter import Meter
from benchmarks.percentiles import middle
from benchmarks.systems.held import held
from benchmarks.systems.product import Socialapp, socialapp

WORKERS, WORKERS_QUICK = (1, 2, 4), (1,)
LIKES, LIKES_QUICK = 40_000, 400
LAPS = 4  # likes of each post, where they are of many
# PostgreSQL takes more than twice what a worker takes: four of these leave it room on two cores.
SHARE, SHARE_OF_POSTGRES = 0.1, 0.4
GOAL = 3.6  # of the 4 that four would be
SCENES = {
    "to many": f"backlog of many recipients, a worker has {SHARE} of a core",
    "slow PostgreSQL": f"the same, PostgreSQL has {SHARE_OF_POSTGRES} of a core",
    "to one": "backlog of one recipient, PostgreSQL has what it needs",
}


@dataclass(frozen=True)
class Run:
    """Events a second; cores that were used; what sessions of PostgreSQL waited for."""

    rate: float
    cores: dict[str, float]
    waits: dict[str, float]


Runs = dict[str, dict[int, list[Run]]]  # by scene and number of workers


class Scale:
    """Each number of workers is a product of its own. Needs root, for shares."""

    name = "scale"
    what = "events a second of 1, 2 and 4 workers, each held to its own share of a processor"

    def run(self, settings: Settings, progress: Progress) -> Result:
        numbers = WORKERS_QUICK if settings.quick else WORKERS
        runs: Runs = {scene: {number: [] for number in numbers} for scene in SCENES}
        for place, number in enumerate(numbers):
            progress.step(f"{number} workers", place / len(numbers))
            with _workers(number, settings, progress) as stack:
                likes = LIKES_QUICK if settings.quick else LIKES
                shell(stack.product, PREPARE.format(people=likes), "DONE")
                for turn in range(settings.rounds + 1):  # the first one warms up
                    for scene, found in runs.items():
                        found[number].append(_drain(stack, scene, likes, turn))
                findings = check(stack)
            for found in runs.values():
                del found[number][0]
        raw = {scene: {number: [asdict(run) for run in each] for number, each in found.items()}
               for scene, found in runs.items()}  # fmt: skip
        return Result(_figures(runs), {"share": SHARE, "runs": raw, "audit": findings})


@contextmanager
def _workers(number: int, settings: Settings, progress: Progress) -> Iterator[Socialapp]:
    """Each with its share. Raises CannotRun."""
    own = sides(settings, progress, OURS) if settings.quick else nullcontext()
    with ExitStack() as ends, own as shared:
        stack: Socialapp = shared[0] if shared else ends.enter_context(socialapp(workers=number))
        try:
            for process_id in stack.messengers():
                ends.enter_context(held([process_id], SHARE))
        except OSError as error:
            raise CannotRun(f"processes cannot be held to a share here: {error}") from error
        yield stack


def _drain(stack: Socialapp, scene: str, likes: int, turn: int) -> Run:
    """From waking workers to the last commit. Processor time is that of all but the first moment."""
    posts = 1 if scene == "to one" else likes // LAPS
    place = list(SCENES).index(scene)
    first = likes // LAPS + 1 + turn if posts == 1 else 1  # a post of its own, or people of their own
    code = STORE.format(likes=likes, first=first, posts=posts, lap=LAPS * (len(SCENES) * turn + place))
    with _held_postgres(stack, scene):
        stored, woken_at = shell(stack.product, code, "STORED")
        left = waiting(stack)
        with Waits(stack.database_url) as waits, Meter(stack.processes) as meter:
            wait_until_empty(stack)
    arrived = arrivals(stack, woken_at)
    if arrived.number != stored:
        raise CorrectnessError(f"{stored} likes were accepted, and {arrived.number} are in inboxes.")
    rate, usage = stored / (arrived.last_at - woken_at), meter.usage()
    seconds = left / rate or 1.0
    return Run(rate, {name: usage[name].cpu_s / seconds for name in ("worker", "postgres")}, waits.shares())


def _held_postgres(stack: Socialapp, scene: str) -> AbstractContextManager[None]:
    if scene != "slow PostgreSQL":
        return nullcontext()
    return held(stack.processes()["postgres"], SHARE_OF_POSTGRES)


def _figures(runs: Runs) -> list[Figure]:
    figures = []
    for scene, found in runs.items():
        one = middle([run.rate for run in next(iter(found.values()))])[0]
        for number, each in found.items():
            rate, spread = middle([run.rate for run in each])
            name = f"{SCENES[scene]}: {number} worker{'s' if number > 1 else ''}"
            figures.append(Figure(name, rate, "events/s", "", None, spread, f"{rate / one:.2f} × one; {_of(each)}"))
        if scene == "to many" and number == max(WORKERS):
            ratio = rate / one
            figures.append(Figure(f"{number} workers ÷ 1", ratio, "×", f"≥ {GOAL}", ratio >= GOAL))
    return figures


def _of(runs: list[Run]) -> str:
    """What was busy, and what sessions of PostgreSQL waited for most."""
    cores = {name: middle([run.cores[name] for run in runs])[0] for name in runs[0].cores}
    waits = sorted(runs[-1].waits.items(), key=lambda each: -each[1])[:3]
    return ", ".join(
        [*(f"{name} {used:.2f} cores" for name, used in cores.items()),
         "sessions wait for " + ", ".join(f"{name} {share:.0%}" for name, share in waits)]
    )  # fmt: skip
