"""Conversations at random: who is notified of what, and how often it counts, is what a plain account of it says."""

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from notifications.history.audit import audit
from notifications.inbox.queries import inbox
from notifications.models import GroupMember, Kind, NotificationGroup
from notifications.preferences.mutes import mute_post, mutes_of
from reactions import operations as reactions
from socialapp.counters.queries import counts
from socialapp.follows.operations import block
from socialapp.messaging.consumer import consume
from socialapp.posts import operations as posts
from socialapp.posts.models import Post
from socialapp.posts.queries import summarise
from socialapp.users.models import Person
from socialapp.users.operations import suspend, unsuspend
from tests.people import new_person

pytestmark = pytest.mark.django_db

STEPS = int(os.environ.get("RANDOM_STEPS", "150"))
Fact = tuple[int, str, int, int, int]  # recipient, kind, post, actor, reply


@dataclass
class Written:
    """A post, or a reply to `answers` by `answered_author`; who was named in it, liked it and shared it."""

    id: int
    author: int
    answers: int | None = None
    answered_author: int | None = None
    thread: int | None = None
    named: set[int] = field(default_factory=set)
    likes: set[int] = field(default_factory=set)
    shares: set[int] = field(default_factory=set)
    deleted: bool = False
    hidden: bool = False

    @property
    def stands(self) -> bool:
        return not self.deleted and not self.hidden


class Account:
    """All that was written, and who is notified of it by the rules."""

    def __init__(self) -> None:
        self.written: dict[int, Written] = {}
        self.suspended: set[int] = set()
        self.blocks: set[tuple[int, int]] = set()  # pairs of which one blocks the other, in both orders

    def is_shown(self, item: Written) -> bool:
        return item.stands and item.author not in self.suspended

    def beginner(self, item: Written) -> int | None:
        """Who began its thread; None when that post is gone for good."""
        beginning = self.written.get(item.thread or item.id)
        return beginning.author if beginning else None

    def may_react(self, actor: int, item: Written) -> bool:
        return self.is_shown(item) and actor not in self.suspended and (item.author, actor) not in self.blocks

    def may_reply(self, actor: int, item: Written) -> bool:
        return self.may_react(actor, item) and (self.beginner(item), actor) not in self.blocks

    def name(self, item: Written, people: set[int]) -> None:
        """What it says now names these. Of a reply, those notified of it anyway are not mentioned as well."""
        heard = {item.author, item.answered_author, self.beginner(item)}
        item.named = {who for who in people if who in item.named or who not in heard | self.suspended}

    def remove(self, item: Written) -> None:
        """For good; the replies to it stay."""
        del self.written[item.id]
        for reply in self.written.values():
            if reply.answers == item.id:
                reply.answers = None

    def facts(self) -> Iterator[Fact]:
        for item in self.written.values():
            for kind, people in (("like", item.likes), ("share", item.shares)):
                yield from ((item.author, kind, item.id, who, 0) for who in people if who != item.author)
            yield from ((who, "mention", item.id, item.author, 0) for who in item.named)
            if item.thread is not None and item.stands:
                yield from self._of_reply(item, item.thread)

    def _of_reply(self, reply: Written, thread: int) -> Iterator[Fact]:
        answered, beginning = self.written.get(reply.answers or 0), self.written.get(thread)
        if answered and answered.author != reply.author:
            kind = "reply" if answered.thread else "comment"
            yield answered.author, kind, answered.id, reply.author, reply.id
        if beginning and beginning is not answered and beginning.author not in {reply.author, reply.answered_author}:
            yield beginning.author, "comment", beginning.id, reply.author, reply.id

    def active(self) -> set[Fact]:
        """Those in inboxes: not of the suspended, nor between two people one of whom blocks the other."""
        return {
            fact for fact in self.facts() if fact[3] not in self.suspended and (fact[0], fact[3]) not in self.blocks
        }

    def inbox(self, person: int) -> dict[tuple[str, int], set[int]]:
        """{(kind, post): who did it}, of what the person is shown."""
        found: dict[tuple[str, int], set[int]] = {}
        for recipient, kind, post, actor, _ in self.active():
            if recipient == person and self.is_shown(self.written[post]):
                found.setdefault((kind, post), set()).add(actor)
        return found

    def counts(self, item: Written) -> tuple[int, int, int]:
        replies = sum(1 for reply in self.written.values() if reply.answers == item.id and self.is_shown(reply))
        return len(item.likes - self.suspended), len(item.shares - self.suspended), replies


