"""The posts of the last minutes, by anybody: for clients that come back, and for posts that no message announced."""

import asyncio
import time
from collections.abc import Iterable

from notifications.live import updates
from notifications.live.database import Database
from notifications.live.updates import LATEST_COMMIT_US, FollowedPost

KEPT_US = 15 * 60 * 1_000_000
PRELOADED = 2_000


class RecentPosts:
    """Has all posts since `since` that were committed by `until` (microseconds by the database's clock)."""

    def __init__(self, database: Database) -> None:
        self.since = self.until = 0
        self.ready = asyncio.Event()
        self._database = database
        self._posts: dict[int, FollowedPost] = {}
        self._polled: list[tuple[float, int]] = []

    def __contains__(self, post: FollowedPost) -> bool:
        return post.id in self._posts

    def after(self, at: int) -> list[FollowedPost]:
        return [post for post in self._posts.values() if post.at > at]

    def add(self, posts: Iterable[FollowedPost]) -> None:
        self._posts |= {post.id: post for post in posts}

    async def poll(self) -> list[FollowedPost]:
        """Return posts that no message announced; none the first time, as readers of a page know the earlier ones."""
        now = await self._database.ask(updates.clock)
        if not self._polled:
            await self._preload(now)
            return []
        found = await self._database.ask(updates.posts_after, self._beyond())
        self._polled.append((time.monotonic(), max((post.id for post in found), default=self._polled[-1][1])))
        self._know_until(now)
        return [post for post in found if post not in self]

    def _beyond(self) -> int:
        """The greatest id that was seen so long ago that a smaller one cannot be committed any more."""
        while len(self._polled) > 1 and self._polled[1][0] < time.monotonic() - LATEST_COMMIT_US / 1_000_000:
            self._polled.pop(0)
        return self._polled[0][1]

    async def _preload(self, now: int) -> None:
        found = await self._database.ask(updates.newest_posts, PRELOADED)
        self.add(found)
        self._polled = [(time.monotonic(), max(self._posts, default=0))]
        self.since = min(post.at for post in found) if len(found) == PRELOADED else 1
        self._know_until(now)
        self.ready.set()

    def _know_until(self, now: int) -> None:
        """Move on, and forget what is long past."""
        self.until, self.since = now, max(self.since, now - KEPT_US)
        self._posts = {id_: post for id_, post in self._posts.items() if post.at > self.since - LATEST_COMMIT_US}
