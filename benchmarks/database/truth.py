"""Is every inbox what it must be, after all that a bench did?"""

import json
import time
from typing import Any

from benchmarks.bench import CorrectnessError
from benchmarks.systems.product import Socialapp

WELL = dict.fromkeys(
    ("pending", "set_aside", "missing", "double", "uncaused", "miscounted", "unplanned", "planned_twice"), 0
)
GIVE_UP_S = 120.0  # without one message less: the rest is lost


def wait_until_empty(stack: Socialapp) -> None:
    """Until no message waits. Raises CorrectnessError when they do not become fewer."""
    waiting, since = _waiting(stack), time.monotonic()
    while waiting:
        time.sleep(0.1)
        if (now := _waiting(stack)) != waiting:
            waiting, since = now, time.monotonic()
        elif time.monotonic() - since > GIVE_UP_S:
            raise CorrectnessError(f"{waiting} messages wait and nobody takes them.")


def check(stack: Socialapp) -> dict[str, Any]:
    """The findings of `manage.py audit`: each standing fact is in one inbox once. Raises CorrectnessError."""
    done = stack.product.manage("audit", "--json")
    if done.returncode not in {0, 1} or not done.stdout.startswith("{"):
        raise CorrectnessError(f"The audit failed: {done.stderr[-500:]}")
    findings: dict[str, Any] = json.loads(done.stdout)
    if found := {name: findings[name] for name in WELL if findings[name]}:
        raise CorrectnessError(f"Inboxes are not what they must be: {found}")
    return findings


def _waiting(stack: Socialapp) -> int:
    return int(stack.ask("SELECT count(*) FROM messaging_outbox")[0][0])
