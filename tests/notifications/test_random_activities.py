"""Batches of activities at random: what the statements leave is what a plain account of the same activities says."""

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from notifications.inbox import operations, reading, visibility
from notifications.inbox.operations import FEW, Activity, Moved
from notifications.models import GroupMember, Inbox, Mute, NotificationGroup
from notifications.preferences.mutes import mute_post
from socialapp.follows.models import Block
from socialapp.messaging.models import SHARDS
from socialapp.posts.models import Post
from socialapp.posts.operations import publish_post
from socialapp.users.models import Person
from tests.people import new_person

pytestmark = pytest.mark.django_db

STEPS = int(os.environ.get("RANDOM_STEPS", "60"))
Place = tuple[int, str, int | None]  # recipient, kind, post
Doer = tuple[int, int]  # actor, comment
START = datetime(2026, 1, 1, tzinfo=UTC)
# These activities are no facts of any app.
WHATEVER_IS_KNOWN = """
SELECT found.recipient_id, found.kind, found.post_id, member.actor_id, member.reply_id
FROM notifications_groupmember AS member JOIN notifications_group AS found ON found.id = member.group_id
"""


@dataclass
class Told:
    """An activity in a group. `seq` is the number that the group took when it moved up for it, if it did."""

    at: datetime
    suppressed_reason: str
    active: bool
    seq: int | None = None


@dataclass
class Row:
    """A group."""

    activities: dict[Doer, Told] = field(default_factory=dict)
    at: datetime | None = None
    seq: int = 0
    unread_seq: int | None = None
    read_seq: int = 0
    marked_seq: int = 0

    def settle(self) -> None:
        """Stand where the last of those who are there put it, unread if that was not read."""
        there = [told for told in self.activities.values() if told.active]
        if not there:
            return
        self.seq = max(told.seq or 0 for told in there)
        self.at = max(told.at for told in there if told.seq == self.seq)
        newest = max(self.seq, self.marked_seq)
        self.unread_seq = newest if newest > self.read_seq else None

    def standing(self) -> tuple[int, list[int], int, int | None]:
        """Count, newest, seq, unread_seq."""
        newest = sorted(((told.at, actor) for (actor, _), told in self.activities.items() if told.active), reverse=True)
        people = list(dict.fromkeys(actor for _, actor in newest))
        return len(people), people[:3], self.seq, self.unread_seq


