"""What is stored, read by SQL of our own in one snapshot."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import psycopg2

from tests.chaos.checker.activities import Activity
from tests.chaos.checker.filed import Case, Filed, Notice, read_acts, read_cases, read_filed, read_notices

NOBODY = 0


@dataclass(frozen=True)
class Text:
    """A stored post or reply. Of a reply, `post` began the thread, and `reply_to` is what it answers; else both are 0.

    `created_at` in Unix seconds.
    """

    id: int
    author: str
    key: str = ""
    gone: bool = False
    body: str = ""
    created_at: float = 0.0
    post: int = 0
    reply_to: int = 0
    visibility: str = "public"


@dataclass(frozen=True)
class Member:
    """That an activity is in a group."""

    id: int
    group: int
    activity: Activity
    active: bool = True
    withheld: str = ""
    at: float = 0.0
    delivered_at: float = 0.0


@dataclass(frozen=True)
class Group:
    """A row of an inbox."""

    id: int
    recipient: str
    kind: str
    post: int
    count: int
    unread: bool = True
    seq: int = 0


@dataclass(frozen=True)
class Endpoint:
    """A way out of the house."""

    id: int
    person: str
    channel: str
    address: str
    disabled: bool = False
    created_at: float = 0.0


@dataclass(frozen=True)
class Delivery:
    """That an endpoint is told of the members `first` to `last` of a group, or of a new post."""

    id: int
    endpoint: int
    group: int
    first: int
    last: int
    state: str
    reason: str = ""
    bundle: int = 0
    attempts: int = 0
    post: int = 0


@dataclass
class Rows:
    """All of it. `follows`: (follower, followee) and since when; a pair that is there twice is in `twice`.

    `requests`: (who asks to follow, whom). `approved`: the follows that were. `bells`: (who is rung, by whose posts)
    and since when. `comments`: replies. `blocks`: (blocker, blocked).
    `read_posts`: (who, which new post they read by itself). `filed`: reports. `acts`: how often moderators did what
    in which case.
    """

    likes: Counter[tuple[str, int]] = field(default_factory=Counter)
    shares: Counter[tuple[str, int]] = field(default_factory=Counter)
    follows: dict[tuple[str, str], float] = field(default_factory=dict)
    requests: set[tuple[str, str]] = field(default_factory=set)
    approved: set[tuple[str, str]] = field(default_factory=set)
    blocks: set[tuple[str, str]] = field(default_factory=set)
    twice: list[str] = field(default_factory=list)
    posts: dict[int, Text] = field(default_factory=dict)
    comments: dict[int, Text] = field(default_factory=dict)
    members: list[Member] = field(default_factory=list)
    groups: dict[int, Group] = field(default_factory=dict)
    counters: dict[tuple[str, int], int] = field(default_factory=dict)
    endpoints: dict[int, Endpoint] = field(default_factory=dict)
    deliveries: list[Delivery] = field(default_factory=list)
    bells: dict[tuple[str, str], float] = field(default_factory=dict)
    read_up_to: dict[str, float] = field(default_factory=dict)
    read_posts: set[tuple[str, int]] = field(default_factory=set)
    filed: list[Filed] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    acts: Counter[tuple[str, int]] = field(default_factory=Counter)
    notices: list[Notice] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    set_aside: list[str] = field(default_factory=list)

    @property
    def texts(self) -> dict[int, Text]:
        """Posts and replies, which have one space of ids."""
        return self.posts | self.comments


def read_rows(url: str) -> Rows:
    """Raises psycopg2.Error."""
    connection = psycopg2.connect(url, connect_timeout=10)
    try:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        return _Reader(connection).read()
    finally:
        connection.close()


class _Reader:
    def __init__(self, connection: Any) -> None:
        self.connection = connection
        # Moderators write as nobody in particular.
        self.names: dict[int, str] = {NOBODY: ""} | dict(self.ask("SELECT id, username FROM users_person"))

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(statement)
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found

    def read(self) -> Rows:
        rows = Rows()
        for name, found in (("likes", rows.likes), ("shares", rows.shares)):
            for person, post in self.ask(f"SELECT person_id, post_id FROM reactions_{name.removesuffix('s')}"):
                found[self.names[person], post] += 1
        self._follows(rows)
        self._texts(rows)
        self._inboxes(rows)
        self._outside(rows)
        self._counts(rows)
        self._moderation(rows)
        return rows

    def _follows(self, rows: Rows) -> None:
        for follower, followee, at, approved in self.ask(
            "SELECT follower_id, followee_id, extract(epoch FROM created_at), approved FROM follows_follow"
        ):
            pair = (self.names[follower], self.names[followee])
            if pair in rows.follows:
                rows.twice.append(f"{pair[0]} follows {pair[1]}")
            rows.follows[pair] = float(at)
            if approved:
                rows.approved.add(pair)
        for follower, followee in self.ask("SELECT follower_id, followee_id FROM follows_followrequest"):
            pair = (self.names[follower], self.names[followee])
            if pair in rows.requests or pair in rows.follows:
                rows.twice.append(f"{pair[0]} asks to follow {pair[1]}")
            rows.requests.add(pair)
        for blocker, blocked in self.ask("SELECT blocker_id, blocked_id FROM follows_block"):
            rows.blocks.add((self.names[blocker], self.names[blocked]))

    def _texts(self, rows: Rows) -> None:
        for id_, author, key, gone, body, at, thread, reply_to, visibility in self.ask(
            "SELECT id, author_id, client_key, deleted_at IS NOT NULL, body, extract(epoch FROM created_at), "
            "coalesce(thread, 0), coalesce(reply_to_id, 0), visibility FROM posts_post ORDER BY id"
        ):
            texts = rows.comments if thread else rows.posts
            texts[id_] = Text(id_, self.names[author], key, gone, body, float(at), thread, reply_to, visibility)

    def _moderation(self, rows: Rows) -> None:
        rows.filed = list(read_filed(self.ask, self.names))
        rows.cases = list(read_cases(self.ask, self.names))
        rows.acts = read_acts(self.ask)
        rows.notices = list(read_notices(self.ask, self.names))

    def _inboxes(self, rows: Rows) -> None:
        for id_, recipient, kind, post, count, unread, seq in self.ask(
            "SELECT found.id, recipient_id, kind, coalesce(post_id, 0), count, "
            "coalesce(unread_seq > coalesce(mark.seq, 0), false), found.seq "
            "FROM notifications_group AS found "
            "LEFT JOIN notifications_readmark AS mark ON mark.person_id = recipient_id"
        ):
            rows.groups[id_] = Group(id_, self.names[recipient], kind, post, count, unread, seq)
        for id_, group, actor, comment, active, withheld, at, delivered_at in self.ask(
            "SELECT id, group_id, actor_id, reply_id, active, suppressed_reason, extract(epoch FROM at), "
            "extract(epoch FROM delivered_at) FROM notifications_groupmember ORDER BY id"
        ):
            found = rows.groups[group]
            activity = Activity(found.recipient, found.kind, found.post, self.names[actor], comment)
            rows.members.append(Member(id_, group, activity, active, withheld, float(at), float(delivered_at)))
        for person, at in self.ask(
            "SELECT person_id, extract(epoch FROM posts_at) FROM notifications_readmark WHERE posts_at IS NOT NULL"
        ):
            rows.read_up_to[self.names[person]] = float(at)
        for person, post in self.ask("SELECT person_id, post_id FROM notifications_postmark WHERE NOT unread"):
            rows.read_posts.add((self.names[person], post))

    def _outside(self, rows: Rows) -> None:
        for id_, person, channel, address, disabled, at in self.ask(
            "SELECT id, person_id, channel, address, disabled_at IS NOT NULL, extract(epoch FROM created_at) "
            "FROM notifications_endpoint"
        ):
            rows.endpoints[id_] = Endpoint(id_, self.names[person], channel, address, disabled, float(at))
        for person, author, at in self.ask(
            "SELECT person_id, author_id, extract(epoch FROM created_at) FROM notifications_bell"
        ):
            rows.bells[self.names[person], self.names[author]] = float(at)
        rows.deliveries = [
            Delivery(*found)
            for found in self.ask(
                "SELECT id, endpoint_id, coalesce(group_id, 0), first_member, last_member, state, reason, "
                "coalesce(batch, 0), attempts, coalesce(post_id, 0) FROM notifications_delivery "
                "WHERE kind NOT IN ('test', 'warning') ORDER BY id"
            )
        ]

    def _counts(self, rows: Rows) -> None:
        for name, subject, number in self.ask(
            "SELECT name, subject_id, sum(n) FROM (SELECT name, subject_id, total AS n FROM counters_counter "
            "UNION ALL SELECT name, subject_id, change FROM counters_counterdelta) AS parts GROUP BY 1, 2"
        ):
            rows.counters[name, subject] = int(number)
        for name, shard, aside, error in self.ask(
            "SELECT name, shard, dead_lettered_at IS NOT NULL, right(error, 200) FROM messaging_outbox"
        ):
            found = rows.set_aside if aside else rows.waiting
            found.append(f"{name} in shard {shard}{': ' if error else ''}{error}")
