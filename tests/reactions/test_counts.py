"""What is counted is what the lists show, whoever was suspended, came back or left, and whatever was hidden."""

import random
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet

from reactions import operations
from reactions.models import Like, Share
from reactions.operations import comment, like, share, unlike
from reactions.queries import likes_of, shares_of, summaries
from socialapp.counters.operations import roll_up
from socialapp.feeds.profiles import profile_of
from socialapp.follows import operations as follows
from socialapp.follows.operations import follow, unfollow
from socialapp.follows.queries import followers_of, following_of
from socialapp.messaging.consumer import consume
from socialapp.messaging.models import OutboxMessage
from socialapp.posts.models import Post
from socialapp.posts.operations import delete_post, hide_post, publish_post, restore_post, unhide_post
from socialapp.users.models import Person
from socialapp.users.operations import delete_account, suspend, unsuspend
from tests.people import new_person


def counted() -> dict[str, int]:
    """All numbers that pages show, of what may be seen."""
    found: dict[str, int] = {}
    for post_id, numbers in summaries(list(Post.objects.visible().values_list("id", flat=True)), None).items():
        found |= {f"{name} of {post_id}": numbers[name] for name in ("likes", "shares", "comments")}
    for person in Person.objects.active():
        profile = profile_of(person, None)
        found |= {f"{name} of {person}": getattr(profile, name) for name in ("posts", "followers", "following")}
    return found


def listed() -> dict[str, int]:
    """How long the lists behind these numbers are."""
    found: dict[str, int] = {}
    for post in Post.objects.visible():
        for name, rows in (("likes", likes_of), ("shares", shares_of), ("comments", replies_of)):
            found[f"{name} of {post.pk}"] = rows(post.pk, None).count()
    for person in Person.objects.active():
        for name, rows_of in (("posts", beginning_by), ("followers", followers_of), ("following", following_of)):
            found[f"{name} of {person}"] = rows_of(person.pk).count()
    return found


def replies_of(post_id: int, viewer_id: int | None) -> QuerySet[Post]:
    return Post.objects.visible_to(viewer_id).filter(reply_to=post_id)


def beginning_by(person_id: int) -> QuerySet[Post]:
    """Those that a profile counts."""
    return Post.objects.visible().filter(author_id=person_id, thread=None)


@pytest.fixture
def everything(ada: Person, bob: Person, charlie: Person, post: Post) -> dict[str, Any]:
    """Bob and Charlie do all there is to do with Ada and her post, and they with each other."""
    for person in (bob, charlie):
        like(post_id=post.id, person_id=person.pk)
        share(post_id=post.id, person_id=person.pk)
        follow(follower_id=person.pk, followee_id=ada.pk)
        follow(follower_id=ada.pk, followee_id=person.pk)
    made = [comment(post_id=post.id, author=person, body="Yes")[0] for person in (bob, bob, charlie)]
    follow(follower_id=bob.pk, followee_id=charlie.pk)
    consume()
    return {"bob": bob, "comment": made[0], "post": post}


CHANGES: list[tuple[Callable[..., None], Callable[..., None]]] = [
    (
        lambda it: suspend(person=it["bob"], reason="Spam"),
        lambda it: unsuspend(person=it["bob"]),
    ),
    (
        lambda it: hide_post(post_id=it["comment"].pk, reason="Rude"),
        lambda it: unhide_post(post_id=it["comment"].pk),
    ),
    (
        lambda it: hide_post(post_id=it["post"].pk, reason="Rude"),
        lambda it: unhide_post(post_id=it["post"].pk),
    ),
]


@pytest.mark.parametrize(("change", "back"), CHANGES, ids=["a person suspended", "a comment hidden", "a post hidden"])
def test_counts_are_what_the_lists_show(
    everything: dict[str, Any], change: Callable[..., None], back: Callable[..., None]
) -> None:
    before = counted()
    assert before == listed()
    for _twice in range(2):
        change(everything)
        consume()
        assert counted() == listed() != before
    for _twice in range(2):
        back(everything)
        consume()
        assert counted() == listed() == before


