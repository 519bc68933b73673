"""Inbox, badge, home feed and a post to many followers, with so many rows, and with ten times as many."""

from dataclasses import asdict, dataclass
from statistics import median

from benchmarks.bench import Figure, Progress, Result, Settings
from benchmarks.channels import shell
from benchmarks.database.posting import SESSIONS, Follower, post, seen_by_all
from benchmarks.database.seed import Range, grow
from benchmarks.database.truth import check, wait_until_empty
from benchmarks.http.sides import OURS, sides
from benchmarks.systems.product import Socialapp

ROWS, ROWS_QUICK, TIMES = 1_000_000, 3_000, 10
ROUNDS, ROUNDS_QUICK = 25, 2
POSTS, POSTS_QUICK = 30, 3
FOLLOWERS, FOLLOWERS_QUICK = 6, 2
GOALS_MS = {"inbox": 2.0, "badge": 2.0, "mark": 2.0}
# What reads of each followed person: held against a time with all rows. What else there is must not grow.
HOME_GOALS_MS = {"home, first page": 3.0, "home, page in the middle": 3.0, "home, all silent for a day": 15.0}
ANY_POST, VISIBLE_S, GROWTH = 1.2, 1.0, 1.3
COSTS = "from benchmarks.database.reading import costs\nprint('COSTS', json.dumps(costs({rounds})))"


@dataclass(frozen=True)
class Measured:
    """With one number of rows: what each read costs the database, what a post of star and one of small take."""

    reads: dict[str, dict[str, float]]
    star_ms: float
    small_ms: float
    visible_s: float


class Many:
    """The same questions, twice, in one product that grows."""

    name = "rows"
    what = "inbox, badge, home feed and a post to followers, with 1,000,000 rows of each and with 10,000,000"

    def run(self, settings: Settings, progress: Progress) -> Result:
        rows = ROWS_QUICK if settings.quick else ROWS
        with sides(settings, progress, OURS) as (stack,):
            progress.step(f"{rows:,} rows of each", 0.02)
            grow(stack.database_url, Range(1, rows))
            progress.step("reading and posting", 0.1)
            few = _measure(stack, rows, settings)
            progress.step(f"{TIMES * rows:,} rows of each", 0.15)
            grow(stack.database_url, Range(rows + 1, TIMES * rows))
            progress.step("reading and posting", 0.85)
            many = _measure(stack, rows, settings)
            progress.step("inboxes against the truth", 0.9)
            wait_until_empty(stack)
            findings = check(stack)
        return Result(_figures(few, many), {"rows": rows, "few": asdict(few), "many": asdict(many), "audit": findings})


def _measure(stack: Socialapp, rows: int, settings: Settings) -> Measured:
    quick = settings.quick
    reads = shell(stack.product, COSTS.format(rounds=ROUNDS_QUICK if quick else ROUNDS), "COSTS")
    count = FOLLOWERS_QUICK if quick else FOLLOWERS
    found = shell(stack.product, SESSIONS.format(most=rows, count=count), "SESSIONS")
    followers = [Follower(*each) for each in found]
    took: dict[str, list[float]] = {"star": [], "small": []}
    seen: list[float] = []
    for number in range(POSTS_QUICK if quick else POSTS):
        for username, times in took.items():
            posted = post(stack, username, f"Number {number} of {username}, {len(followers)} look at it")
            times.append(posted.took_s)
            if username == "star" and number % 3 == 0:
                seen.append(seen_by_all(stack, posted, followers))
    return Measured(reads, 1_000 * median(took["star"]), 1_000 * median(took["small"]), median(seen))


def _figures(few: Measured, many: Measured) -> list[Figure]:
    return [*_reads(few, many), *_posts(few, many)]


def _reads(few: Measured, many: Measured) -> list[Figure]:
    figures = []
    for name, cost in few.reads.items():
        goal = GOALS_MS.get(name.split(",")[0].split()[0])
        value, grown = _total(cost), _total(many.reads[name])
        wanted, met = (f"≤ {goal:g}", value <= goal) if goal else ("", None)
        note = (
            f"{cost['execution_ms']:.2f} executing, {cost['planning_ms']:.2f} planning {cost['statements']} statements"
        )
        figures.append(Figure(f"{name}: database time", value, "ms", wanted, met, note=note))
        if wanted_of_all := HOME_GOALS_MS.get(name):
            figures.append(
                Figure(f"{name}: database time at {TIMES} × the rows", grown, "ms", f"≤ {wanted_of_all:g}",
                       grown <= wanted_of_all)
            )  # fmt: skip
            continue
        ratio = grown / value
        figures.append(
            Figure(f"{name}: at {TIMES} × the rows", ratio, "×", f"≤ {GROWTH}", ratio <= GROWTH, note=f"{grown:.2f} ms")
        )
    return figures


def _total(cost: dict[str, float]) -> float:
    return cost["planning_ms"] + cost["execution_ms"]


def _posts(few: Measured, many: Measured) -> list[Figure]:
    ratio, growth = few.star_ms / few.small_ms, many.star_ms / few.star_ms
    return [
        Figure("post to all followers ÷ post to two", ratio, "×", f"≤ {ANY_POST}", ratio <= ANY_POST,
               note=f"{few.star_ms:.1f} and {few.small_ms:.1f} ms, p50"),
        Figure(f"post to all followers: at {TIMES} × the rows", growth, "×", f"≤ {GROWTH}", growth <= GROWTH,
               note=f"{many.star_ms:.1f} ms, p50"),
        Figure("until inbox and home of sampled followers show it", few.visible_s, "s", f"≤ {VISIBLE_S:g}",
               few.visible_s <= VISIBLE_S, note="as fast as their pages can be fetched, 4 at once"),
        Figure(f"the same: at {TIMES} × the rows", many.visible_s / few.visible_s, "×", f"≤ {GROWTH}",
               many.visible_s <= GROWTH * few.visible_s, note=f"{many.visible_s:.2f} s"),
    ]  # fmt: skip
