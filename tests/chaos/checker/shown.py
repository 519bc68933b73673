"""What people see: inboxes page by page, badges, feeds and counts, asked of the API with their own tokens."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.checker.world import World

PAGE = 40
TIMEOUT_S = 30
TRIES = 3
AT_ONCE = 4


@dataclass(frozen=True)
class Entry:
    """A row of an inbox as it is shown; `post` is 0 for a follow."""

    id: str
    kind: str
    post: int
    count: int
    people: tuple[str, ...]
    unread: bool = True


@dataclass
class Shown:
    """By username: inboxes, badges, feeds (ids of posts), profiles (posts, followers, following).

    By post: likes, shares and comments; None where there is no such post to see.
    """

    inboxes: dict[str, list[Entry]] = field(default_factory=dict)
    badges: dict[str, int] = field(default_factory=dict)
    feeds: dict[str, list[int]] = field(default_factory=dict)
    profiles: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    posts: dict[int, tuple[int, int, int] | None] = field(default_factory=dict)


def read_shown(world: World, posts: list[int]) -> Shown:
    """As everybody sees it. Raises OSError when the API does not answer, though all is well by now."""
    shown = Shown()

    def person(name: str) -> None:
        token = world.tokens[name]
        shown.inboxes[name] = [_entry(said) for said in _pages(f"{world.api}/notifications/", token)]
        shown.badges[name] = _get(f"{world.api}/notifications/unread/", token)["count"]
        shown.feeds[name] = [said["id"] for said in _pages(f"{world.api}/feed/", token)]
        said = _get(f"{world.api}/people/{name}/", token)
        shown.profiles[name] = (said["posts"], said["followers"], said["following"])

    def post(id_: int) -> None:
        said = _get(f"{world.api}/posts/{id_}/", "")
        shown.posts[id_] = (said["likes"], said["shares"], said["comments"]) if said else None

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(person, world.tokens))
        list(pool.map(post, posts))
    return shown


def _entry(said: dict[str, Any]) -> Entry:
    people = tuple(person["username"] for person in said["people"])
    return Entry(said["id"], said["kind"], said["post"] or 0, said["count"], people, said["unread"])


def _pages(url: str, token: str) -> Iterator[dict[str, Any]]:
    next_url: str | None = f"{url}?size={PAGE}"
    while next_url:
        page = _get(next_url, token)
        yield from page["results"]
        next_url = page["next"]


def _get(url: str, token: str) -> Any:
    """The JSON; None for 404."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    for number in range(TRIES):
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            if error.code < 500 or number == TRIES - 1:
                raise
        except OSError:
            if number == TRIES - 1:
                raise
        time.sleep(1)
    return None
