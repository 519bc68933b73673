"""A moderator who works off the queue: by its pages, as a browser does, with the patience of one."""

import asyncio
import random
import re
import time
from dataclasses import dataclass

import aiohttp

from tests.chaos.record import Intention, Record, Try, Verb
from tests.chaos.world import CannotRun, World

NAME = "mona"
PATIENCE_S = 3.0
TRIES = 6
AGAIN_AFTER_S = 0.5
CSRF = "c" * 32
WORDS = "Please be kind."
_CASE = re.compile(r"/moderation/cases/(\d+)/")
# A session as somebody has who logged in before anything went wrong.
_LOG_IN = """
from django.conf import settings
from django.test import Client
from socialapp.users.models import Person
client = Client()
client.force_login(Person.objects.get(username="{name}"), backend=settings.AUTHENTICATION_BACKENDS[0])
print("session", settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value)
"""


@dataclass
class Moderator:
    """Dismisses cases, or warns whom they are about; says it again when no answer comes."""

    url: str
    cookies: dict[str, str]
    record: Record
    dice: random.Random

    async def live(self, until: float, pause_s: float) -> None:
        """Act until that time (Unix seconds), on average so often."""
        async with aiohttp.ClientSession(cookies=self.cookies, headers={"X-CSRFToken": CSRF}) as session:
            session._retry_connection = False
            while (pause := self.dice.expovariate(1 / pause_s)) + time.time() < until:
                await asyncio.sleep(pause)
                if case := await self._next(session):
                    await self._decide(session, case)

    async def _next(self, session: aiohttp.ClientSession) -> int | None:
        """Any of the cases on the first page of the queue; None when there are none, or it is not shown."""
        timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
        try:
            async with session.get(f"{self.url}/moderation/", timeout=timeout) as answer:
                found = sorted({int(id_) for id_ in _CASE.findall(await answer.text())})
        except (TimeoutError, aiohttp.ClientError, OSError):
            return None
        return self.dice.choice(found) if found else None

    async def _decide(self, session: aiohttp.ClientSession, case: int) -> None:
        verb: Verb = self.dice.choice(["dismiss", "warn"])
        intention = self.record.begin(NAME, verb, time.time(), case=case)
        for number in range(TRIES):
            await asyncio.sleep(AGAIN_AFTER_S * number)
            tried = Try(time.time())
            intention.tries.append(tried)
            await self._send(session, intention, tried)
            tried.ended_at = time.time()
            if not tried.is_open:
                break
        self.record.end(intention)

    async def _send(self, session: aiohttp.ClientSession, intention: Intention, tried: Try) -> None:
        path = f"{self.url}/moderation/cases/{intention.case}/"
        does = {"verb": "warn", "words": WORDS} if intention.verb == "warn" else {}
        path += "" if does else "dismiss/"
        timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
        try:
            async with session.post(path, data=does, timeout=timeout, allow_redirects=False) as answer:
                await answer.read()
                # Who is done is led to the next case.
                is_done = answer.headers.get("Location", "").endswith("/next/")
                tried.status = 204 if is_done else max(answer.status, 400)
        except TimeoutError:
            tried.error = "timeout"
        except (aiohttp.ClientError, OSError) as error:
            tried.error = type(error).__name__


def appoint(world: World, url: str, record: Record, seed: int) -> Moderator:
    """Somebody with the right and a session, before anything goes wrong. `url`: how they reach the pages."""
    world.truth.rows(
        "INSERT INTO users_person (username, name, bio, email, password, is_superuser, is_staff, suspended_reason) "
        "VALUES (%s, '', '', '', '!', false, false, '')",
        [NAME],
    )
    for command in (("moderator", NAME), ("shell", "-c", _LOG_IN.format(name=NAME))):
        done = world.manage(*command)
        if done.returncode:
            raise CannotRun(f"no moderator: {done.stderr[-500:]}")
    _, name, value = next(line for line in done.stdout.splitlines() if line.startswith("session ")).split()
    return Moderator(url, {name: value, "csrftoken": CSRF}, record, random.Random(f"{seed} {NAME}"))
