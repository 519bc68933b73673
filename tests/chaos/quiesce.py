"""The end: all is well again, and what was accepted has its effect. How time is made to pass: docs/chaos.md."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import psycopg2

from tests.chaos.world import World

PATIENCE_S = 300
# Whoever is sending now has ended by then, as every other side is well: channels wait for 10 s at most.
SENDING_ENDS_S = 20
STEP = timedelta(minutes=1)

_WAITING = """
SELECT (SELECT count(*) FROM messaging_outbox WHERE dead_lettered_at IS NULL),
       (SELECT count(*) FROM messaging_outbox WHERE dead_lettered_at IS NOT NULL),
       (SELECT count(*) FROM notifications_delivery WHERE state = 'waiting'),
       (SELECT count(*) FROM notifications_fanout WHERE state = 'running')
"""
_LEASES = "SELECT DISTINCT lease::text FROM notifications_delivery WHERE state = 'waiting' AND lease IS NOT NULL"
# As if `step` had passed for all that waits: what is written of the future, and of the past, is moved back by it.
# A lease in force may be held by somebody alive, so only those in `orphans` are moved.
_PASS = """
UPDATE notifications_delivery SET next_attempt_at = next_attempt_at - %(step)s, expires_at = expires_at - %(step)s,
       created_at = created_at - %(step)s
WHERE state = 'waiting' AND (lease IS NULL OR next_attempt_at <= clock_timestamp() OR lease::text = ANY(%(orphans)s));
UPDATE notifications_circuit SET open_until = open_until - %(step)s, failing_since = failing_since - %(step)s
WHERE open_until IS NOT NULL
"""


class Unsettled(Exception):
    """The product does not come to rest although nothing is done to it any more."""


@dataclass(frozen=True)
class Left:
    """What has not ended yet."""

    messages: int
    set_aside: int
    deliveries: int
    fan_outs: int

    @property
    def is_nothing(self) -> bool:
        """What was set aside waits for an admin, and so ended."""
        return not (self.messages or self.deliveries or self.fan_outs)

    def __str__(self) -> str:
        return f"{self.messages} messages, {self.deliveries} deliveries, {self.fan_outs} fan-outs wait"


async def settle(world: World, show: Callable[[str], None]) -> float:
    """Until nothing is left. Returns the minutes that were made to pass. Raises Unsettled."""
    deadline = time.monotonic() + PATIENCE_S
    await asyncio.to_thread(_heal, world, deadline)
    healed_at, passed = time.monotonic(), timedelta()
    leases_at_heal = await asyncio.to_thread(_leases, world)
    while time.monotonic() < deadline:
        left = await asyncio.to_thread(what_is_left, world)
        if left and left.is_nothing:
            return passed.total_seconds() / 60
        show(f"settling: {left or 'PostgreSQL is away'}, {passed.total_seconds() / 60:.0f} min passed")
        if left and not left.messages:
            sure = time.monotonic() - healed_at > SENDING_ENDS_S
            await asyncio.to_thread(_pass, world, leases_at_heal if sure else [])
            passed += STEP
        await asyncio.sleep(1)
    raise Unsettled(f"after {PATIENCE_S} s of peace, {left}")


def what_is_left(world: World) -> Left | None:
    """None while PostgreSQL is away."""
    with suppress(psycopg2.Error):
        return Left(*world.truth.rows(_WAITING)[0])
    return None


def _heal(world: World, deadline: float) -> None:
    while time.monotonic() < deadline:
        world.heal()
        if world.is_ready():
            return
        time.sleep(0.2)
    raise Unsettled(f"after {PATIENCE_S} s of peace it is not ready")


def _leases(world: World) -> list[str]:
    with suppress(psycopg2.Error):
        return [lease for (lease,) in world.truth.rows(_LEASES)]
    return []


def _pass(world: World, orphans: list[str]) -> None:
    with suppress(psycopg2.Error):
        world.truth.rows(_PASS, {"step": STEP, "orphans": orphans})
