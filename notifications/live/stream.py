"""One stream: what still has to be sent, and its format."""

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
    """Keeps the last state rather than a queue of events: a slow client costs no memory and gets the latest.

    New posts and entries are sent one by one; more than a few that wait become one `resync`: read everything again.
    """

    __slots__ = (
        "counts", "credential", "cut", "ends_at", "entries", "entries_wanted", "farewell", "greeted", "id",
        "last_sent_at", "person_id", "posts", "posts_known_until", "resync", "send", "standing", "stands", "task",
        "wanted", "watched",
    )  # fmt: skip

    def __init__(self, person_id: int, credential: Credential, send: Send, *, entries_wanted: bool) -> None:
        self.id = secrets.token_urlsafe(16)
        self.person_id, self.credential, self.send = person_id, credential, send
        self.entries_wanted = entries_wanted
        self.cut: Callable[[], object] | None = None
        self.last_sent_at = time.monotonic()
        self.ends_at = self.last_sent_at + random.uniform(*LIFE_S)  # noqa: S311  spreads load, no secret
        self.task: asyncio.Task[None] | None = None
        self.wanted: frozenset[int] = frozenset()  # the posts on its page
        self.watched: frozenset[int] = frozenset()  # those of them that it may see
        self.standing: InboxState | None = None
        self.posts_known_until = 0
        self.greeted = False
        # --- what waits to be sent ---
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
        """Set the state, and what was missed since the cursor."""
        self.standing, self.posts_known_until = look.standing, posts_known_until
        if cursor:
            self.stands = (cursor.seq, cursor.version) != (look.standing.seq, look.standing.version)
            self.entries, self.resync = look.entries, look.more
            known = {post.id for post in self.posts}
            self.posts = [post for post in missed if post.id not in known] + self.posts

    def see(self, look: InboxUpdate) -> None:
        """Take the new state of the inbox."""
        if self.standing and _same(self.standing, look.standing):
            return
        self.standing = look.standing
        self.stands = True
        if self.entries_wanted:
            moved = {entry["id"] for entry in look.entries}
            self.entries = look.entries + [entry for entry in self.entries if entry["id"] not in moved]
            self.resync |= look.more or len(self.entries) > MOST_WAITING_POSTS
        self.flush()

    def add_posts(self, posts: list[FollowedPost]) -> None:
        """Take new posts of the home feed."""
        self.posts += posts
        self.resync |= len(self.posts) > MOST_WAITING_POSTS
        self.flush()

    def count(self, post_id: int, counts: dict[str, int]) -> None:
        """Take the counts of a watched post."""
        self.counts[post_id] = counts
        self.flush()

    def end(self, why: str, again_ms: int | None) -> None:
        """Send a goodbye: come back in so many milliseconds, or not with this credential."""
        self.farewell = {"why": why, "again": again_ms}
        self.flush()

    def greet(self) -> None:
        """Send the first event, and what was missed."""
        self.greeted = True
        unread = self.standing.unread if self.standing else 0
        hello = _event("hello", {"stream": self.id, "person": self.person_id, "unread": unread})
        retry = random.randrange(1_000, 10_000)  # noqa: S311  spreads load, no secret
        self.flush(f"retry: {retry}\n{hello}")

    def beat(self) -> None:
        """Send a heartbeat: it keeps proxies from closing the connection, and its id keeps the cursor recent."""
        self.flush(_event("beat", {}))

    def flush(self, *first: str) -> None:
        """Send what waits, unless that is under way. Needs the event loop."""
        if self.greeted and (self.task is None or self.task.done()):
            self.task = asyncio.get_running_loop().create_task(self._flush(first))

    async def _flush(self, first: tuple[str, ...]) -> None:
        events = [*first, *self._news()]
        try:
            while events:
                # Only the last has the place: who is cut off in the middle comes back from the one before.
                body = "".join([*events[:-1], f"id: {self.cursor}\n", events[-1]]).encode()
                is_last = self.farewell is not None
                async with asyncio.timeout(PATIENCE_S):
                    await self.send({"type": "http.response.body", "body": body, "more_body": not is_last})
                self.last_sent_at = time.monotonic()
                events = [] if is_last else self._news()
        except (TimeoutError, OSError):
            if self.cut:
                self.cut()

    def _news(self) -> list[str]:
        """The events that wait."""
        events = []
        if self.resync:
            self.posts, self.entries, self.resync = [], [], False
            events.append(_event("resync", {"unread": self.standing.unread if self.standing else 0}))
        if self.posts:
            posts, self.posts = self.posts, []
            events.append(_event("posts", {"posts": [{"id": post.id, "at": post.at} for post in posts]}))
        if self.stands and self.standing:
            self.stands = False
            news: dict[str, Any] = {"unread": self.standing.unread}
            if self.entries_wanted:
                news["entries"], self.entries = self.entries, []
            events.append(_event("inbox", news))
        if self.counts:
            counts, self.counts = self.counts, {}
            events.append(_event("counts", counts))
        if self.farewell is not None:
            events.append(_event("bye", self.farewell))
        return events


def _event(name: str, data: Any) -> str:
    text = json.dumps(data, separators=(",", ":"))
    return f"event: {name}\ndata: {text}\n\n"


def _same(one: InboxState, other: InboxState) -> bool:
    return (one.seq, one.version, one.unread) == (other.seq, other.version, other.unread)
