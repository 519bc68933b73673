"""What people see: inboxes page by page, badges, feeds and counts, asked of the API with their own tokens."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.checker.arrived import keys_in
from tests.chaos.checker.rows import Text
from tests.chaos.checker.world import World

PAGE = 40
TIMEOUT_S = 30
TRIES = 3
AT_ONCE = 4
LOOKERS = 2


@dataclass(frozen=True)
class Entry:
    """A row of an inbox as it is shown; `post` is 0 for a follow. `keys`: those of texts whose words are in it."""

    id: str
    kind: str
    post: int
    count: int
    people: tuple[str, ...]
    unread: bool = True
    keys: tuple[str, ...] = ()


Counts = tuple[int, int, int]  # likes, shares, comments


@dataclass
class Shown:
    """By username: inboxes, badges, feeds (ids of posts), profiles (posts, followers, following).

    By post: likes, shares and comments, as without an account; None where there is no such post to see. `looks`: the
    same by (username, post), of some of those that are not for everybody.
    """

    inboxes: dict[str, list[Entry]] = field(default_factory=dict)
    badges: dict[str, int] = field(default_factory=dict)
    feeds: dict[str, list[int]] = field(default_factory=dict)
    profiles: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    posts: dict[int, Counts | None] = field(default_factory=dict)
    looks: dict[tuple[str, int], Counts | None] = field(default_factory=dict)


def read_shown(world: World, texts: Collection[Text]) -> Shown:
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
        shown.posts[id_] = _counts(_get(f"{world.api}/posts/{id_}/", ""))

    def look(by: tuple[str, int]) -> None:
        shown.looks[by] = _counts(_get(f"{world.api}/posts/{by[1]}/", world.tokens[by[0]]))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(person, world.tokens))
        list(pool.map(post, sorted(text.id for text in texts)))
        list(pool.map(look, _lookers(world, texts)))
    return shown


def _lookers(world: World, texts: Collection[Text]) -> Iterator[tuple[str, int]]:
    """Of each text that is not for everybody: its author, and some others, who differ from text to text."""
    names = sorted(world.tokens)
    for text in texts:
        if text.visibility not in {"public", "unlisted"}:
            others = (names[(text.id // 7 + number * 11) % len(names)] for number in range(LOOKERS))
            yield from ((name, text.id) for name in {text.author, *others})


def _counts(said: dict[str, Any] | None) -> Counts | None:
    return (said["likes"], said["shares"], said["comments"]) if said else None


def _entry(said: dict[str, Any]) -> Entry:
    people = tuple(person["username"] for person in said["people"])
    if said["kind"] == "moderation" and not people:
        people = ("",)  # nobody in particular
    keys = keys_in(said["excerpt"])
    return Entry(said["id"], said["kind"], said["post"] or 0, said["count"], people, said["unread"], keys)


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
