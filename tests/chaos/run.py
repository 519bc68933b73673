"""One run: a world, people in it, faults from the seed, peace, and what is found at the end."""

import asyncio
import json
import random
import shutil
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos import checks
from tests.chaos.clients import Activity, Client
from tests.chaos.faults import FAULTS
from tests.chaos.faults.fault import Fault, Note
from tests.chaos.moderator import Moderator, appoint
from tests.chaos.people import describe, ring_for, settle_in
from tests.chaos.quiesce import Unsettled, settle
from tests.chaos.record import Record, longest_silence_s
from tests.chaos.schedule import Prepared, schedule
from tests.chaos.streams import Stream
from tests.chaos.timeline import Timeline
from tests.chaos.town import Town
from tests.chaos.world import CannotRun, World

STREAMS = 6
POSTS_AT_FIRST = 15
BELLS = 6
JUDGED_EVERY_S = 3.0
THREADS = 64
# No harm lasts half as long: who accepts nothing for this long has not come back by itself.
SILENCE_S = 120


@dataclass(frozen=True)
class Settings:
    """What the command line says. `mutant`: a module of tests.chaos.mutants, which spoils the product."""

    seed: int
    seconds: float
    rate: float = 40.0
    faults: Sequence[str] = ()
    doubled: float = 0.05
    mutant: str = ""
    keep: bool = False
    report: Path | None = None


@dataclass
class Result:
    """What came of it. `findings` is empty when all is well. `silence_s`: the longest in which nothing was accepted."""

    seed: int
    findings: list[str] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)
    settled_s: float = 0.0
    minutes_passed: float = 0.0
    silence_s: float = 0.0
    report: str = ""
    skipped: dict[str, str] = field(default_factory=dict)


async def run(settings: Settings) -> Result:
    """Raises CannotRun when the harness failed, or the product does not come to rest."""
    # Harm waits in threads for servers that hang; peace must not wait behind it.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
    chosen = [FAULTS[name] for name in settings.faults] or list(FAULTS.values())
    needs_disk = any(fault.name == "disk-full" for fault in chosen)
    folder = settings.report or Path(tempfile.mkdtemp(prefix="socialapp-chaos-report-"))
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "record.jsonl").exists():
        raise CannotRun(f"{folder} holds the report of another run")
    timeline = Timeline(folder, settings.seconds)
    timeline.say(
        f"seed {settings.seed}, {settings.seconds:.0f} s, {settings.rate:.0f} activities a second; into {folder}"
    )
    try:
        async with World(
            seed=settings.seed, doubled=settings.doubled, mutant=settings.mutant, keep=settings.keep, disk=needs_disk
        ) as world:
            if settings.keep:
                timeline.say(f"the product's data, which stay: {world.data}")
            try:
                return await _in_world(world, settings, chosen, timeline, folder)
            finally:
                _take_logs(world, folder)
    finally:
        timeline.close()


async def _in_world(
    world: World, settings: Settings, chosen: Sequence[Fault], timeline: Timeline, folder: Path
) -> Result:
    result = Result(settings.seed)
    result.skipped = {fault.name: why for fault in chosen if (why := fault.skipped(world))}
    for name, why in result.skipped.items():
        timeline.say(f"skipped: {name}: {why}")
    record = Record(folder)
    town = Town(await settle_in(world, random.Random(f"{settings.seed} people")))
    clients = [
        Client(person, town, record, world.through("client-web"), settings.seed) for person in town.people.values()
    ]
    await _first_deeds(world, clients)
    moderator = await asyncio.to_thread(appoint, world, world.through("client-web"), record, settings.seed)
    streams = [Stream(person, world.through("client-live")) for person in list(town.people.values())[:STREAMS]]
    listening = [
        asyncio.create_task(stream.hold(random.Random(f"{settings.seed} {n}"))) for n, stream in enumerate(streams)
    ]
    plan = schedule(settings.seed, settings.seconds, [fault for fault in chosen if fault.name not in result.skipped])
    timeline.started_at = time.time()
    try:
        await _live_through(world, clients, moderator, plan, settings, timeline)
        ended_at, peace_at = time.monotonic(), time.time()
        result.done = dict(town.done)
        timeline.say(f"peace; {dict(sorted(town.done.items()))}")
        try:
            result.minutes_passed = await settle(world, timeline.show)
        except Unsettled as error:
            result.findings.append(f"not at rest: {error}")
        result.settled_s = time.monotonic() - ended_at
        timeline.say(f"settled after {result.settled_s:.0f} s, in which {result.minutes_passed:.0f} min were passed")
        describe(world, town.people, town.authors, folder)
        record.close()
        result.silence_s = longest_silence_s(record.path, timeline.started_at, peace_at)
        if result.silence_s > SILENCE_S:
            result.findings.append(f"away: nothing was accepted for {result.silence_s:.0f} s")
        result.findings += await checks.findings(world, streams, folder)
        result.report = (folder / "report.txt").read_text()
    finally:
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
    (folder / "result.json").write_text(json.dumps(result.__dict__, indent=1))
    return result


async def _first_deeds(world: World, clients: Sequence[Client]) -> None:
    """Bells, before there is anything to ring for; and posts, of which the first is the hot one."""
    for client in clients[:BELLS]:
        others = [other.person for other in clients if other is not client and not other.person.locked]
        author = client.dice.choice([other.username for other in others])
        await client.at_ease(Activity("follow", person=author))
        await ring_for(world, client.person, author)
    for client in clients[:POSTS_AT_FIRST]:
        await client.at_ease(Activity("post"))


async def _live_through(
    world: World,
    clients: Sequence[Client],
    moderator: Moderator,
    plan: Sequence[Prepared],
    settings: Settings,
    timeline: Timeline,
) -> None:
    """All that people do, and all that is done to the product."""
    until = timeline.started_at + settings.seconds
    acting = asyncio.gather(
        *(client.live(until, len(clients) / settings.rate) for client in clients),
        moderator.live(until, JUDGED_EVERY_S),
    )
    showing = asyncio.create_task(_show(clients, timeline))
    try:
        await asyncio.gather(acting, *(_happen(world, planned, timeline) for planned in plan))
    finally:
        showing.cancel()


async def _happen(world: World, planned: Prepared, timeline: Timeline) -> None:
    await asyncio.sleep(max(timeline.started_at + planned.at_s - time.time(), 0))
    note, moment = Note(), timeline.begin(planned.fault.name)
    try:
        async with planned.fault.happen(world, random.Random(planned.seed), note):
            await asyncio.sleep(planned.lasts_s)
    finally:
        timeline.end(moment, note.text)


async def _show(clients: Sequence[Client], timeline: Timeline) -> None:
    while True:
        done = clients[0].town.done
        timeline.show(f"{done.total()} activities, {done['unknown']} unknown")
        await asyncio.sleep(1)


def _take_logs(world: World, folder: Path) -> None:
    """Of the product's processes, for who looks for the cause."""
    for log in (*(world.data / "log").glob("*.log"), *world.data.glob("*.log")):
        shutil.copy(log, folder / log.name)
