"""A record and views written by hand, in which all is well: for the tests of the checker, which spoil one thing each.

Ada wrote post 1 and hears by mail (endpoint 1), push (2) and a webhook (3). Bob likes it, comments on it, and follows
her; Charlie liked it, took that back, and never learned whether his share arrived. It did.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.checker.activities import Activity
from tests.chaos.checker.arrived import Arrival, Arrived
from tests.chaos.checker.check import compare
from tests.chaos.checker.findings import Report
from tests.chaos.checker.rows import Delivery, Endpoint, Group, Member, Rows, Text
from tests.chaos.checker.shown import Entry, Shown
from tests.chaos.checker.world import Disturbance, World
from tests.chaos.record import Intention, Outcome, Try, Verb

WORLD = World(
    ids={"ada": 1, "bob": 2, "charlie": 3},
    tokens=dict.fromkeys(("ada", "bob", "charlie"), "sa_"),
    posts={1: "ada"},
    api="",
    database="",
    bells={"bob": ("ada",)},
)
ANSWERED: dict[Outcome, Try] = {
    "accepted": Try(0, status=201),
    "refused": Try(0, status=404),
    "unknown": Try(0, error="timeout"),
}
BOB_LIKES = Activity("ada", "like", 1, "bob")
CHARLIE_LIKES = Activity("ada", "like", 1, "charlie")
CHARLIE_SHARES = Activity("ada", "share", 1, "charlie")
BOB_COMMENTS = Activity("ada", "comment", 1, "bob", 7)
BOB_FOLLOWS = Activity("ada", "follow", 0, "bob")


def intention(n: int, client: str, verb: str, outcome: Outcome = "accepted", **what: Any) -> Intention:
    """Begun at second 100 n, and answered in the second after; or given up then."""
    spoken: Any = verb
    said: Verb = spoken
    answered = ANSWERED[outcome]
    tries = [Try(100.0 * n, 100.0 * n + 1, answered.status, answered.error)]
    return Intention(n, client, said, begun_at=100.0 * n, tries=tries, outcome=outcome, **what)


def record() -> list[Intention]:
    return [
        intention(1, "bob", "like", post=1),
        intention(2, "charlie", "like", post=1),
        intention(3, "charlie", "unlike", post=1),
        intention(4, "charlie", "share", "unknown", post=1),
        intention(5, "bob", "comment", post=1, key="k", answer={"id": 7}),
        intention(6, "bob", "follow", person="ada"),
    ]


def rows() -> Rows:
    """As they are stored; each group has the number of its post's kind as id, each member that of its line."""
    groups = [
        Group(1, "ada", "like", 1, 1),
        Group(2, "ada", "share", 1, 1),
        Group(3, "ada", "comment", 1, 1),
        Group(4, "ada", "follow", 0, 1),
    ]
    members = [
        Member(1, 1, BOB_LIKES, delivered_at=101.5),
        Member(2, 1, CHARLIE_LIKES, active=False, delivered_at=201.5),
        Member(3, 2, CHARLIE_SHARES, delivered_at=401.5),
        Member(4, 3, BOB_COMMENTS, delivered_at=501.5),
        Member(5, 4, BOB_FOLLOWS, delivered_at=601.5),
    ]
    channels = {1: ("email", "ada@example.org"), 2: ("push", "http://fake/push/a"), 3: ("webhook", "http://fake/a")}
    deliveries = [
        Delivery(10 * endpoint + member.id, endpoint, member.group, member.id, member.id, "sent",
                 bundle=10 * endpoint + member.id)
        for endpoint in channels for member in members
    ]  # fmt: skip
    return Rows(
        likes=Counter([("bob", 1)]),
        shares=Counter([("charlie", 1)]),
        follows={("bob", "ada"): 600.5},
        posts={1: Text(1, "ada", created_at=50.0)},
        comments={7: Text(7, "bob", "k", post=1, reply_to=1)},
        members=members,
        groups={group.id: group for group in groups},
        counters={
            ("post.likes", 1): 1,
            ("post.shares", 1): 1,
            ("post.comments", 1): 1,
            ("person.posts", 1): 1,
            ("person.followers", 1): 1,
            ("person.following", 2): 1,
        },
        endpoints={id_: Endpoint(id_, "ada", name, address) for id_, (name, address) in channels.items()},
        deliveries=deliveries,
    )


def shown() -> Shown:
    return Shown(
        inboxes={
            "ada": [
                Entry("n4", "follow", 0, 1, ("bob",)),
                Entry("n3", "comment", 1, 1, ("bob",)),
                Entry("n2", "share", 1, 1, ("charlie",)),
                Entry("n1", "like", 1, 1, ("bob",)),
            ],
            "bob": [],
            "charlie": [],
        },
        badges={"ada": 4, "bob": 0, "charlie": 0},
        feeds={"ada": [1], "bob": [1, 7], "charlie": [1]},
        profiles={"ada": (1, 1, 0), "bob": (0, 0, 1), "charlie": (0, 0, 0)},
        posts={1: (1, 1, 1), 7: (0, 0, 0)},
    )


def arrived() -> Arrived:
    """Each delivery, once."""
    found = Arrived()
    for delivery in rows().deliveries:
        name = f"n{delivery.group}"
        found.by_endpoint.setdefault(delivery.endpoint, []).append({
            1: Arrival(delivery.bundle, at=700.0),
            2: Arrival(delivery.bundle, group=name, tag=name, topic=name),
            3: Arrival(delivery.bundle, group=name, people=(
                {1: "bob", 2: "charlie", 3: "charlie", 4: "bob", 5: "bob"}[delivery.first],
            )),
        }[delivery.endpoint])  # fmt: skip
    return found


@dataclass
class Scene:
    """All of it, to be spoiled."""

    record: list[Intention] = field(default_factory=record)
    rows: Rows = field(default_factory=rows)
    shown: Shown = field(default_factory=shown)
    arrived: Arrived = field(default_factory=arrived)
    disturbances: Sequence[Disturbance] = ()
    world: World = WORLD

    def check(self) -> Report:
        return compare(self.world, self.record, self.rows, self.shown, self.arrived, self.disturbances)

    def found(self) -> set[tuple[str, str]]:
        """Kind and place of each finding."""
        return {(finding.kind.name, finding.where) for finding in self.check().findings}