class Account:
    """All inboxes, kept one activity at a time."""

    def __init__(self) -> None:
        self.suppressed_reason: dict[tuple[int, int], str] = {}
        self.threads: dict[int, int] = {}  # of each post the one that began its thread
        self.muted: set[tuple[int, int, str]] = set()  # person, thread, one kind or all
        self.suspended: set[int] = set()
        self.rows: dict[Place, Row] = {}
        self.seqs: dict[int, int] = {}

    def notify(self, activities: list[Activity]) -> dict[Place, datetime]:
        """Which groups moved, and when their first new activity was accepted."""
        changed, moved, back = set(), dict[Place, list[Activity]](), set()
        for activity in activities:
            if activity.recipient_id == activity.actor_id:
                continue
            place = (activity.recipient_id, activity.kind, activity.post_id)
            is_active, is_new = self._join(self.rows.setdefault(place, Row()), activity)
            if is_active:
                changed.add(activity.recipient_id)
            if is_active and is_new:
                moved.setdefault(place, []).append(activity)
            elif is_active:
                back.add(place)
        self._move_up(moved)
        for place in back:
            self.rows[place].settle()
        for person_id in changed - {place[0] for place in moved}:
            self.seqs[person_id] = self.seqs.get(person_id, 0) + 1
        return {place: min(activity.at for activity in deeds_there) for place, deeds_there in moved.items()}

    def _move_up(self, moved: dict[Place, list[Activity]]) -> None:
        for place, activities in sorted(moved.items(), key=lambda item: max(activity.at for activity in item[1])):
            row, seq = self.rows[place], self.seqs.get(place[0], 0) + 1
            row.at, row.seq, row.unread_seq = max(activity.at for activity in activities), seq, seq
            self.seqs[place[0]] = seq
            for activity in activities:
                row.activities[activity.actor_id, activity.reply_id].seq = seq

    def _join(self, row: Row, activity: Activity) -> tuple[bool, bool]:
        """Whether it became active, and whether it is new: not known before, or suppressed and done anew since."""
        why = self.why(activity)
        told = row.activities.get((activity.actor_id, activity.reply_id))
        if told is None or self._is_anew(told, activity, why):
            row.activities[activity.actor_id, activity.reply_id] = Told(activity.at, why, active=not why)
            return not why, True
        if told.suppressed_reason == "suspended" != why:
            why = why if why == "blocked" else ""
        elif told.active or told.suppressed_reason:
            return False, False
        told.active, told.suppressed_reason = not why, why
        return told.active, False

    @staticmethod
    def _is_anew(told: Told, activity: Activity, why: str) -> bool:
        if told.suppressed_reason == "suspended":
            return told.seq is None and why != "suspended"
        return bool(told.suppressed_reason) and activity.at > told.at

    def why(self, activity: Activity) -> str:
        """Why the one does not hear of what the other did, if so."""
        why = self.suppressed_reason.get((activity.recipient_id, activity.actor_id), "")
        if activity.actor_id in self.suspended and why != "blocked":
            return "suspended"
        thread = self.threads.get(activity.post_id or 0, 0)
        return why or (
            "muted" if self.muted & {(activity.recipient_id, thread, kind) for kind in ("", activity.kind)} else ""
        )

    def cease(self, activities: list[tuple[Place, Doer]], why: str = "") -> None:
        """Taken back; or because the recipient blocked who did it, or that one was suspended."""
        changed = set()
        for place, doer in activities:
            row = self.rows.get(place, Row())
            told = row.activities.get(doer)
            if told is None:
                continue
            if told.active:
                told.active, told.suppressed_reason = False, why
                changed.add(place)
            elif why == "blocked" and told.suppressed_reason == "suspended":
                told.suppressed_reason = why
            elif why != "suspended" and doer[1] == 0 and bool(told.suppressed_reason) == (why == ""):
                del row.activities[doer]
        for place in changed:
            self.rows[place].settle()
        for person_id in {place[0] for place in changed}:
            self.seqs[person_id] += 1

    def activities_of(self, recipient_id: int, actor_id: int) -> list[tuple[Place, Doer]]:
        places = [place for place in self.rows if place[0] == recipient_id]
        return [(place, doer) for place in places for doer in self.rows[place].activities if doer[0] == actor_id]


