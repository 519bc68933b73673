"""One run of load on a stack, to the end: until all that was accepted is in inboxes, once each."""

import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from benchmarks.bench import CorrectnessError
from benchmarks.load import CONNECTIONS, TIMEOUT_S, Offered, offer
from benchmarks.percentiles import percentile
from benchmarks.systems.running import PEOPLE
from benchmarks.systems.system import Stack

QUICK_S = 1.0  # a run of --quick
GIVE_UP_S = 120.0  # without one more row: it is lost
TWICE_S = 0.3  # a second one of the same would come soon


@dataclass(frozen=True)
class Trial:
    """What was offered and what became of it. `road` are seconds from accepted to inbox row."""

    offered: Offered
    backlog: int  # accepted and not in inboxes when the last was answered
    behind_s: float  # how long after its last request was due all had their answer
    delivered_after_s: float  # the last answer
    road: list[float]

    def summary(self) -> dict[str, Any]:
        """For the raw figures."""
        road = {f"road_p{percent}_ms": 1_000 * percentile(self.road, percent) for percent in (50, 90, 99)}
        return {
            **self.offered.summary(), **(road if self.road else {}),
            "backlog": self.backlog, "delivered_after_s": self.delivered_after_s,
        }  # fmt: skip


def trial(
    stack: Stack,
    *,
    rate: float | None,
    seconds: float,
    posts: int = PEOPLE,
    connections: int = CONNECTIONS,
    timeout_s: float = TIMEOUT_S,
    during: AbstractContextManager[Any] | None = None,
) -> Trial:
    """Likes of so many posts. Raises CorrectnessError when an answer was not 201, or something was lost or doubled."""
    before = stack.inbox_rows()
    number = max(1, round(rate * seconds)) if rate else round(4_000 * seconds)
    with during or nullcontext():
        offered = offer(
            stack.url, stack.likes(number, posts=posts), rate=rate, connections=connections, timeout_s=timeout_s,
            seconds=None if rate else seconds,
        )  # fmt: skip
        answered_at = time.monotonic()
        backlog = before + offered.accepted - stack.inbox_rows()
    if offered.errors:
        raise CorrectnessError(f"{stack.name}: of {len(offered.took)} likes, {offered.errors} were not answered 201.")
    delivered_at = wait_until_delivered(stack, before + offered.accepted)
    return Trial(
        offered, backlog, max(0.0, offered.wall_s - offered.due[-1]), delivered_at - answered_at,
        stack.latencies(offered.begun_at),
    )  # fmt: skip


def wait_until_delivered(stack: Stack, expected: int) -> float:
    """When (time.monotonic) so many rows were in inboxes. CorrectnessError when they do not come, or when more do."""
    rows, since = stack.inbox_rows(), time.monotonic()
    while rows < expected:
        time.sleep(0.05)
        if (now := stack.inbox_rows()) != rows:
            rows, since = now, time.monotonic()
        elif time.monotonic() - since > GIVE_UP_S:
            raise CorrectnessError(f"{stack.name}: {expected - rows} of {expected} accepted likes are lost.")
    arrived_at = time.monotonic()
    time.sleep(TWICE_S)
    if (rows := stack.inbox_rows()) != expected:
        raise CorrectnessError(f"{stack.name}: {expected} likes were accepted, and inboxes hold {rows}.")
    return arrived_at