def test_each_number_falls_by_who_was_suspended(everything: dict[str, Any], ada: Person, post: Post) -> None:
    suspend(person=everything["bob"], reason="Spam")
    consume()
    numbers, profile = summaries([post.id], None)[post.id], profile_of(ada, None)
    assert [numbers[name] for name in ("likes", "shares", "comments")] == [1, 1, 1]
    assert (profile.followers, profile.following) == (1, 1)


def test_who_comes_back_before_workers_came_counts(everything: dict[str, Any]) -> None:
    before = counted()
    suspend(person=everything["bob"], reason="Spam")
    unsuspend(person=everything["bob"])
    consume()
    assert counted() == before


def test_who_comes_back_halfway_counts_once(everything: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    before = counted()
    monkeypatch.setattr(operations, "SETTLED_AT_ONCE", 1)
    monkeypatch.setattr(follows, "SETTLED_AT_ONCE", 1)
    bob = everything["bob"]
    suspend(person=bob, reason="Spam")
    assert operations.settle_reactions_of(bob.pk)
    assert follows.settle_follows_of(bob.pk)
    unsuspend(person=bob)
    consume()
    assert counted() == before
    suspend(person=bob, reason="Spam")
    consume()
    assert counted() == listed()


def test_who_leaves_while_suspended_is_taken_out_of_counts_once(everything: dict[str, Any]) -> None:
    suspend(person=everything["bob"], reason="Spam")
    consume()
    delete_account(person=everything["bob"])
    consume()
    assert counted() == listed()
    assert not Like.objects.filter(person=everything["bob"]).exists()


def test_what_the_suspended_did_and_is_taken_back_is_not_counted_twice(everything: dict[str, Any], post: Post) -> None:
    bob = everything["bob"]
    suspend(person=bob, reason="Spam")
    consume()
    unlike(post_id=post.id, person_id=bob.pk)
    unfollow(follower_id=bob.pk, followee_id=post.author_id)
    hide_post(post_id=everything["comment"].pk, reason="Rude")
    assert counted() == listed()
    unsuspend(person=bob)
    consume()
    unhide_post(post_id=everything["comment"].pk)
    assert counted() == listed()


def test_the_suspended_neither_react_nor_follow_with_a_request_that_was_under_way(bob: Person, post: Post) -> None:
    """They were let in before; the statement looks again."""
    suspend(person=bob, reason="Spam")
    for act in (like, share):
        with pytest.raises(Post.DoesNotExist):
            act(post_id=post.id, person_id=bob.pk)
    with pytest.raises(Post.DoesNotExist):
        comment(post_id=post.id, author=bob, body="Yes")
    with pytest.raises(Person.DoesNotExist):
        follow(follower_id=bob.pk, followee_id=post.author_id)


@pytest.mark.django_db(transaction=True)
def test_a_suspension_waits_for_a_like_that_is_being_stored(bob: Person, post: Post) -> None:
    """Else workers could be through before it is there, and it would be counted for good."""
    suspended = threading.Event()

    def suspend_bob() -> None:
        try:
            suspend(person=Person.objects.get(pk=bob.pk), reason="Spam")
            suspended.set()
        finally:
            connection.close()

    with transaction.atomic():
        like(post_id=post.id, person_id=bob.pk)
        other = threading.Thread(target=suspend_bob)
        other.start()
        assert not suspended.wait(0.5)
    other.join()
    assert suspended.is_set()
    consume()
    assert Like.objects.get().uncounted is True
    assert counted() == listed()


def test_a_hundred_thousand_reactions_are_settled_in_batches(ada: Person, bob: Person, post: Post) -> None:
    """Each batch commits by itself, and the message is there until the last one is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO posts_post (author_id, body) SELECT %s, 'Hello' FROM generate_series(1, %s)",
            [ada.pk, 3 * operations.SETTLED_AT_ONCE],
        )
        cursor.execute("INSERT INTO reactions_like (post_id, person_id) SELECT id, %s FROM posts_post", [bob.pk])
        cursor.execute(
            "INSERT INTO counters_counterdelta (name, subject_id, change) SELECT 'post.likes', id, 1 FROM posts_post"
        )
    suspend(person=bob, reason="Spam")
    rounds = 0
    while OutboxMessage.objects.filter(name="PersonSuspended").exists():
        left = Like.objects.filter(uncounted=None).count()
        if not operations.settle_reactions_of(bob.pk):
            OutboxMessage.objects.all().delete()
        rounds += 1
        assert left - Like.objects.filter(uncounted=None).count() <= operations.SETTLED_AT_ONCE
    assert rounds > 3
    assert not any(
        numbers["likes"] for numbers in summaries(list(Post.objects.values_list("pk", flat=True)), None).values()
    )


@pytest.mark.parametrize("seed", range(5))
def test_counts_are_what_the_lists_show_after_anything(db: None, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """People react, are suspended, come back and leave, and workers come in between, with a little each time."""
    monkeypatch.setattr(operations, "SETTLED_AT_ONCE", 2)
    monkeypatch.setattr(follows, "SETTLED_AT_ONCE", 2)
    dice = random.Random(seed)  # noqa: S311  seeded on purpose
    people = [new_person(f"person{n}") for n in range(6)]
    for person in people:
        publish_post(author=person, body="Hello")
    for _ in range(200):
        act = _act(dice, people)
        # What is gone, or suspended, lets nothing happen.
        with suppress(Post.DoesNotExist, Person.DoesNotExist), transaction.atomic():
            act()
    consume()
    assert counted() == listed()
    assert Share.objects.exists()


def _act(dice: random.Random, people: list[Person]) -> Callable[[], object]:
    """Any of what can happen."""
    person, other = (Person.objects.get(pk=dice.choice(people).pk) for _ in range(2))
    post = dice.choice(Post.objects.select_related("author"))
    found = dice.choice(Post.objects.select_related("author"))
    acts: dict[Callable[[], object], float] = {
        lambda: like(post_id=post.pk, person_id=person.pk): 9,
        lambda: unlike(post_id=post.pk, person_id=person.pk): 3,
        lambda: share(post_id=post.pk, person_id=person.pk): 9,
        lambda: operations.unshare(post_id=post.pk, person_id=person.pk): 3,
        lambda: comment(post_id=post.pk, author=person, body="Yes"): 6,
        lambda: delete_post(post_id=found.pk, by=found.author): 2,
        lambda: restore_post(post_id=found.pk, by=found.author): 2,
        lambda: hide_post(post_id=found.pk, reason="Rude"): 2,
        lambda: unhide_post(post_id=found.pk): 2,
        lambda: person != other and follow(follower_id=person.pk, followee_id=other.pk): 9,
        lambda: unfollow(follower_id=person.pk, followee_id=other.pk): 3,
        lambda: person.deleted_at or suspend(person=person, reason="Spam"): 4,
        lambda: unsuspend(person=person): 6,
        lambda: hide_post(post_id=post.pk, reason="Rude"): 1,
        lambda: unhide_post(post_id=post.pk): 2,
        lambda: delete_post(post_id=post.pk, by=post.author): 1,
        lambda: restore_post(post_id=post.pk, by=post.author): 2,
        lambda: operations.settle_reactions_of(person.pk): 3,
        lambda: follows.settle_follows_of(person.pk): 3,
        lambda: person != people[0] and delete_account(person=person): 0.3,
        consume: 3,
        roll_up: 3,
    }
    return dice.choices(list(acts), weights=list(acts.values()))[0]