class World:
    """Six people on the posts of four of them, who do not always want to hear of the others.

    Half of the posts are a conversation: each of these answers the one before.
    """

    def __init__(self, seed: int) -> None:
        self.moved: list[Moved] = []
        self.dice = random.Random(seed)  # noqa: S311  no secret
        self.people = [new_person(f"person{number}").pk for number in range(6)]
        by = {person.pk: person for person in Person.objects.all()}
        self.posts = [publish_post(author=by[who], body="?")[0] for who in self.people[:4] for _ in range(2)]
        self.gone = max(post.pk for post in self.posts) + 1
        self.times = self._times()
        self.account = Account()
        self.account.threads = {post.pk: post.pk for post in self.posts}
        conversation = self.posts[::2]
        for answered, reply in pairwise(conversation):
            answer = {"reply_to": answered.pk, "reply_to_author": answered.author_id, "thread": conversation[0].pk}
            Post.objects.filter(pk=reply.pk).update(**answer)
            self.account.threads[reply.pk] = conversation[0].pk

    def spare(self, recipient_id: int, actor_id: int, why: str) -> None:
        """From now on the recipient hears of the actor, or does not, for that reason."""
        Mute.objects.filter(person_id=recipient_id, muted_id=actor_id).delete()
        Block.objects.filter(blocker_id=recipient_id, blocked_id=actor_id).delete()
        if why == "muted":
            Mute.objects.create(person_id=recipient_id, muted_id=actor_id)
        elif why == "blocked":
            Block.objects.create(blocker_id=recipient_id, blocked_id=actor_id)
        self.account.suppressed_reason[recipient_id, actor_id] = why

    def spare_thread(self, recipient_id: int, post_id: int, kind: str) -> None:
        """From now on the recipient does not hear of the conversation of this post, or of one kind in it; or does."""
        thread = self.account.threads[post_id]
        if Post.objects.get(pk=post_id).author_id in self.account.suspended:
            return  # it cannot be seen
        if (recipient_id, thread, kind) in self.account.muted:
            Mute.objects.get(person_id=recipient_id, thread=thread, kind=kind).delete()
        else:
            mute_post(person=Person.objects.get(pk=recipient_id), post_id=post_id, kind=kind)
        self.account.muted ^= {(recipient_id, thread, kind)}

    def suspend(self, actor_id: int) -> dict[Place, datetime]:
        """They are suspended, or let back in. Which groups moved."""
        account = self.account
        let_in = actor_id in account.suspended
        Person.objects.filter(pk=actor_id).update(suspended_at=None if let_in else START)
        for shard in sorted({recipient_id % SHARDS for recipient_id in self.people}):
            moved, is_more = operations.settle_suspension(person_id=actor_id, shard=shard)
            assert not is_more
            self.moved += moved
        if not let_in:
            account.suspended.add(actor_id)
            for recipient_id in self.people:
                account.cease(account.activities_of(recipient_id, actor_id), "suspended")
            return {}
        account.suspended.remove(actor_id)
        hidden = [
            Activity(*place, *doer, told.at)
            for place, row in account.rows.items()
            for doer, told in row.activities.items()
            if doer[0] == actor_id and told.suppressed_reason == "suspended"
        ]
        return account.notify(hidden)

    def _times(self) -> Iterator[datetime]:
        for number in range(10_000_000):  # no two the same, but not in order
            yield START + timedelta(seconds=number + self.dice.randrange(500), microseconds=number % 1_000_000)

    def batch(self) -> list[Activity]:
        size = self.dice.choice((1, 1, 2, 5, 20, FEW + 30))
        return list(
            {(d.recipient_id, d.kind, d.post_id, d.actor_id, d.reply_id): d for d in self._activities(size)}.values()
        )

    def _activities(self, size: int) -> Iterator[Activity]:
        for _ in range(size):
            kind = self.dice.choice(("like", "like", "share", "comment", "comment", "reply", "mention", "follow"))
            post: Post = self.dice.choice(self.posts)
            comment = self.dice.randrange(1, 5) if kind in {"comment", "reply"} else 0
            post_id = None if kind == "follow" else post.pk
            recipient_id, actor_id = post.author_id, self.dice.choice(self.people)
            if kind == "mention":
                recipient_id, actor_id = self.dice.choice(self.people[:4]), recipient_id
            yield Activity(recipient_id, kind, post_id, actor_id, comment, next(self.times))

    def rows(self) -> dict[Place, tuple[int, list[int], int, int | None]]:
        return {
            (g.recipient_id, g.kind, g.post_id): (g.count, g.newest_ids, g.seq, g.unread_seq)
            for g in NotificationGroup.objects.all()
        }

    def activities(self) -> list[tuple[tuple[int, str, int], Doer, bool, str]]:
        members = GroupMember.objects.select_related("group")
        return sorted(
            (
                (m.group.recipient_id, m.group.kind, m.group.post_id or 0),
                (m.actor_id, m.reply_id),
                m.active,
                m.suppressed_reason,
            )
            for m in members
        )

    def check(self) -> None:
        assert self.rows() == {place: row.standing() for place, row in self.account.rows.items()}
        assert self.activities() == sorted(
            ((r, k, p or 0), doer, told.active, told.suppressed_reason)
            for (r, k, p), row in self.account.rows.items()
            for doer, told in row.activities.items()
        )
        assert dict(Inbox.objects.values_list("person_id", "seq")) == self.account.seqs
        for group in NotificationGroup.objects.exclude(seq=0):
            assert group.at == self.account.rows[group.recipient_id, group.kind, group.post_id].at