class World:
    """Five people who write, reply to replies, react, edit, delete and come back; and an admin who hides things."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311  no secret
        self.people = [new_person(f"p{number}") for number in range(5)]
        self.account = Account()
        self.number = 0

    def person(self) -> Person:
        return self.dice.choice(self.people)

    def some(self) -> Written | None:
        """Late ones, and those that are shown, more often, so that conversations become deep."""
        written = self.account.written
        shown = [id_ for id_ in written if self.account.is_shown(written[id_])]
        ids = shown if shown and self.dice.random() < 0.7 else list(written)
        return written[max(self.dice.choices(ids, k=3))] if ids else None

    def body(self) -> tuple[str, set[int]]:
        self.number += 1
        named = self.dice.sample(self.people, self.dice.choice((0, 0, 1, 3)))
        return f"{self.number} " + " ".join(f"@{person.username}" for person in named), {each.pk for each in named}

    def write(self) -> None:
        author, (body, named) = self.person(), self.body()
        if author.pk not in self.account.suspended:
            made, _ = posts.publish_post(author=author, body=body)
            item = self.account.written[made.pk] = Written(made.pk, author.pk)
            self.account.name(item, named)

    def reply(self, item: Written) -> None:
        author, (body, named) = self.person(), self.body()
        if not self.account.may_reply(author.pk, item):
            with pytest.raises(Post.DoesNotExist):
                reactions.comment(post_id=item.id, author=author, body=body)
            return
        made, _ = reactions.comment(post_id=item.id, author=author, body=body)
        reply = Written(made.pk, author.pk, item.id, item.author, item.thread or item.id)
        assert (made.reply_to_id, made.reply_to_author, made.thread) == (
            reply.answers,
            reply.answered_author,
            reply.thread,
        )
        self.account.written[made.pk] = reply
        self.account.name(reply, named)

    def react(self, item: Written) -> None:
        people, do, undo = self.dice.choice(
            ((item.likes, reactions.like, reactions.unlike), (item.shares, reactions.share, reactions.unshare))
        )
        actor = self.person().pk
        if actor in people:
            assert undo(post_id=item.id, person_id=actor)
            people.remove(actor)
        elif self.account.may_react(actor, item):
            assert do(post_id=item.id, person_id=actor)
            people.add(actor)
        else:
            with pytest.raises(Post.DoesNotExist):
                do(post_id=item.id, person_id=actor)

    def author_acts(self, item: Written) -> None:
        author = Person.objects.get(pk=item.author)
        if item.author in self.account.suspended or item.hidden:
            return
        if item.deleted:
            posts.restore_post(post_id=item.id, by=author)
            item.deleted = False
        elif self.dice.random() < 0.5:
            posts.delete_post(post_id=item.id, by=author)
            item.deleted = True
        else:
            body, named = self.body()
            posts.edit_post(post_id=item.id, by=author, body=body)
            self.account.name(item, named)

    def admin_acts(self, item: Written) -> None:
        if item.hidden:
            posts.unhide_post(post_id=item.id)
        elif self.dice.random() < 0.15:
            posts.remove_post(post_id=item.id, reason="Rude")
            return self.account.remove(item)
        else:
            posts.hide_post(post_id=item.id, reason="Rude")
        item.hidden = not item.hidden
        return None

    def suspend(self) -> None:
        person, suspended = Person.objects.get(pk=self.person().pk), self.account.suspended
        if person.pk in suspended:
            unsuspend(person=person)
        elif len(suspended) < 2:
            suspend(person=person, reason="Spam")
        else:
            return
        suspended ^= {person.pk}

    def block(self) -> None:
        one, other = self.dice.sample([person.pk for person in self.people], 2)
        if len(self.account.blocks) < 6:
            block(blocker_id=one, blocked_id=other)
            self.account.blocks |= {(one, other), (other, one)}

    def step(self) -> None:
        item = self.some()
        if item is None or self.dice.random() < 0.05:
            return self.write()
        acts: list[Callable[[], None]] = [
            *[lambda: self.reply(item)] * 9,
            *[lambda: self.react(item)] * 4,
            *[lambda: self.author_acts(item)] * 4,
            *[lambda: self.admin_acts(item)] * 2,
            self.suspend,
        ]
        if self.dice.random() < 0.02:
            acts = [self.block]
        return self.dice.choice(acts)()

    def check(self) -> None:
        while consume():
            pass
        account = self.account
        members = GroupMember.objects.filter(active=True).values_list(
            "group__recipient", "group__kind", "group__post", "actor", "reply_id"
        )
        assert sorted(members) == sorted(account.active())
        for person in self.people:
            entries = [entry for entry in inbox(person.pk, size=1_000).items if entry.kind != Kind.POST]
            shown = {(str(e.kind), e.post.pk if e.post else 0): e.count for e in entries}
            assert shown == {place: len(who) for place, who in account.inbox(person.pk).items()}
        rows = summarise(Post.objects.filter(pk__in=account.written), None)
        assert {p.pk: (p.summary["likes"], p.summary["shares"], p.summary["comments"]) for p in rows} == {
            item.id: account.counts(item) for item in account.written.values()
        }
        began = counts(["person.posts"], [person.pk for person in self.people])
        assert {person.pk: began.get(("person.posts", person.pk), 0) for person in self.people} == {
            person.pk: sum(
                1
                for item in account.written.values()
                if (item.author, item.thread, item.stands) == (person.pk, None, True)
            )
            for person in self.people
        }
        findings = audit()
        assert findings.is_well, findings
        assert (findings.accepted, findings.delivered) == (len(list(account.facts())), len(account.active()))


@pytest.mark.parametrize("seed", [int(seed) for seed in os.environ.get("RANDOM_SEEDS", "1 2 3").split()])
def test_each_hears_once_of_what_stands_whatever_became_of_it_meanwhile(seed: int) -> None:
    world = World(seed)
    for number in range(STEPS):
        world.step()
        if number % 10 == 9:
            world.check()
        elif world.dice.random() < 0.3:
            consume()
    world.check()
    depth: dict[int | None, int] = {None: 0}
    for item in sorted(world.account.written.values(), key=lambda item: item.id):
        depth[item.id] = depth.get(item.answers, 0) + 1
    assert max(depth.values()) >= 4


def test_a_mute_of_any_reply_mutes_the_whole_conversation_and_no_other(ada: Person, bob: Person, post: Post) -> None:
    other, _ = posts.publish_post(author=ada, body="Another")
    first, _ = reactions.comment(post_id=post.pk, author=bob, body="First")
    own, _ = reactions.comment(post_id=first.pk, author=ada, body="Thanks")
    consume()
    NotificationGroup.objects.filter(recipient=ada).delete()
    mute_post(person=ada, post_id=first.pk)
    deep, _ = reactions.comment(post_id=own.pk, author=bob, body="Deep")
    reactions.comment(post_id=deep.pk, author=bob, body="Deeper, to myself")
    reactions.comment(post_id=post.pk, author=bob, body="Second")
    reactions.like(post_id=own.pk, person_id=bob.pk)
    reactions.share(post_id=own.pk, person_id=bob.pk)
    elsewhere, _ = reactions.comment(post_id=other.pk, author=bob, body="Elsewhere")
    consume()
    assert [(entry.kind, entry.post) for entry in inbox(ada.pk).items] == [("comment", other)]
    third = new_person("third")
    reactions.comment(post_id=deep.pk, author=third, body="@ada, see")
    reactions.comment(post_id=elsewhere.pk, author=third, body="See")
    consume()
    assert [(entry.kind, entry.post, entry.count) for entry in inbox(ada.pk).items] == [("comment", other, 2)]
    gone = GroupMember.objects.filter(group__recipient=ada, active=False)
    assert set(gone.values_list("suppressed_reason", flat=True)) == {"muted"}


def test_a_mute_outlives_the_post_that_began_its_thread(ada: Person, bob: Person, post: Post) -> None:
    answer, _ = reactions.comment(post_id=post.pk, author=ada, body="Hm")
    mute_post(person=ada, post_id=post.pk)
    posts.remove_post(post_id=post.pk, reason="Spam")
    other, _ = reactions.comment(post_id=answer.pk, author=bob, body="Hm?")
    consume()
    assert inbox(ada.pk).items == []
    mute_post(person=ada, post_id=other.pk)
    assert [(mute.thread, vars(mute)["post_body"]) for mute in mutes_of(ada)] == [(post.pk, None)]
