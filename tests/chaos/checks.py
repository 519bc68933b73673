"""What is held against the product at the end: the checker, the product's own audit, and what the streams show."""

import asyncio
import json
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.checker.check import check
from tests.chaos.quiesce import what_is_left
from tests.chaos.streams import Stream
from tests.chaos.world import World

# The live process looks at each inbox whole once a minute; what a deleted post took along is told by that only.
STREAM_PATIENCE_S = 90


async def findings(world: World, streams: Sequence[Stream], folder: Path) -> list[str]:
    """In words; none when all is well."""
    report = await asyncio.to_thread(check, folder)
    (folder / "report.json").write_text(json.dumps(report.as_json(), indent=1))
    (folder / "report.txt").write_text(f"{report}\n")
    return [
        *map(str, report.findings),
        *await asyncio.to_thread(_audit, world, folder),
        *await asyncio.to_thread(_left, world),
        *await _streams(world, streams),
    ]


def _audit(world: World, folder: Path) -> list[str]:
    done = world.manage("audit", "--json")
    (folder / "audit.json").write_text(done.stdout)
    if done.returncode == 0:
        return []
    return [f"audit: {done.stdout.strip() or done.stderr.strip()[-500:]}"]


def _left(world: World) -> list[str]:
    found = []
    left = what_is_left(world)
    if left and left.set_aside:
        errors = world.truth.rows(
            "SELECT name, body::text, right(error, 300) FROM messaging_outbox "
            "WHERE dead_lettered_at IS NOT NULL LIMIT 3"
        )
        found.append(f"set aside: {left.set_aside} messages: {errors}")
    for reason, channel, count in world.truth.rows(
        "SELECT reason, channel, count(*) FROM notifications_delivery WHERE state = 'dead' GROUP BY 1, 2"
    ):
        found.append(f"dead: {count} by {channel}: {reason}")
    for channel, reason in world.truth.rows(
        "SELECT channel, disabled_reason FROM notifications_endpoint WHERE disabled_at IS NOT NULL"
    ):
        found.append(f"disabled: an endpoint of {channel}: {reason}")
    return found


async def _streams(world: World, streams: Sequence[Stream]) -> list[str]:
    """What each shows is what the inbox says, within the time that a client waits for a sign of life."""
    wrong: list[str] = []
    for _ in range(STREAM_PATIENCE_S):
        wrong = [text for stream in streams if (text := await asyncio.to_thread(_compare, world, stream))]
        if not wrong:
            return []
        await asyncio.sleep(1)
    return wrong


def _compare(world: World, stream: Stream) -> str:
    request = urllib.request.Request(f"{world.url}/api/social/v1/notifications/unread/", headers=stream.person.headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        unread = json.load(answer)["count"]
    if unread == stream.unread:
        return ""
    return f"stream: {stream.person.username} is shown {stream.unread}, and has {unread} unread"
