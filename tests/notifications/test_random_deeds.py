"""Batches of deeds at random: what the statements leave behind is what a plain account of the same deeds says."""

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from notifications import operations, planning
from notifications.models import Group, Inbox, Member, Mute
from notifications.operations import FEW, Deed
from notifications.planning import Moved
from socialapp.follows.models import Block
from socialapp.posts.models import Post
from socialapp.posts.operations import publish_post
from socialapp.users.models import Person
from tests.people import new_person

pytestmark = pytest.mark.django_db

STEPS = int(os.environ.get("RANDOM_STEPS", "60"))
Place = tuple[int, str, int | None]  # recipient, kind, post
Doer = tuple[int, int]  # actor, comment
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Told:
    """A deed in a group."""

    at: datetime
    withheld: str
    active: bool


@dataclass
class Row:
    """A group."""

    deeds: dict[Doer, Told] = field(default_factory=dict)
    at: datetime | None = None
    seq: int = 0
    unread_seq: int | None = None

    def standing(self) -> tuple[int, list[int], int, int | None]:
        """Count, newest, seq, unread_seq."""
        newest = sorted(((told.at, actor) for (actor, _), told in self.deeds.items() if told.active), reverse=True)
        people = list(dict.fromkeys(actor for _, actor in newest))
        return len(people), people[:3], self.seq, self.unread_seq


class Account:
    """All inboxes, kept one deed at a time."""

    def __init__(self) -> None:
        self.withheld: dict[tuple[int, int], str] = {}
        self.rows: dict[Place, Row] = {}
        self.seqs: dict[int, int] = {}

    def notify(self, deeds: list[Deed]) -> dict[Place, datetime]:
        """Which groups moved, and when their first new deed was accepted."""
        changed, moved = set(), dict[Place, list[datetime]]()
        for deed in deeds:
            if deed.recipient_id == deed.actor_id:
                continue
            place = (deed.recipient_id, deed.kind, deed.post_id)
            is_active, is_new = self._join(self.rows.setdefault(place, Row()), deed)
            if is_active:
                changed.add(deed.recipient_id)
            if is_active and is_new:
                moved.setdefault(place, []).append(deed.at)
        for place, ats in sorted(moved.items(), key=lambda item: max(item[1])):
            row, seq = self.rows[place], self.seqs.get(place[0], 0) + 1
            row.at, row.seq, row.unread_seq, self.seqs[place[0]] = max(ats), seq, seq, seq
        for person_id in changed - {place[0] for place in moved}:
            self.seqs[person_id] = self.seqs.get(person_id, 0) + 1
        return {place: min(ats) for place, ats in moved.items()}

    def _join(self, row: Row, deed: Deed) -> tuple[bool, bool]:
        """Whether it became active, and whether it was not known before."""
        why = self.withheld.get((deed.recipient_id, deed.actor_id), "")
        told = row.deeds.get((deed.actor_id, deed.comment_id))
        if told is None:
            row.deeds[deed.actor_id, deed.comment_id] = Told(deed.at, why, active=not why)
            return not why, True
        if told.active or told.withheld:
            return False, False
        told.active, told.withheld = not why, why
        return told.active, False

    def cease(self, deeds: list[tuple[Place, Doer]], why: str = "") -> None:
        changed = set()
        for place, doer in deeds:
            told = self.rows.get(place, Row()).deeds.get(doer)
            if told and told.active:
                told.active, told.withheld = False, why
                changed.add(place[0])
        for person_id in changed:
            self.seqs[person_id] += 1

    def deeds_of(self, recipient_id: int, actor_id: int) -> list[tuple[Place, Doer]]:
        places = [place for place in self.rows if place[0] == recipient_id]
        return [(place, doer) for place in places for doer in self.rows[place].deeds if doer[0] == actor_id]


