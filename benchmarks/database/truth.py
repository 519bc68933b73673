"""Is every inbox what it must be, after all that a bench did?"""

import json
import time
from dataclasses import dataclass
from typing import Any

from benchmarks.bench import CorrectnessError
from benchmarks.systems.product import Socialapp

WELL = dict.fromkeys(
    ("pending", "set_aside", "missing", "double", "uncaused", "miscounted", "unplanned", "planned_twice"), 0
)
GIVE_UP_S = 120.0  # without one message less: the rest is lost
ARRIVED = """
SELECT count(*), extract(epoch FROM min(at))::float, extract(epoch FROM max(committed_at))::float
FROM (SELECT at, pg_xact_commit_timestamp(xmin) AS committed_at FROM notifications_groupmember) AS member
WHERE committed_at >= to_timestamp(%s)
"""


@dataclass(frozen=True)
class Arrivals:
    """How many reactions came into inboxes, when the first of them was accepted, when the last arrived (Unix times)."""

    number: int
    first_accepted_at: float
    last_at: float


def arrivals(stack: Socialapp, since: float) -> Arrivals:
    """Of all inboxes, since that Unix time."""
    return Arrivals(*stack.ask(ARRIVED, since)[0])


def wait_until_empty(stack: Socialapp) -> None:
    """Until no message waits. Raises CorrectnessError when they do not become fewer."""
    left, since = waiting(stack), time.monotonic()
    while left:
        time.sleep(0.1)
        if (now := waiting(stack)) != left:
            left, since = now, time.monotonic()
        elif time.monotonic() - since > GIVE_UP_S:
            raise CorrectnessError(f"{left} messages wait and no worker takes them.")


def check(stack: Socialapp) -> dict[str, Any]:
    """The findings of `manage.py audit`: each standing fact is in one inbox once. Raises CorrectnessError."""
    done = stack.product.manage("audit", "--json")
    if done.returncode not in {0, 1} or not done.stdout.startswith("{"):
        raise CorrectnessError(f"The audit failed: {done.stderr[-500:]}")
    findings: dict[str, Any] = json.loads(done.stdout)
    if found := {name: findings[name] for name in WELL if findings[name]}:
        raise CorrectnessError(f"Inboxes are not what they must be: {found} {done.stderr[-2_000:]}")
    return findings


def waiting(stack: Socialapp) -> int:
    """How many messages wait."""
    return int(stack.ask("SELECT count(*) FROM messaging_outbox")[0][0])
