"""Processor time of a comment, a follow and a post, beside a like at the same rate."""

import json
from collections.abc import Iterator
from itertools import islice

from benchmarks.bench import CorrectnessError, Figure, Progress, Result, Settings
from benchmarks.database.truth import check, wait_until_empty
from benchmarks.http.sides import OURS, sides
from benchmarks.http.trial import QUICK_S
from benchmarks.load import offer
from benchmarks.meter import OUTSIDE, Meter
from benchmarks.percentiles import middle
from benchmarks.systems.product import Socialapp
from benchmarks.systems.system import Request

RATE, SECONDS = 100.0, 10.0
GOAL = 2.0
API = "/api/social/v1"
NAMES = "SELECT id, username FROM users_person"


class Activities:
    """By turns, each until no message waits. Everybody acts on the post, or the account, of somebody else."""

    name = "activities"
    what = f"processor time of a comment, a follow and a post, beside a like, {RATE:.0f} a second of each"

    def run(self, settings: Settings, progress: Progress) -> Result:
        number = round(RATE * (QUICK_S if settings.quick else SECONDS))
        with sides(settings, progress, OURS) as (stack,):
            kinds = requests_of(stack, settings.rounds * number)
            ms: dict[str, list[float]] = {kind: [] for kind in kinds}
            for turn in range(settings.rounds):
                for kind, requests in kinds.items():
                    progress.step(f"{kind}s", 0.1 + 0.9 * turn / settings.rounds)
                    ms[kind].append(_measure(stack, list(islice(requests, number))))
            findings = check(stack)
        return Result(_figures(ms), {"rate": RATE, "ms": ms, "audit": findings})


def requests_of(stack: Socialapp, number: int, away: int = 1) -> dict[str, Iterator[Request]]:
    """So many of each kind, each by another person; none is repeated.

    They follow who is so many places `away`: benches that share a stack take another number each.
    """
    people, posts, names = stack.people, stack.posts, dict(stack.ask(NAMES))

    def write(person: int, path: str, body: str) -> Request:
        headers = {"Authorization": f"Bearer sa_{person}", "Content-Type": "application/json"}
        return Request("POST", f"{API}{path}", headers, json.dumps({"body": body}).encode())

    def follow(person: int, followee: int) -> Request:
        return Request("PUT", f"{API}/people/{names[followee]}/follow/", {"Authorization": f"Bearer sa_{person}"})

    every = range(number)
    return {
        "like": stack.likes(number),
        "comment": (write(people[n], f"/posts/{posts[n + 1]}/comments/", f"I agree with number {n}.") for n in every),
        "follow": (follow(people[n], people[n + away]) for n in every),
        "post": (write(people[n], "/posts/", f"Good evening, says number {n}!") for n in every),
    }


def _measure(stack: Socialapp, requests: list[Request]) -> float:
    """Milliseconds of each. Raises CorrectnessError when an answer was not 201, or a message is lost."""
    with Meter(stack.processes) as meter:
        offered = offer(stack.url, requests, rate=RATE)
        wait_until_empty(stack)
    if offered.errors:
        raise CorrectnessError(f"Of {len(requests)} requests, {offered.errors} were not answered 201.")
    used = sum(used.cpu_s for group, used in meter.usage().items() if group not in OUTSIDE)
    return 1_000 * used / len(requests)


def _figures(ms: dict[str, list[float]]) -> list[Figure]:
    figures = []
    for kind, each in ms.items():
        value, spread = middle(each)
        figures.append(Figure(f"{kind}: processor time", value, "ms", "", None, spread))
        if kind != "like":
            ratio, spread = middle([one / like for one, like in zip(each, ms["like"], strict=True)])
            figures.append(Figure(f"{kind} ÷ like, processor time", ratio, "×", f"≤ {GOAL:g}", ratio <= GOAL, spread))
    return figures
