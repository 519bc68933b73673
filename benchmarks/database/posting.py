"""A post by who has many followers: how long it takes, and how soon pages of followers show it."""

import json
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from benchmarks.bench import CorrectnessError
from benchmarks.systems.product import Socialapp

GIVE_UP_S = 30.0
PAGES = ("/", "/inbox/")
AT_ONCE = 4


@dataclass(frozen=True)
class Follower:
    """Somebody's browser: a session that is logged in."""

    username: str
    session: str


# Inside of the product: sessions of some of the people who follow star, spread evenly.
SESSIONS = """
from django.test import Client
from socialapp.users.models import Person

def session_of(person):
    browser = Client()
    browser.force_login(person, "allauth.account.auth_backends.AuthenticationBackend")
    return browser.cookies["sessionid"].value

names = [f"m{{1 + number * {most} // {count}}}" for number in range({count})]
people = Person.objects.filter(username__in=names)
print("SESSIONS", json.dumps([[person.username, session_of(person)] for person in people]))
"""


@dataclass(frozen=True)
class Posted:
    """A post through the API, and the seconds until it was accepted."""

    id: int
    body: str
    took_s: float
    accepted_at: float  # time.monotonic


def post(stack: Socialapp, username: str, body: str) -> Posted:
    """Raises CorrectnessError when it is not accepted."""
    request = urllib.request.Request(
        f"{stack.url}/api/social/v1/posts/", json.dumps({"body": body}).encode(),
        {"Authorization": f"Bearer sa_{username}", "Content-Type": "application/json"}, method="POST",
    )  # fmt: skip
    begun = time.monotonic()
    with urllib.request.urlopen(request) as answer:
        said = json.load(answer)
        if answer.status != 201:
            raise CorrectnessError(f"A post was answered {answer.status}.")
    now = time.monotonic()
    return Posted(said["id"], body, now - begun, now)


def seen_by_all(stack: Socialapp, posted: Posted, followers: list[Follower]) -> float:
    """Seconds from the acceptance of a post until the inbox and the home page of each follower showed it.

    Raises CorrectnessError when one does not.
    """

    def until_seen(follower: Follower, page: str) -> float:
        while posted.body not in _page(stack, follower, page):
            if time.monotonic() - posted.accepted_at > GIVE_UP_S:
                raise CorrectnessError(f"{page} of {follower.username} does not show a post by whom they follow.")
        return time.monotonic() - posted.accepted_at

    with ThreadPoolExecutor(AT_ONCE) as threads:
        seen = [threads.submit(until_seen, follower, page) for follower in followers for page in PAGES]
        return max(each.result() for each in seen)


def _page(stack: Socialapp, follower: Follower, page: str) -> str:
    request = urllib.request.Request(f"{stack.url}{page}", headers={"Cookie": f"sessionid={follower.session}"})
    with urllib.request.urlopen(request) as answer:
        text: str = answer.read().decode()
        return text
