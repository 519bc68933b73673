"""All streams of a process, and what they are sent, in one event loop.

Each loop takes what gathered while it was busy, reads the database once for all of it, and passes it to the streams
concerned. A stream keeps only its last state, and needs no query of its own.
"""

import asyncio
import logging
import random
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from notifications.inbox.cursor import Cursor
from notifications.inbox.sql.reading import UNREAD_CAP
from notifications.inbox.unread_counts import InboxState, marks
from notifications.live import auth, updates
from notifications.live.auth import Admission, Credential
from notifications.live.database import Database, Waiting
from notifications.live.recent import RecentPosts
from notifications.live.stream import HEARTBEAT_S, Stream
from notifications.live.updates import LATEST_COMMIT_US, FollowedPost, InboxUpdate

logger = logging.getLogger(__name__)

CHECK_S = 3.0
# Within this many checks everybody's whole inbox is read, so that changes without a new number (such as a post that its
# author deleted) are noticed, too.
CHECKS_PER_ROUND = 20
COUNTS_EVERY_S = 0.05
COUNTS_AT_ONCE = 2_000
GRANTED_AT_ONCE = 500
# How many come back in a second after a restart, at most: what admitting them costs.
BACK_PER_S = 800
CREDENTIALS_AT_ONCE = 500