class World:
    """Six people on the posts of four of them, who do not always want to hear of the others."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311  no secret
        self.people = [new_person(f"person{number}").pk for number in range(6)]
        by = {person.pk: person for person in Person.objects.all()}
        self.posts = [publish_post(author=by[who], body="?")[0] for who in self.people[:4] for _ in range(2)]
        self.gone = max(post.pk for post in self.posts) + 1
        self.times = self._times()
        self.account = Account()

    def spare(self, recipient_id: int, actor_id: int, why: str) -> None:
        """From now on the recipient hears of the actor, or does not, for that reason."""
        Mute.objects.filter(person_id=recipient_id, muted_id=actor_id).delete()
        Block.objects.filter(blocker_id=recipient_id, blocked_id=actor_id).delete()
        if why == "muted":
            Mute.objects.create(person_id=recipient_id, muted_id=actor_id)
        elif why == "blocked":
            Block.objects.create(blocker_id=recipient_id, blocked_id=actor_id)
        self.account.withheld[recipient_id, actor_id] = why

    def _times(self) -> Iterator[datetime]:
        for number in range(10_000_000):  # no two the same, but not in order
            yield START + timedelta(seconds=number + self.dice.randrange(500), microseconds=number % 1_000_000)

    def batch(self) -> list[Deed]:
        size = self.dice.choice((1, 1, 2, 5, 20, FEW + 30))
        return list(
            {(d.recipient_id, d.kind, d.post_id, d.actor_id, d.comment_id): d for d in self._deeds(size)}.values()
        )

    def _deeds(self, size: int) -> Iterator[Deed]:
        for _ in range(size):
            kind = self.dice.choice(("like", "like", "share", "comment", "comment", "reply", "follow"))
            post: Post = self.dice.choice(self.posts)
            comment = self.dice.randrange(1, 5) if kind in {"comment", "reply"} else 0
            post_id = None if kind == "follow" else post.pk
            yield Deed(post.author_id, kind, post_id, self.dice.choice(self.people), comment, next(self.times))

    def rows(self) -> dict[Place, tuple[int, list[int], int, int | None]]:
        return {
            (g.recipient_id, g.kind, g.post_id): (g.count, g.newest_ids, g.seq, g.unread_seq)
            for g in Group.objects.all()
        }

    def deeds(self) -> list[tuple[tuple[int, str, int], Doer, bool, str]]:
        members = Member.objects.select_related("group")
        return sorted(
            (
                (m.group.recipient_id, m.group.kind, m.group.post_id or 0),
                (m.actor_id, m.comment_id),
                m.active,
                m.withheld,
            )
            for m in members
        )

    def check(self) -> None:
        assert self.rows() == {place: row.standing() for place, row in self.account.rows.items()}
        assert self.deeds() == sorted(
            ((r, k, p or 0), doer, told.active, told.withheld)
            for (r, k, p), row in self.account.rows.items()
            for doer, told in row.deeds.items()
        )
        assert dict(Inbox.objects.values_list("person_id", "seq")) == self.account.seqs
        for group in Group.objects.exclude(seq=0):
            assert group.at == self.account.rows[group.recipient_id, group.kind, group.post_id].at


def happen(world: World) -> dict[Place, datetime]:
    """One thing at random. Which groups moved, and when the first new deed there was accepted."""
    if world.dice.random() < 0.1:
        pair = world.dice.choice(world.people[:4]), world.dice.choice(world.people[4:])
        world.spare(*pair, world.dice.choice(("", "", "muted", "blocked")))
    match world.dice.choice(("notify", "notify", "retract", "retract", "withhold", "read", "unread")):
        case "notify":
            batch = world.batch()
            nothing = Deed(batch[0].recipient_id, "like", world.gone, world.people[5], 0, START)
            operations.notify([*batch, nothing])
            return world.account.notify(batch)
        case "retract":
            batch = world.batch()
            operations.retract(batch)
            world.account.cease([((d.recipient_id, d.kind, d.post_id), (d.actor_id, d.comment_id)) for d in batch])
        case "withhold" if world.dice.random() < 0.1:
            pair = world.dice.choice(world.people[:4]), world.dice.choice(world.people)
            operations.withhold([pair])
            world.account.cease(world.account.deeds_of(*pair), "blocked")
        case how if world.account.rows:
            mark(world, unread=how == "unread")
    return {}


def mark(world: World, *, unread: bool) -> None:
    """One group read or unread."""
    place = world.dice.choice(sorted(world.account.rows, key=str))
    group = Group.objects.get(recipient_id=place[0], kind=place[1], post=place[2])
    change = operations.mark_unread if unread else operations.mark_read
    change(person_id=place[0], ids=[f"n{group.pk}"])
    seq = None
    if unread:
        seq = world.account.seqs[place[0]] = world.account.seqs.get(place[0], 0) + 1
    world.account.rows[place].unread_seq = seq


@pytest.mark.parametrize("seed", [int(seed) for seed in os.environ.get("RANDOM_SEEDS", "1 2 3").split()])
def test_what_is_left_is_what_was_done(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    planned: list[Moved] = []
    monkeypatch.setattr(planning, "plan", planned.extend)
    world = World(seed)
    for _ in range(STEPS):
        planned.clear()
        newest = Member.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        moved = happen(world)
        world.check()
        told = {}
        for each in planned:
            group = Group.objects.get(pk=each.group_id)
            new = Member.objects.filter(group=group, pk__gt=newest, withheld="").order_by("pk")
            ids = list(new.values_list("pk", flat=True))
            assert (each.first_member, each.last_member) == (ids[0], ids[-1])
            told[group.recipient_id, group.kind, group.post_id] = each.oldest_at
        assert told == moved
