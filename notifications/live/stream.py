"""One listener: what is still to be told, and how it is said on the wire."""

import asyncio
import json
import random
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any

from notifications.inbox.cursor import Cursor
from notifications.inbox.unread_counts import InboxState
from notifications.live.auth import Credential
from notifications.live.updates import FollowedPost, InboxUpdate

HEARTBEAT_S = 20.0
# Streams end after a while, so that balancers can even them out and what leaks does not leak for ever.
LIFE_S = (1_800.0, 2_700.0)
# What does not take a few kilobytes in this time is not listening.
PATIENCE_S = 30.0
MOST_WAITING_POSTS = 50

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Stream:
    """Keeps the last state rather than a queue of events: a slow listener costs no memory and is told the latest.

    Where single things are told, new posts and entries, more than a few that
    wait become one `resync`: read all anew.
    """

    __slots__ = (
        "counts", "credential", "cut", "ends_at", "entries", "entries_wanted", "farewell", "greeted", "id",
        "last_sent_at", "person_id", "posts", "posts_known_until", "resync", "send", "standing", "stands", "task",
        "watched",
    )  # fmt: skip

    def __init__(self, person_id: int, credential: Credential, send: Send, *, entries_wanted: bool) -> None:
        self.id = secrets.token_urlsafe(16)
        self.person_id, self.credential, self.send = person_id, credential, send
        self.entries_wanted = entries_wanted
        self.cut: Callable[[], object] | None = None
        self.last_sent_at = time.monotonic()
        self.ends_at = self.last_sent_at + random.uniform(*LIFE_S)  # noqa: S311  spreads load, no secret
        self.task: asyncio.Task[None] | None = None
        self.watched: frozenset[int] = frozenset()
        self.standing: InboxState | None = None
        self.posts_known_until = 0
        self.greeted = False
        # --- what waits to be told ---
        self.stands = False  # the standing
        self.entries: list[dict[str, Any]] = []
        self.posts: list[FollowedPost] = []
        self.counts: dict[int, dict[str, int]] = {}
        self.resync = False
        self.farewell: dict[str, Any] | None = None

    @property
    def cursor(self) -> str:
        standing = self.standing
        return str(Cursor(standing.seq, standing.version, self.posts_known_until)) if standing else ""

    def arrive(
        self, look: InboxUpdate, cursor: Cursor | None, missed: list[FollowedPost], posts_known_until: int
    ) -> None:
        """How things stand, and what was missed since the cursor."""
        self.standing, self.posts_known_until = look.standing, posts_known_until
        if cursor:
            self.stands = (cursor.seq, cursor.version) != (look.standing.seq, look.standing.version)
            self.entries, self.resync = look.entries, look.more
            heard = {post.id for post in self.posts}
            self.posts = [post for post in missed if post.id not in heard] + self.posts

    def see(self, look: InboxUpdate) -> None:
        """How the inbox stands now."""
        if self.standing and _same(self.standing, look.standing):
            return
        self.standing = look.standing
        self.stands = True
        if self.entries_wanted:
            moved = {entry["id"] for entry in look.entries}
            self.entries = look.entries + [entry for entry in self.entries if entry["id"] not in moved]
            self.resync |= look.more or len(self.entries) > MOST_WAITING_POSTS
        self.flush()

    def hear(self, posts: list[FollowedPost]) -> None:
        """New posts of people they follow."""
        self.posts += posts
        self.resync |= len(self.posts) > MOST_WAITING_POSTS
        self.flush()

    def count(self, post_id: int, counts: dict[str, int]) -> None:
        """The counts below a post on their screen."""
        self.counts[post_id] = counts
        self.flush()

    def end(self, why: str, again_ms: int | None) -> None:
        """Say goodbye, and when to come back: in so many milliseconds, or not with this credential."""
        self.farewell = {"why": why, "again": again_ms}
        self.flush()

    def greet(self) -> None:
        """The first words, and what was missed."""
        self.greeted = True
        unread = self.standing.unread if self.standing else 0
        hello = _event("hello", {"stream": self.id, "person": self.person_id, "unread": unread})
        retry = random.randrange(1_000, 10_000)  # noqa: S311  spreads load, no secret
        self.flush(f"retry: {retry}\n{hello}")

    def beat(self) -> None:
        """A word keeps proxies from closing what is silent, and lets a listener tell; the id keeps the cursor young."""
        self.flush(_event("beat", {}))

    def flush(self, *first: str) -> None:
        """Tell what waits, unless that is being done. Needs the event loop."""
        if self.greeted and (self.task is None or self.task.done()):
            self.task = asyncio.get_running_loop().create_task(self._flush(first))

    async def _flush(self, first: tuple[str, ...]) -> None:
        said = [*first, *self._news()]
        try:
            while said:
                # Only the last has the place: who is cut off in the middle comes back from the one before.
                body = "".join([*said[:-1], f"id: {self.cursor}\n", said[-1]]).encode()
                is_last = self.farewell is not None
                async with asyncio.timeout(PATIENCE_S):
                    await self.send({"type": "http.response.body", "body": body, "more_body": not is_last})
                self.last_sent_at = time.monotonic()
                said = [] if is_last else self._news()
        except (TimeoutError, OSError):
            if self.cut:
                self.cut()

    def _news(self) -> list[str]:
        """All that waits."""
        said = []
        if self.resync:
            self.posts, self.entries, self.resync = [], [], False
            said.append(_event("resync", {"unread": self.standing.unread if self.standing else 0}))
        if self.posts:
            posts, self.posts = self.posts, []
            said.append(_event("posts", {"posts": [{"id": post.id, "at": post.at} for post in posts]}))
        if self.stands and self.standing:
            self.stands = False
            news: dict[str, Any] = {"unread": self.standing.unread}
            if self.entries_wanted:
                news["entries"], self.entries = self.entries, []
            said.append(_event("inbox", news))
        if self.counts:
            counts, self.counts = self.counts, {}
            said.append(_event("counts", counts))
        if self.farewell is not None:
            said.append(_event("bye", self.farewell))
        return said


def _event(name: str, data: Any) -> str:
    text = json.dumps(data, separators=(",", ":"))
    return f"event: {name}\ndata: {text}\n\n"


def _same(one: InboxState, other: InboxState) -> bool:
    return (one.seq, one.version, one.unread) == (other.seq, other.version, other.unread)
