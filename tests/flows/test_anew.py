"""Taken back, withheld and done anew, suspended and back: the inbox, its badge and all channels follow."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from notifications.deliveries.send import deliver as send
from notifications.history.audit import audit
from notifications.inbox import operations, queries, reading
from notifications.inbox.unread_counts import unread_count
from notifications.models import Delivery, FromWhom, Kind, Mute, NotificationGroup
from notifications.preferences.mutes import mute_person, mute_post
from notifications.preferences.operations import set_preferences
from reactions import operations as reactions
from socialapp.follows.operations import block, follow, unblock, unfollow
from socialapp.posts.models import Post
from socialapp.posts.operations import delete_post, edit_post, hide_post, restore_post, unhide_post
from socialapp.users.models import Person
from socialapp.users.operations import delete_account, suspend, unsuspend
from tests.notifications.fakes import Other, pass_time
from tests.people import new_person

pytestmark = pytest.mark.django_db

Deliver = Callable[[], int]


@dataclass(frozen=True)
class Activity:
    """What one person does to another, how it is taken back, and of which kind the notification is."""

    kind: Kind
    do: Callable[[Person, Post], object]
    undo: Callable[[Person, Post], object]


def _mention(actor: Person, _post: Post) -> None:
    edit_post(post_id=post_of(actor).pk, by=actor, body="I mean @ada.")


def _no_mention(actor: Person, _post: Post) -> None:
    edit_post(post_id=post_of(actor).pk, by=actor, body="I mean nobody.")


def post_of(person: Person) -> Post:
    """A post of theirs."""
    return Post.objects.get_or_create(author=person, thread=None, defaults={"body": "I mean nobody."})[0]


ACTIVITIES = [
    Activity(
        Kind.LIKE,
        lambda actor, post: reactions.like(post_id=post.pk, person_id=actor.pk),
        lambda actor, post: reactions.unlike(post_id=post.pk, person_id=actor.pk),
    ),
    Activity(
        Kind.SHARE,
        lambda actor, post: reactions.share(post_id=post.pk, person_id=actor.pk),
        lambda actor, post: reactions.unshare(post_id=post.pk, person_id=actor.pk),
    ),
    Activity(
        Kind.FOLLOW,
        lambda actor, post: follow(follower_id=actor.pk, followee_id=post.author_id),
        lambda actor, post: unfollow(follower_id=actor.pk, followee_id=post.author_id),
    ),
    Activity(Kind.MENTION, _mention, _no_mention),
]
ALONE = [activity for activity in ACTIVITIES if activity.kind != Kind.MENTION]
each_activity = pytest.mark.parametrize("activity", ACTIVITIES, ids=lambda activity: str(activity.kind))


def rows(person: Person) -> list[tuple[str, int, list[str], bool]]:
    """(kind, count, people, unread) of the first page of an inbox."""
    return [(e.kind, e.count, [p.username for p in e.people], e.unread) for e in queries.inbox(person.pk).items]


def standing(person: Person) -> list[tuple[object, ...]]:
    """All that an inbox is made of, in its order."""
    groups = NotificationGroup.objects.filter(recipient=person, count__gt=0).order_by("-seq")
    return list(groups.values_list("kind", "post", "count", "newest_ids", "at", "seq", "unread_seq"))


# --- N7: what is done anew after a mute, a block or "no one" has ended ---


def _mute(ada: Person, bob: Person, _post: Post, _kind: Kind) -> Callable[[], object]:
    mute = mute_person(person=ada, muted=bob)
    return mute.delete


def _mute_for_a_time(ada: Person, bob: Person, _post: Post, _kind: Kind) -> Callable[[], object]:
    mute = mute_person(person=ada, muted=bob)
    return lambda: Mute.objects.filter(pk=mute.pk).update(until=ada.joined_at)


def _mute_post(ada: Person, bob: Person, post: Post, kind: Kind) -> Callable[[], object]:
    if kind == Kind.FOLLOW:
        return _mute(ada, bob, post, kind)
    return mute_post(person=ada, post_id=post_of(bob).pk if kind == Kind.MENTION else post.pk).delete


def _no_one(ada: Person, _bob: Person, _post: Post, kind: Kind) -> Callable[[], object]:
    set_preferences(person_id=ada.pk, changes={(kind, "inbox"): FromWhom.NO_ONE})
    return lambda: set_preferences(person_id=ada.pk, changes={(kind, "inbox"): FromWhom.EVERYONE})


@each_activity
@pytest.mark.parametrize("withhold", [_mute, _mute_for_a_time, _mute_post, _no_one])
@pytest.mark.parametrize("at_once", [False, True], ids=["one by one", "in one batch"])
def test_what_was_withheld_stays_so_and_what_is_done_anew_is_notified(
    activity: Activity,
    withhold: Callable[[Person, Person, Post, Kind], Callable[[], object]],
    at_once: bool,
    ada: Person,
    bob: Person,
    post: Post,
    deliver: Deliver,
) -> None:
    end = withhold(ada, bob, post, activity.kind)
    post_of(bob)
    activity.do(bob, post)
    deliver()
    end()
    deliver()
    assert rows(ada) == []
    assert audit().is_well

    activity.undo(bob, post)
    if not at_once:
        deliver()
    activity.do(bob, post)
    deliver()
    assert rows(ada) == [(activity.kind, 1, ["bob"], True)]
    assert unread_count(ada.pk) == 1
    assert audit().is_well


@pytest.mark.parametrize("activity", ALONE, ids=lambda activity: str(activity.kind))
def test_after_a_block_what_is_done_anew_is_unread_again(
    activity: Activity, ada: Person, bob: Person, post: Post, deliver: Deliver
) -> None:
    activity.do(bob, post)
    deliver()
    reading.mark_all_read(person_id=ada.pk)
    block(blocker_id=ada.pk, blocked_id=bob.pk)
    deliver()
    assert rows(ada) == []
    unblock(blocker_id=ada.pk, blocked_id=bob.pk)
    deliver()
    assert rows(ada) == []

    activity.undo(bob, post)
    deliver()
    activity.do(bob, post)
    deliver()
    assert rows(ada) == [(activity.kind, 1, ["bob"], True)]
    assert unread_count(ada.pk) == 1
    assert audit().is_well


@each_activity
def test_done_again_without_a_break_neither_notifies_nor_moves_up(
    activity: Activity, other: Other, ada: Person, bob: Person, charlie: Person, post: Post, deliver: Deliver
) -> None:
    other.browser_of(ada)
    post_of(bob)
    activity.do(bob, post)
    deliver()
    reactions.comment(post_id=post.pk, author=charlie, body="Later")
    deliver()
    reading.mark_all_read(person_id=ada.pk)
    before, planned = standing(ada), Delivery.objects.count()
    for _ in range(3):
        activity.undo(bob, post)
        deliver()
        activity.do(bob, post)
        deliver()
    assert standing(ada) == before
    assert (unread_count(ada.pk), Delivery.objects.count()) == (0, planned)


def test_a_comment_that_was_withheld_stays_so_when_it_is_shown_again(
    ada: Person, bob: Person, post: Post, deliver: Deliver
) -> None:
    mute = mute_person(person=ada, muted=bob)
    made, _ = reactions.comment(post_id=post.pk, author=bob, body="Unheard")
    deliver()
    mute.delete()
    for _ in range(2):
        hide_post(post_id=made.pk, reason="?")
        deliver()
        unhide_post(post_id=made.pk)
        deliver()
    assert rows(ada) == []
    reactions.comment(post_id=post.pk, author=bob, body="Heard")
    deliver()
    assert rows(ada) == [("comment", 1, ["bob"], True)]


def test_a_mention_in_a_comment_that_is_edited_in_after_a_mute_is_notified(
    ada: Person, bob: Person, charlie: Person, post: Post, deliver: Deliver
) -> None:
    mute = mute_person(person=charlie, muted=bob)
    made, _ = reactions.comment(post_id=post.pk, author=bob, body="@charlie?")
    deliver()
    mute.delete()
    for body in ("Nobody?", "@charlie!"):
        assert rows(charlie) == []
        edit_post(post_id=made.pk, by=bob, body=body)
        deliver()
    assert rows(charlie) == [("mention", 1, ["bob"], True)]


# --- N12: when something is taken back, its row is as if it had never been ---


def _unblocked_later(charlie: Person, post: Post) -> None:
    block(blocker_id=post.author_id, blocked_id=charlie.pk)


def _delete_the_account(charlie: Person, _post: Post) -> None:
    delete_account(person=charlie)


def _suspend(charlie: Person, _post: Post) -> None:
    suspend(person=charlie, reason="spam")


@each_activity
@pytest.mark.parametrize("go", [None, _unblocked_later, _delete_the_account, _suspend])
def test_when_the_last_one_goes_the_row_is_as_it_was_before(
    activity: Activity,
    go: Callable[[Person, Post], None] | None,
    ada: Person,
    bob: Person,
    charlie: Person,
    post: Post,
    deliver: Deliver,
) -> None:
    activity.do(bob, post)
    deliver()
    reading.mark_all_read(person_id=ada.pk)
    reactions.comment(post_id=post.pk, author=bob, body="Above")
    deliver()
    before = standing(ada)

    activity.do(charlie, post)
    deliver()
    assert (standing(ada) != before, unread_count(ada.pk)) == (True, 2)
    (go or activity.undo)(charlie, post)
    while deliver():
        pass
    assert standing(ada) == before
    assert unread_count(ada.pk) == 1
    assert audit().is_well


@pytest.mark.parametrize("read_one", [False, True], ids=["all", "one"])
@pytest.mark.parametrize("hide", [False, True], ids=["deleted", "hidden"])
def test_a_comment_that_goes_leaves_the_others_read_and_comes_back_unread(
    ada: Person, bob: Person, charlie: Person, post: Post, deliver: Deliver, *, read_one: bool, hide: bool
) -> None:
    reactions.comment(post_id=post.pk, author=bob, body="First")
    deliver()
    (entry,) = queries.inbox(ada.pk).items
    if read_one:
        reading.mark_read(person_id=ada.pk, ids=[entry.id])
    else:
        reading.mark_all_read(person_id=ada.pk)
    made, _ = reactions.comment(post_id=post.pk, author=charlie, body="Second")
    deliver()
    assert unread_count(ada.pk) == 1
    before = standing(ada)
    if hide:
        hide_post(post_id=made.pk, reason="spam")
    else:
        delete_post(post_id=made.pk, by=charlie)
    deliver()
    assert (rows(ada), unread_count(ada.pk)) == ([("comment", 1, ["bob"], False)], 0)
    if hide:
        unhide_post(post_id=made.pk)
    else:
        restore_post(post_id=made.pk, by=charlie)
    deliver()
    assert (standing(ada), unread_count(ada.pk)) == (before, 1)


def test_what_was_marked_unread_stays_so_when_somebody_goes(
    ada: Person, bob: Person, charlie: Person, post: Post, deliver: Deliver
) -> None:
    reactions.like(post_id=post.pk, person_id=bob.pk)
    deliver()
    reading.mark_all_read(person_id=ada.pk)
    (entry,) = queries.inbox(ada.pk).items
    reading.mark_unread(person_id=ada.pk, ids=[entry.id])
    reactions.like(post_id=post.pk, person_id=charlie.pk)
    deliver()
    reactions.unlike(post_id=post.pk, person_id=charlie.pk)
    deliver()
    assert (rows(ada), unread_count(ada.pk)) == ([("like", 1, ["bob"], True)], 1)


# --- N11: who is suspended is in nobody's inbox, and comes back as they were ---


@pytest.fixture
def busy(ada: Person, bob: Person, charlie: Person, post: Post, deliver: Deliver) -> Person:
    """Charlie, who did one of everything to Ada, after Bob, all of which Ada has read but the last."""
    asked, _ = reactions.comment(post_id=post.pk, author=ada, body="And?")
    for person in (bob, charlie):
        reactions.like(post_id=post.pk, person_id=person.pk)
        reactions.share(post_id=post.pk, person_id=person.pk)
        follow(follower_id=person.pk, followee_id=ada.pk)
        reactions.comment(post_id=asked.pk, author=person, body="A reply")
        reactions.comment(post_id=post.pk, author=person, body="A comment")
        reactions.comment(post_id=post_of(bob).pk, author=person, body="@ada!")
        deliver()
        if person == bob:
            reading.mark_all_read(person_id=ada.pk)
    return charlie


def test_who_is_suspended_goes_from_all_rows_and_comes_back_as_they_were(
    ada: Person, bob: Person, busy: Person, deliver: Deliver
) -> None:
    before = standing(ada)
    kinds = {"like", "share", "follow", "reply", "comment", "mention"}
    # Of mentions each is of a post of its own.
    assert {(kind, count) for kind, _, count, *_ in before} == {(kind, 1 + (kind != "mention")) for kind in kinds}
    assert unread_count(ada.pk) == 6
    for _ in range(2):
        suspend(person=busy, reason="spam")
        while deliver():
            pass
        assert {(kind, count, tuple(people), unread) for kind, count, people, unread in rows(ada)} == {
            (kind, 1, ("bob",), False) for kind in kinds
        }
        assert unread_count(ada.pk) == 0
        assert audit().is_well
        unsuspend(person=busy)
        while deliver():
            pass
        assert (standing(ada), unread_count(ada.pk)) == (before, 6)
        assert audit().is_well


def test_rows_of_the_suspended_alone_go_and_come_back(ada: Person, bob: Person, post: Post, deliver: Deliver) -> None:
    reactions.comment(post_id=post.pk, author=bob, body="Buy!")
    deliver()
    suspend(person=bob, reason="spam")
    deliver()
    assert (rows(ada), unread_count(ada.pk)) == ([], 0)
    unsuspend(person=bob)
    deliver()
    assert (rows(ada), unread_count(ada.pk)) == ([("comment", 1, ["bob"], True)], 1)


def test_others_do_not_count_the_suspended(ada: Person, post: Post, deliver: Deliver) -> None:
    fans = [new_person(f"fan{n}") for n in range(6)]
    for fan in fans:
        reactions.like(post_id=post.pk, person_id=fan.pk)
    deliver()
    for fan in fans[:2]:
        suspend(person=fan, reason="spam")
    deliver()
    assert rows(ada) == [("like", 4, ["fan5", "fan4", "fan3"], True)]


def test_what_was_not_yet_acted_on_when_they_were_suspended_is_notified_when_they_are_back(
    other: Other, ada: Person, bob: Person, post: Post, deliver: Deliver
) -> None:
    other.browser_of(ada)
    reactions.like(post_id=post.pk, person_id=bob.pk)
    suspend(person=bob, reason="spam")
    while deliver():
        pass
    assert (rows(ada), Delivery.objects.count()) == ([], 0)
    assert audit().is_well
    unsuspend(person=bob)
    while deliver():
        pass
    assert (rows(ada), Delivery.objects.count()) == ([("like", 1, ["bob"], True)], 1)
    assert audit().is_well


@pytest.mark.parametrize("name", ["email", "push", "webhook"])
def test_what_the_suspended_did_leaves_the_house_no_more(
    name: str, other: Other, ada: Person, bob: Person, charlie: Person, post: Post, deliver: Deliver
) -> None:
    other.endpoint_of(ada, name)
    reactions.comment(post_id=post.pk, author=bob, body="Buy!")
    deliver()
    suspend(person=bob, reason="spam")
    deliver()
    pass_time(timedelta(minutes=4))
    send(name)
    assert other.told(ada, name) == 0
    assert Delivery.objects.get().state == "suppressed"

    follow(follower_id=charlie.pk, followee_id=ada.pk)
    deliver()
    pass_time(timedelta(minutes=4))
    send(name)
    assert other.told(ada, name) == 1


def test_a_webhook_names_and_counts_only_who_is_not_suspended(
    other: Other, ada: Person, bob: Person, charlie: Person, post: Post, deliver: Deliver
) -> None:
    _, receiver = other.webhook_of(ada)
    for person in (bob, charlie):
        reactions.like(post_id=post.pk, person_id=person.pk)
    deliver()
    suspend(person=charlie, reason="spam")
    deliver()
    send("webhook")
    (body,) = receiver.messages
    assert (body["data"]["count"], [person["username"] for person in body["data"]["people"]]) == (1, ["bob"])


def test_a_suspension_is_settled_in_batches_which_may_be_repeated(
    ada: Person, bob: Person, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "SETTLE_BATCH", 2)
    posts = [Post.objects.create(author=ada, body=f"{n}") for n in range(7)]
    for each in posts:
        reactions.like(post_id=each.pk, person_id=bob.pk)
    deliver()
    before = standing(ada)
    suspend(person=bob, reason="spam")
    suspend(person=bob, reason="spam again")
    while deliver():
        pass
    assert standing(ada) == []
    unsuspend(person=bob)
    while deliver():
        pass
    assert standing(ada) == before


def test_who_blocks_the_suspended_does_not_hear_of_them_when_they_are_back(
    ada: Person, bob: Person, post: Post, deliver: Deliver
) -> None:
    reactions.like(post_id=post.pk, person_id=bob.pk)
    deliver()
    suspend(person=bob, reason="spam")
    deliver()
    block(blocker_id=ada.pk, blocked_id=bob.pk)
    deliver()
    unsuspend(person=bob)
    while deliver():
        pass
    assert rows(ada) == []
    assert audit().is_well