def happen(world: World) -> dict[Place, datetime]:
    """One thing at random. Which groups moved, and when the first new activity there was accepted."""
    if world.dice.random() < 0.1:
        pair = world.dice.choice(world.people[:4]), world.dice.choice(world.people[4:])
        world.spare(*pair, world.dice.choice(("", "", "muted", "blocked")))
    if world.dice.random() < 0.1:
        post, kind = world.dice.choice(world.posts), world.dice.choice(("", "", "like", "comment", "mention"))
        world.spare_thread(world.dice.choice(world.people[:4]), post.pk, kind)
    if world.dice.random() < 0.1:
        return world.suspend(world.dice.choice(world.people[3:]))
    match world.dice.choice(("notify", "notify", "retract", "retract", "withhold", "read", "unread")):
        case "notify":
            batch = world.batch()
            nothing = Activity(batch[0].recipient_id, "like", world.gone, world.people[5], 0, START)
            world.moved += operations.notify([*batch, nothing])
            return world.account.notify(batch)
        case "retract":
            batch = world.batch()
            operations.retract(batch)
            world.account.cease([((d.recipient_id, d.kind, d.post_id), (d.actor_id, d.reply_id)) for d in batch])
        case "withhold" if world.dice.random() < 0.1:
            pair = world.dice.choice(world.people[:4]), world.dice.choice(world.people)
            operations.withhold([pair])
            world.account.cease(world.account.activities_of(*pair), "blocked")
        case how if world.account.rows:
            mark(world, unread=how == "unread")
    return {}


def mark(world: World, *, unread: bool) -> None:
    """One group unread, or read as it was seen."""
    place = world.dice.choice(sorted(world.account.rows, key=str))
    group = NotificationGroup.objects.get(recipient_id=place[0], kind=place[1], post=place[2])
    row = world.account.rows[place]
    if unread:
        reading.mark_unread(person_id=place[0], ids=[f"n{group.pk}"])
        seq = world.account.seqs[place[0]] = world.account.seqs.get(place[0], 0) + 1
        row.unread_seq = row.marked_seq = seq
        return
    until = world.dice.choice((None, row.seq, row.seq - 1, row.seq - 3))
    reading.mark_read(person_id=place[0], ids=[f"n{group.pk}"], until=until)
    last = world.account.seqs.get(place[0], 0)
    row.read_seq = max(row.read_seq, last if until is None else min(until, last))
    if until is None or row.seq <= until:
        row.unread_seq, row.marked_seq = None, 0


@pytest.mark.parametrize("seed", [int(seed) for seed in os.environ.get("RANDOM_SEEDS", "1 2 3").split()])
def test_what_is_left_is_what_was_done(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visibility, "_facts", lambda: WHATEVER_IS_KNOWN)
    world = World(seed)
    for _ in range(STEPS):
        world.moved.clear()
        newest = GroupMember.objects.order_by("-ordinal").values_list("ordinal", flat=True).first() or 0
        moved = happen(world)
        world.check()
        told = {}
        for each in world.moved:
            group = NotificationGroup.objects.get(pk=each.group_id)
            new = GroupMember.objects.filter(group=group, ordinal__gt=newest, suppressed_reason="").order_by("ordinal")
            ids = list(new.values_list("ordinal", flat=True))
            assert (each.first_member, each.last_member) == (ids[0], ids[-1])
            told[group.recipient_id, group.kind, group.post_id] = each.oldest_at
        assert told == moved