class Hub:
    """The streams of one process."""

    def __init__(self) -> None:
        self.database = Database()
        self.streams: set[Stream] = set()
        self.stopping = False
        self._of_person: defaultdict[int, set[Stream]] = defaultdict(set)
        self._watching: defaultdict[int, set[Stream]] = defaultdict(set)
        self._by_id: dict[str, Stream] = {}
        self._standing: dict[int, InboxState] = {}
        self._admitted: dict[Credential, Admission] = {}
        self._knocking: Waiting[tuple[Credential, asyncio.Future[Admission | None]]] = Waiting()
        self._arriving: Waiting[tuple[Stream, Cursor | None]] = Waiting()
        self._changed: Waiting[int] = Waiting()
        self._counted: Waiting[int] = Waiting()
        self._wishes: Waiting[Stream] = Waiting()
        self._posted: Waiting[FollowedPost] = Waiting()
        self._check_now = asyncio.Event()
        self._recent = RecentPosts(self.database)
        self._round = 0

    # --- for the process ---

    async def run(self) -> None:
        """Run until cancelled. A loop that fails, because the database is away, starts again in a second."""
        loops = (
            self._admit, self._welcome, self._look, self._send_posts, self._send_counts, self._grant, self._check,
            self._beat,
        )  # fmt: skip
        async with asyncio.TaskGroup() as group:
            for loop in loops:
                group.create_task(_for_ever(loop), name=loop.__name__)

    def on_wakeup(self, wakeup: dict[str, Any]) -> None:
        """Take a message of socialapp.messaging.live_updates."""
        self._changed.add(*(id_ for id_ in wakeup.get("people", ()) if id_ in self._of_person))
        self._counted.add(*(id_ for id_ in wakeup.get("counts", ()) if id_ in self._watching))
        self._posted.add(*(FollowedPost(id_, author, at) for id_, author, at in wakeup.get("posts", ())))

    def check_now(self) -> None:
        """Look at the rows now: messages may have been missed."""
        self._check_now.set()
        self._counted.add(*self._watching)

    async def farewell(self) -> None:
        """End all streams. Clients come back spread out, so that the next process is not overrun."""
        self.stopping = True
        spread = max(1_000, 1_000 * len(self.streams) // BACK_PER_S)
        for stream in list(self.streams):
            stream.end("restart", random.randrange(200, 200 + spread))  # noqa: S311  spreads load, no secret
        tasks = [stream.task for stream in self.streams if stream.task]
        if tasks:
            await asyncio.wait(tasks, timeout=2)

    # --- for requests ---

    async def admit(self, credential: Credential) -> Admission | None:
        """The person that a credential admits; None when it is not valid."""
        if known := self._admitted.get(credential):
            return known
        answer: asyncio.Future[Admission | None] = asyncio.get_running_loop().create_future()
        self._knocking.add((credential, answer))
        return await answer

    @property
    def people(self) -> int:
        """How many people have a stream."""
        return len(self._of_person)

    def streams_of(self, person_id: int) -> int:
        return len(self._of_person.get(person_id, ()))

    def open(self, stream: Stream, admission: Admission, cursor: Cursor | None, watched: Iterable[int]) -> None:
        """Add a stream. From here on it misses nothing; what happened since the cursor is sent next."""
        self.streams.add(stream)
        self._by_id[stream.id] = stream
        self._of_person[stream.person_id].add(stream)
        self._admitted[stream.credential] = admission
        self._want(stream, watched)
        self._arriving.add((stream, cursor))

    def close(self, stream: Stream) -> None:
        """Remove a stream."""
        self.streams.discard(stream)
        self._by_id.pop(stream.id, None)
        self._want(stream, ())
        mine = self._of_person[stream.person_id]
        mine.discard(stream)
        if not mine:
            del self._of_person[stream.person_id]
            self._standing.pop(stream.person_id, None)
        if not any(other.credential == stream.credential for other in mine):
            self._admitted.pop(stream.credential, None)

    def watch(self, stream_id: str, post_ids: Collection[int]) -> bool:
        """Set the posts that a stream watches, of those it may see. False when the stream is not of this process."""
        stream = self._by_id.get(stream_id)
        if stream:
            self._want(stream, post_ids)
        return stream is not None

    def _want(self, stream: Stream, post_ids: Iterable[int]) -> None:
        stream.wanted = frozenset(post_ids)
        self._watch(stream, stream.watched & stream.wanted)
        if stream.wanted:
            self._wishes.add(stream)

    def _watch(self, stream: Stream, post_ids: Iterable[int]) -> None:
        wanted = frozenset(post_ids)
        for post_id in stream.watched - wanted:
            self._watching[post_id].discard(stream)
            if not self._watching[post_id]:
                del self._watching[post_id]
        for post_id in wanted - stream.watched:
            self._watching[post_id].add(stream)
        stream.watched = wanted

    # --- the loops ---

    async def _admit(self) -> None:
        knocking = list(await self._knocking.take())
        for at in range(0, len(knocking), CREDENTIALS_AT_ONCE):
            few = knocking[at : at + CREDENTIALS_AT_ONCE]
            try:
                found = await self.database.ask(auth.admit, {credential for credential, _ in few})
            except Exception as error:
                for _, answer in knocking[at:]:
                    if not answer.done():
                        answer.set_exception(ConnectionError(str(error)))
                raise
            for credential, answer in few:
                if not answer.done():
                    answer.set_result(found.get(credential))

    async def _welcome(self) -> None:
        # A stream that is greeted before it is known which posts are old would miss a new one.
        await self._recent.ready.wait()
        arriving = dict(await self._arriving.take())
        try:
            looks = await self.database.ask(updates.look, {stream.person_id for stream in arriving}, _behind(arriving))
            missed = await self._posts_missed_by(arriving)
        except Exception:
            self._arriving.add(*arriving.items())
            raise
        for stream, cursor in arriving.items():
            if stream not in self.streams:  # gone meanwhile
                continue
            look = looks[stream.person_id]
            known = self._standing.setdefault(stream.person_id, look.standing)
            if known != look.standing:
                self._changed.add(stream.person_id)
            stream.arrive(look, cursor, missed.get(stream, []), self._recent.until)
            stream.resync |= cursor is not None and cursor.at < self._recent.since
            self._counted.add(*stream.watched)
            stream.greet()

    async def _posts_missed_by(self, arriving: dict[Stream, Cursor | None]) -> dict[Stream, list[FollowedPost]]:
        """Posts by followed people since each cursor; sent again when in doubt, never left out."""
        cursors = {stream: cursor.at - LATEST_COMMIT_US for stream, cursor in arriving.items() if cursor}
        oldest = min(cursors.values(), default=0)
        posts = self._recent.after(oldest)
        if not cursors or not posts:
            return {}
        readers = await self._readers_of(posts, {stream.person_id for stream in cursors})
        return {
            stream: [post for post, _ in readers.get(stream.person_id, ()) if post.at > since]
            for stream, since in cursors.items()
        }

    async def _readers_of(
        self, posts: Collection[FollowedPost], people: Collection[int]
    ) -> dict[int, list[tuple[FollowedPost, bool]]]:
        """{person: posts of their home feed, each with whether it counts as unread}."""
        by_author: defaultdict[int, list[FollowedPost]] = defaultdict(list)
        for post in sorted(posts, key=lambda post: post.at):
            by_author[post.author_id].append(post)
        found: defaultdict[int, list[tuple[FollowedPost, bool]]] = defaultdict(list)
        for author, person, counts in await self.database.ask(updates.online_followers, list(by_author), people):
            found[person] += [(post, counts) for post in by_author[author]]
        for author in by_author.keys() & set(people):
            found[author] += [(post, False) for post in by_author[author]]
        return found

    async def _look(self) -> None:
        people = {person_id for person_id in await self._changed.take() if person_id in self._of_person}
        if not people:
            return
        # Streams that arrive during the query are greeted first: what moved up since their place is another answer.
        greeted = {stream for person_id in people for stream in self._of_person[person_id] if stream.standing}
        try:
            looks = await self.database.ask(updates.look, people, _known_to(greeted))
        except Exception:
            self._changed.add(*people)
            raise
        for person_id, look in looks.items():
            if person_id in self._of_person:
                self._standing[person_id] = look.standing
                for stream in self._of_person[person_id]:
                    if stream in greeted:
                        stream.see(look)
                    elif stream.standing:
                        self._changed.add(person_id)

    async def _send_posts(self) -> None:
        posts = [post for post in await self._posted.take() if post not in self._recent]
        if not posts:
            return
        try:
            readers = await self._readers_of(posts, list(self._of_person))
        except Exception:
            self._posted.add(*posts)
            raise
        self._recent.add(posts)
        for person_id, theirs in readers.items():
            self._send_posts_to(person_id, theirs)

    def _send_posts_to(self, person_id: int, theirs: list[tuple[FollowedPost, bool]]) -> None:
        """Send posts to a person and add them to the badge, without a query: an author may have a million followers."""
        standing = self._standing.get(person_id)
        if standing:
            unread = sum(counts for post, counts in theirs if post.at > standing.at)
            standing = replace(standing, unread=min(standing.unread + unread, UNREAD_CAP))
            self._standing[person_id] = standing
        for stream in self._of_person.get(person_id, ()):
            stream.add_posts([post for post, _ in theirs])
            if stream.standing and standing:
                # Its own place: entries may wait for it that were not read yet.
                stream.see(InboxUpdate(replace(stream.standing, unread=standing.unread), []))
            else:
                self._changed.add(person_id)

    async def _send_counts(self) -> None:
        posts = [post_id for post_id in await self._counted.take() if post_id in self._watching]
        # After a restart, that is all that is on anybody's screen.
        self._counted.add(*posts[COUNTS_AT_ONCE:])
        try:
            found = await self.database.ask(updates.counts_of, posts[:COUNTS_AT_ONCE])
        except Exception:
            self._counted.add(*posts)
            raise
        for post_id, counts in found.items():
            for stream in self._watching.get(post_id, ()):
                stream.count(post_id, counts)
        # A viral post moves twenty times a second, not a thousand.
        await asyncio.sleep(COUNTS_EVERY_S)

    async def _grant(self) -> None:
        """Let streams watch what their people may see: when they ask, and again and again."""
        streams = [stream for stream in await self._wishes.take() if stream in self.streams]
        wanted: defaultdict[int, set[int]] = defaultdict(set)
        for stream in streams[:GRANTED_AT_ONCE]:
            wanted[stream.person_id] |= stream.wanted
        self._wishes.add(*streams[GRANTED_AT_ONCE:])
        try:
            found = await self.database.ask(updates.visible_among, wanted)
        except Exception:
            self._wishes.add(*streams)
            raise
        for stream in streams[:GRANTED_AT_ONCE]:
            if stream in self.streams:
                granted = stream.wanted & found[stream.person_id]
                self._counted.add(*granted - stream.watched)
                self._watch(stream, granted)

    async def _check(self) -> None:
        """Find what no message announced: inboxes that moved, posts, and credentials that are no longer valid."""
        self._posted.add(*await self._recent.poll())
        for stream in self.streams:
            stream.posts_known_until = self._recent.until
        people = list(self._of_person)
        found = await self.database.ask(marks, people) if people else {}
        for person_id, (seq, version) in found.items():
            known = self._standing.get(person_id)
            if known and (known.seq, known.version) != (seq, version):
                self._changed.add(person_id)
        in_turn = people[self._round :: CHECKS_PER_ROUND]
        self._changed.add(*in_turn)
        self._wishes.add(*(stream for person_id in in_turn for stream in self._of_person.get(person_id, ())))
        self._round = (self._round + 1) % CHECKS_PER_ROUND
        await self._check_credentials()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._check_now.wait(), CHECK_S)
        self._check_now.clear()

    async def _check_credentials(self) -> None:
        admitted = dict(self._admitted)
        open_ = await self.database.ask(auth.still_open, admitted) if admitted else {}
        closed = admitted.keys() - open_.keys()
        self._admitted |= {each: open_[each] for each in open_ if each in self._admitted}
        for stream in [stream for stream in self.streams if stream.credential in closed]:
            stream.end("signed out", None)
        for credential in closed:
            self._admitted.pop(credential, None)

    async def _beat(self) -> None:
        now = time.monotonic()
        for stream in list(self.streams):
            if now > stream.ends_at and stream.farewell is None:
                stream.end("age", random.randrange(100, 2_000))  # noqa: S311  spreads load, no secret
            elif stream.greeted and now - stream.last_sent_at > HEARTBEAT_S:
                stream.beat()
        await asyncio.sleep(1)


def _known_to(streams: Iterable[Stream]) -> dict[int, int]:
    """{person id: the sequence number up to which every stream that wants entries has them}."""
    known: dict[int, int] = {}
    for stream in streams:
        if stream.entries_wanted and stream.standing:
            known[stream.person_id] = min(stream.standing.seq, known.get(stream.person_id, stream.standing.seq))
    return known


def _behind(arriving: dict[Stream, Cursor | None]) -> dict[int, int]:
    """The same for streams that come with a cursor."""
    known: dict[int, int] = {}
    for stream, cursor in arriving.items():
        if stream.entries_wanted and cursor:
            known[stream.person_id] = min(cursor.seq, known.get(stream.person_id, cursor.seq))
    return known


async def _for_ever(loop: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await loop()
        except Exception as error:  # noqa: BLE001  the process goes on, whatever it was
            logger.warning("%s failed and tries again: %s", getattr(loop, "__name__", loop), error)
            await asyncio.sleep(1)
