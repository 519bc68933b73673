"""A running product on which one short scene after another is played, each with people and rows of its own.

Between scenes the product's processes may be spoiled by a mutant: they are killed, and come back with it aboard.
"""

import asyncio
import hashlib
import json
import shutil
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.chaos.checker.check import check
from tests.chaos.checker.findings import Report
from tests.chaos.injected.plan import Crash
from tests.chaos.people import Person, call, describe
from tests.chaos.quiesce import what_is_left
from tests.chaos.record import Intention, Record, Try, Verb
from tests.chaos.world import World

NAMES = ("ada", "bob", "charlie")
TIMEOUT_S = 10
PATIENCE_S = 30.0

_EMPTY = (
    "TRUNCATE users_person, notifications_groupmember, notifications_circuit, messaging_outbox, "
    "counters_counter, counters_counterdelta CASCADE"
)
_PASS = (
    "UPDATE notifications_delivery SET next_attempt_at = next_attempt_at - interval '5 minutes' "
    "WHERE state = 'waiting' AND lease IS NULL"
)


class Stage:
    """`people`, `record` and `posts` are those of the scene that is played; `mutant` is the one aboard, if any."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people: dict[str, Person] = {}
        self.posts: dict[int, str] = {}
        self._folder = Path(tempfile.mkdtemp(prefix="socialapp-stage-"))
        self.mutant, self._spoiled = "", tuple[str, ...]()
        self._keys = 0

    def close(self) -> None:
        shutil.rmtree(self._folder)

    def spoil(self, mutant: str, *roles: str) -> None:
        """Those roles come back with the mutant aboard, and those of the last one without it; all rows are gone."""
        self.world.truth.rows(_EMPTY)
        if repair := self.mutant and getattr(import_module(f"tests.chaos.mutants.{self.mutant}"), "REPAIR", ""):
            self.world.truth.rows(repair)
        self.world.change_plan(mutant=mutant)
        again = sorted({*roles, *self._spoiled})
        before = {role: self._ready(role) for role in again}
        for role in again:
            assert self.world.crew.kill_all(role), f"There is no {role}"
        for role in again:
            wait_for(lambda role=role: self._is_at_work(role, before[role]))  # type: ignore[misc]
        self.mutant, self._spoiled = mutant, roles

    def _ready(self, role: str) -> dict[str, int]:
        """How often each worker of the role logged that it waits for work."""
        folder = self.world.data / "log"
        logs = [*folder.glob(f"{role}.log"), *folder.glob(f"{role}-[0-9].log")]
        return {log.stem: log.read_bytes().count(b" ready.") for log in logs}

    def _is_at_work(self, role: str, before: dict[str, int]) -> bool:
        if role == "beat":
            return bool(self.world.crew.members(role)) and self.world.links["beat-redis"].connections > 0
        if role == "web":
            return self.world.is_ready()
        return all(count > before[name] for name, count in self._ready(role).items())

    def open_scene(self) -> None:
        """Nobody but Ada, who hears by mail, Bob and Charlie; Ada wrote a post."""
        truth = self.world.truth
        truth.rows(_EMPTY)
        tokens = {name: f"sa_{name}_of_a_scene" for name in NAMES}
        truth.rows(
            "INSERT INTO users_person (username, name, bio, email, password, is_superuser, is_staff, suspended_reason) "
            "SELECT name, '', '', name || '@example.org', '!', false, false, '' FROM unnest(%s::text[]) AS name",
            [list(NAMES)],
        )
        ids = dict(truth.rows("SELECT username, id FROM users_person"))
        truth.rows(
            "INSERT INTO users_token (person_id, name, digest, last_used_on) "
            "SELECT person, 'stage', digest, current_date FROM unnest(%s::bigint[], %s::text[]) AS t(person, digest)",
            [[ids[name] for name in NAMES], [hashlib.sha256(tokens[name].encode()).hexdigest() for name in NAMES]],
        )
        truth.rows(
            'INSERT INTO account_emailaddress (user_id, email, verified, "primary") VALUES (%s, %s, true, true)',
            [ids["ada"], f"ada{ids['ada']}@example.org"],
        )
        self.people = {name: Person(ids[name], name, tokens[name]) for name in NAMES}
        self.posts = {}
        for path in self._folder.iterdir():
            path.unlink()
        self.record = Record(self._folder)
        self.do("ada", "post")
        self.rest()
        # Nobody else is on the way who would look for what is said next.
        with truth.broker() as broker:
            wait_for(lambda: broker.llen("messages") == 0)
        time.sleep(0.2)

    def close_scene(self) -> Report:
        """What the checker says."""
        self.record.close()
        describe(self.world, self.people, self.posts, self._folder)
        return check(self._folder)

    @property
    def post(self) -> int:
        """The one that Ada wrote first."""
        return min(self.posts)

    def do(self, who: str, verb: Verb, body: str = "Good morning", **what: Any) -> Intention:
        """To the end: answered, or given up."""
        intention = self.begin(who, verb, **what)
        deadline = time.monotonic() + PATIENCE_S
        while not self.try_once(intention, body) and time.monotonic() < deadline:
            time.sleep(0.3)
        self.record.end(intention)
        if verb == "post" and intention.answer:
            self.posts[intention.answer["id"]] = who
        return intention

    def ring(self, who: str, author: str) -> None:
        """Somebody has a bell for new posts of whom they follow, and mail of them."""
        call(self.world, self.people[who], "PUT", f"people/{author}/bell/")
        wanted = [{"kind": "post", "channel": "email", "from_whom": "following"}]
        call(self.world, self.people[who], "PATCH", "notifications/preferences/", {"preferences": wanted})
        self.people[who].bells.append(author)

    def begin(self, who: str, verb: Verb, **what: Any) -> Intention:
        """Nothing is sent yet."""
        key = ""
        if verb in {"post", "comment", "report"}:
            self._keys += 1
            key = f"{who}-{self._keys}"
        return self.record.begin(who, verb, time.time(), key=key, **what)

    def try_once(self, intention: Intention, body: str = "") -> bool:
        """Whether it was answered."""
        from tests.chaos.clients import request_of

        method, path, said = request_of(intention)
        headers = {**self.people[intention.client].headers, "Content-Type": "application/json"}
        if intention.key:
            headers["Idempotency-Key"] = intention.key
        data = json.dumps({**said, "body": body or said["body"]} if "body" in said else said).encode() if said else None
        request = urllib.request.Request(
            f"{self.world.url}/api/social/v1/{path}", data=data, headers=headers, method=method
        )
        tried = Try(time.time())
        intention.tries.append(tried)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                text = answer.read()
                tried.status, intention.answer = answer.status, json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            tried.status = error.code
        except OSError as error:
            tried.error = type(error).__name__
        tried.ended_at = time.time()
        return not tried.is_open

    @contextmanager
    def dying_at(self, point: str) -> Iterator[Callable[[], None]]:
        """The first to pass there is killed. Yields what waits until it is."""
        with self._at(Crash(point, chance=1.0)) as wait:
            yield wait

    @contextmanager
    def hanging_at(self, point: str) -> Iterator[Callable[[], None]]:
        """The first to pass there hangs until the body ends; others pass. Yields what waits until it hangs."""
        with self._at(Crash(point, chance=1.0, stall_s=PATIENCE_S)) as wait:
            yield wait

    @contextmanager
    def _at(self, crash: Crash) -> Iterator[Callable[[], None]]:
        before = len(self._suffered())

        def wait() -> None:
            wait_for(lambda: len(self._suffered()) > before)
            first = self._suffered()[before]
            self.world.change_plan(crashes=(replace(crash, process_id=first),) if crash.stall_s else ())

        self.world.change_plan(crashes=(crash,))
        try:
            yield wait
        finally:
            self.world.change_plan(crashes=())

    def _suffered(self) -> list[int]:
        """Process ids, in turn."""
        log = self.world.data / "crashes.log"
        return [int(line.split()[2]) for line in log.read_text().splitlines()] if log.exists() else []

    def rest(self, patience_s: float = PATIENCE_S, left: int = 0) -> None:
        """Until no message waits, or so many."""
        self.until(lambda: (found := what_is_left(self.world)) is not None and found.messages <= left, patience_s)

    def until(self, is_so: Callable[[], bool], patience_s: float) -> None:
        """Or for so long: a spoiled product may never come to rest."""
        deadline = time.monotonic() + patience_s
        while not is_so() and time.monotonic() < deadline:
            time.sleep(0.05)

    def let_time_pass(self) -> None:
        """The minutes for which mails are held."""
        self.world.truth.rows(_PASS)

    def until_sent(self) -> None:
        """All that was to leave the house."""
        wait_for(lambda: (found := what_is_left(self.world)) is not None and found.deliveries == 0)

    def mails(self) -> int:
        """How many Ada was sent."""
        with urllib.request.urlopen(f"{self.world.fakes_url}/mails.json", timeout=TIMEOUT_S) as answer:
            return sum(mail["to"] == f"ada{self.people['ada'].id}@example.org" for mail in json.load(answer))


def wait_for(is_so: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    """Raises AssertionError when it does not come about."""
    deadline = time.monotonic() + patience_s
    while not is_so():
        assert time.monotonic() < deadline, "It did not come about in time."
        time.sleep(0.05)


@contextmanager
def open_stage() -> Iterator[Stage]:
    """The world's links run in a thread of their own, which lives as long as the stage."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="world")
    thread.start()

    def wait(coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result()

    try:
        world = World(seed=0, doubled=0.0)
        wait(world.__aenter__())
        stage = Stage(world)
        try:
            yield stage
        finally:
            stage.close()
            wait(world.__aexit__())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
