"""What two connections do at the same moment ends as if they had done it one after the other."""

import secrets
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from bin.fakes.push import Browser
from notifications.endpoints import operations
from notifications.models import Bell, Endpoint, Mute, NotificationGroup
from notifications.preferences import bells, mutes
from reactions.models import Like, Share
from reactions.operations import comment, like, share
from socialapp.bookmarks.models import Bookmark
from socialapp.bookmarks.operations import save
from socialapp.follows.models import Block, Follow
from socialapp.follows.operations import block, follow
from socialapp.media import operations as media
from socialapp.media.models import Picture
from socialapp.messaging.consumer import consume
from socialapp.posts import galleries
from socialapp.posts import operations as posts
from socialapp.posts.models import Post
from socialapp.posts.queries import summarise
from socialapp.users import operations as users
from socialapp.users.models import Person, Token
from tests.socialapp.media import samples

pytestmark = pytest.mark.django_db(transaction=True)


def elsewhere(act: Callable[[], object]) -> object:
    """By a connection of its own; a refusal is an answer, too."""
    try:
        return act()
    except (ObjectDoesNotExist, PermissionDenied, ValidationError) as refusal:
        return refusal
    finally:
        connection.close()


@contextmanager
def meanwhile(act: Callable[[], object]) -> Iterator[list[object]]:
    """`act` began while the body's transaction is under way, and waits for it or has ended. Yields what it answers."""
    answers: list[object] = []
    with ThreadPoolExecutor() as threads:
        with transaction.atomic():
            yield answers
            acting = threads.submit(elsewhere, act)
            _until_it_waits_or_ends(acting)
        answers.append(acting.result())


def _until_it_waits_or_ends(acting: Future[object]) -> None:
    while not acting.done():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)


def test_a_follow_does_not_outrun_a_block(ada: Person, bob: Person) -> None:
    follow(follower_id=bob.pk, followee_id=ada.pk)
    with meanwhile(lambda: follow(follower_id=bob.pk, followee_id=ada.pk)):
        block(blocker_id=ada.pk, blocked_id=bob.pk)
    assert (Block.objects.count(), Follow.objects.count()) == (1, 0)


def test_a_first_follow_does_not_outrun_a_block(ada: Person, bob: Person) -> None:
    with meanwhile(lambda: follow(follower_id=bob.pk, followee_id=ada.pk)):
        block(blocker_id=ada.pk, blocked_id=bob.pk)
    assert (Block.objects.count(), Follow.objects.count()) == (1, 0)


def test_nor_does_the_follow_of_who_blocks(ada: Person, bob: Person) -> None:
    with meanwhile(lambda: block(blocker_id=ada.pk, blocked_id=bob.pk)):
        follow(follower_id=ada.pk, followee_id=bob.pk)
    assert (Block.objects.count(), Follow.objects.count()) == (1, 0)


def test_a_bell_does_not_outrun_a_block(ada: Person, bob: Person) -> None:
    follow(follower_id=bob.pk, followee_id=ada.pk)
    with meanwhile(lambda: bells.switch_bell(person=bob, author=ada, on=True)):
        block(blocker_id=ada.pk, blocked_id=bob.pk)
    assert (Block.objects.count(), Bell.objects.count()) == (1, 0)


def test_who_follows_in_a_loop_while_being_blocked_does_not_follow_in_the_end(ada: Person, bob: Person) -> None:
    def follow_often() -> None:
        for _ in range(20):
            with suppress(Person.DoesNotExist):
                follow(follower_id=bob.pk, followee_id=ada.pk)

    for _round in range(5):
        Block.objects.all().delete()
        with ThreadPoolExecutor() as threads:
            loops = [threads.submit(elsewhere, follow_often) for _ in range(3)]
            blocking = threads.submit(elsewhere, lambda: block(blocker_id=ada.pk, blocked_id=bob.pk))
        assert [each.result() for each in (*loops, blocking)] == [None, None, None, True]
        assert Follow.objects.count() == 0


def test_of_a_like_that_races_a_block_the_author_hears_nothing(ada: Person, bob: Person, post: Post) -> None:
    """It stands, as one that came before the block does: a block takes no likes back."""
    with meanwhile(lambda: block(blocker_id=ada.pk, blocked_id=bob.pk)):
        like(post_id=post.pk, person_id=bob.pk)
    consume()
    assert (Like.objects.count(), NotificationGroup.objects.filter(recipient=ada, count__gt=0).count()) == (1, 0)


def add_webhook(person: Person) -> object:
    return operations.add_webhook(person=person, name="a", address="https://hooks.example/a")


def add_push(person: Person) -> object:
    browser = Browser(ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(16))
    address = f"https://push.example/{secrets.token_hex()}"
    return operations.add_push_endpoint(person=person, name="a", address=address, keys=browser.keys())


def add_token(person: Person) -> object:
    return users.make_token(person=person, name="a")


def add_picture(person: Person) -> object:
    return media.upload(owner_id=person.pk, file=samples.upload(samples.photo()))


LIMITS: dict[str, tuple[Callable[[Person], object], Any, str, Any]] = {
    "webhooks": (add_webhook, operations, "ENDPOINTS_PER_CHANNEL", Endpoint),
    "browsers": (add_push, operations, "ENDPOINTS_PER_CHANNEL", Endpoint),
    "tokens": (add_token, users, "TOKENS_PER_PERSON", Token),
    "pictures": (add_picture, media, "MOST_UNUSED", Picture),
}


@pytest.mark.parametrize(("add", "module", "limit", "model"), LIMITS.values(), ids=LIMITS)
def test_ten_at_once_are_no_more_than_are_allowed(
    monkeypatch: pytest.MonkeyPatch, ada: Person, add: Callable[[Person], object], module: Any, limit: str, model: Any
) -> None:
    monkeypatch.setattr(module, limit, 3)
    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(lambda _: elsewhere(lambda: add(ada)), range(10)))
    assert sum(isinstance(answer, ValidationError) for answer in answers) == 7
    assert model.objects.count() == 3


def test_of_people_who_take_one_username_at_once_one_has_it_and_the_others_read_so() -> None:
    def sign_up(number: int) -> int:
        typed = {"password1": "correct horse battery", "password2": "correct horse battery"}
        form = {"username": "wanted", "email": f"w{number}@example.org", **typed}
        try:
            return Client(raise_request_exception=False).post("/accounts/signup/", form).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(sign_up, range(4)))
    assert Person.objects.filter(username="wanted").count() == 1
    assert answers <= {200, 302}


def test_a_deletion_that_meets_a_moderators_hiding_is_answered(ada: Person, post: Post) -> None:
    with meanwhile(lambda: posts.delete_post(post_id=post.pk, by=ada)) as answers:
        posts.hide_post(post_id=post.pk, reason="Spam")
    post.refresh_from_db()
    assert (answers, post.deleted_at is None, post.hidden_at is None) == ([None], False, False)


def test_of_two_deletions_at_once_the_second_finds_nothing(ada: Person, post: Post) -> None:
    with meanwhile(lambda: posts.delete_post(post_id=post.pk, by=ada)) as answers:
        posts.delete_post(post_id=post.pk, by=ada)
    assert isinstance(answers[0], Post.DoesNotExist)


def test_who_takes_a_deletion_back_at_once_has_the_post(ada: Person, post: Post) -> None:
    with meanwhile(lambda: posts.restore_post(post_id=post.pk, by=ada)) as answers:
        posts.delete_post(post_id=post.pk, by=ada)
    post.refresh_from_db()
    assert (answers, post.deleted_at) == ([post], None)


def test_a_post_that_comes_back_in_the_last_moment_is_not_purged(ada: Person, post: Post) -> None:
    Post.objects.filter(pk=post.pk).update(deleted_at=timezone.now() - settings.KEEP_DELETED_POSTS - timedelta(days=1))
    with meanwhile(posts.purge_posts) as answers:
        posts.restore_post(post_id=post.pk, by=ada)
    assert (answers, Post.objects.filter(pk=post.pk, deleted_at=None).count()) == ([0], 1)


def comments_on(post: Post) -> int:
    """How many the post is said to have."""
    return int(summarise([post], None)[0].summary["comments"])


def test_a_deletion_of_a_comment_that_meets_a_moderators_hiding_is_answered(bob: Person, post: Post) -> None:
    found, _is_new = comment(post_id=post.pk, author=bob, body="Hm")
    with meanwhile(lambda: posts.delete_post(post_id=found.pk, by=bob)) as answers:
        posts.hide_post(post_id=found.pk, reason="Spam")
    found.refresh_from_db()
    assert (answers, found.deleted_at is None, comments_on(post)) == ([None], False, 0)


def test_a_comment_that_cannot_come_back_stays_deleted(bob: Person, post: Post) -> None:
    found, _is_new = comment(post_id=post.pk, author=bob, body="Hm")
    posts.delete_post(post_id=found.pk, by=bob)
    with meanwhile(lambda: posts.restore_post(post_id=found.pk, by=bob)) as answers:
        posts.hide_post(post_id=found.pk, reason="Spam")
    found.refresh_from_db()
    assert (type(answers[0]), found.deleted_at is None, comments_on(post)) == (Post.DoesNotExist, False, 0)


def test_of_two_deletions_of_a_comment_at_once_one_is_counted(bob: Person, post: Post) -> None:
    comment(post_id=post.pk, author=bob, body="Hm")
    found, _is_new = comment(post_id=post.pk, author=bob, body="Hm")
    with meanwhile(lambda: posts.delete_post(post_id=found.pk, by=bob)) as answers:
        posts.delete_post(post_id=found.pk, by=bob)
    assert (type(answers[0]), comments_on(post)) == (Post.DoesNotExist, 1)


def test_of_a_new_name_and_a_new_bio_at_once_both_stand(ada: Person) -> None:
    """As from two devices: neither writes what it had read of the other field."""
    one, other = Person.objects.get(pk=ada.pk), Person.objects.get(pk=ada.pk)
    with meanwhile(lambda: users.edit_profile(person=other, bio="Fog and bridges")):
        users.edit_profile(person=one, name="Ada Winter")
    ada.refresh_from_db()
    assert (ada.name, ada.bio) == ("Ada Winter", "Fog and bridges")


CHANGES: dict[str, Callable[[Person], object]] = {
    "name": lambda person: users.edit_profile(person=person, name="Ada Winter"),
    "language": lambda person: users.choose_language(person=person, language="de"),
    "picture": lambda person: users.change_avatar(person=person, file=samples.upload(samples.photo())),
    "token": add_token,
    "webhook": add_webhook,
    "browser": add_push,
    "upload": add_picture,
    "post": lambda person: posts.publish_post(author=person, body="Late"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_account_that_is_being_deleted_takes_on_nothing_more(
    ada: Person, change: Callable[[Person], object]
) -> None:
    acting = Person.objects.get(pk=ada.pk)
    with meanwhile(lambda: change(acting)) as answers:
        users.delete_account(person=ada)
    ada.refresh_from_db()
    assert isinstance(answers[0], Person.DoesNotExist)
    assert (ada.name, ada.avatar, ada.language) == ("Deleted account", "", "")
    assert (Token.objects.count(), Endpoint.objects.filter(person=ada).exclude(channel="email").count()) == (0, 0)
    assert Post.objects.count() == 0


def test_nothing_is_posted_nor_kept_after_all_of_an_account_was_removed(ada: Person, bob: Person, post: Post) -> None:
    users.delete_account(person=bob)
    while posts.purge_posts_of(bob.pk):
        pass
    with pytest.raises(Person.DoesNotExist):
        posts.publish_post(author=bob, body="Late")
    with pytest.raises(Post.DoesNotExist):
        save(post_id=post.pk, person_id=bob.pk)
    assert (Post.objects.count(), Bookmark.objects.count()) == (1, 0)


HANGS: dict[str, tuple[Callable[[Post, Person], object], Any]] = {
    "like": (lambda post, person: like(post_id=post.pk, person_id=person.pk), Like),
    "share": (lambda post, person: share(post_id=post.pk, person_id=person.pk), Share),
    "bookmark": (lambda post, person: save(post_id=post.pk, person_id=person.pk), Bookmark),
    "mute": (lambda post, person: mutes.mute_post(post_id=post.pk, person=person), Mute),
}


@pytest.mark.parametrize(("act", "model"), HANGS.values(), ids=HANGS)
def test_what_meets_the_removal_of_its_post_finds_no_post(
    bob: Person, post: Post, act: Callable[[Post, Person], object], model: Any
) -> None:
    with meanwhile(lambda: act(post, bob)) as answers:
        posts.remove_post(post_id=post.pk, reason="Spam")
    assert isinstance(answers[0], Post.DoesNotExist)
    assert model.objects.count() == 0


def test_a_reply_that_meets_the_removal_of_what_it_answers_is_answered(bob: Person, post: Post) -> None:
    found, _is_new = comment(post_id=post.pk, author=bob, body="Hm")
    with meanwhile(lambda: comment(post_id=found.pk, author=bob, body="Hm?")) as answers:
        posts.remove_post(post_id=found.pk, reason="Spam")
    assert isinstance(answers[0], Post.DoesNotExist)
    assert (Post.objects.count(), comments_on(post)) == (1, 0)


def test_the_first_reply_below_a_reply_outlives_its_removal(bob: Person, post: Post) -> None:
    found, _is_new = comment(post_id=post.pk, author=bob, body="Hm")
    with meanwhile(lambda: posts.remove_post(post_id=found.pk, reason="Spam")) as answers:
        made, _is_new = comment(post_id=found.pk, author=bob, body="Hm?")
    made.refresh_from_db()
    assert (answers, made.reply_to, made.thread, comments_on(post)) == ([None], None, post.pk, 0)


def test_purges_of_two_people_who_answer_each_other_wait_and_do_not_deadlock(
    ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (posts.publish_post(author=person, body="Hm")[0] for person in (ada, bob))
    comment(post_id=first.pk, author=bob, body="Hm?")
    comment(post_id=second.pk, author=ada, body="Hm!")
    detach, arrived = galleries.detach, []

    def detach_together(ids: Collection[int]) -> None:
        """Once the one holds its posts, and the other holds its own or waits for a lock."""
        arrived.append(ids)
        _until(lambda: len(arrived) == 2 or somebody_waits_for_a_lock())
        detach(ids)

    monkeypatch.setattr(galleries, "detach", detach_together)
    with ThreadPoolExecutor() as threads:
        answers = list(threads.map(lambda person: elsewhere(lambda: posts.purge_posts_of(person.pk)), (ada, bob)))
    assert (answers, Post.objects.count()) == ([2, 2], 0)


def test_a_purge_whose_batch_is_purged_by_another_says_that_there_may_be_more(
    ada: Person, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the removal of an account goes on, with the posts behind that batch."""
    posts.publish_post(author=ada, body="Later")
    monkeypatch.setattr(posts, "PURGE_BATCH", 1)
    with ThreadPoolExecutor() as threads:
        with transaction.atomic():  # as `purge_posts` does it
            Post.objects.select_for_update().get(pk=post.pk)
            purging = threads.submit(elsewhere, lambda: posts.purge_posts_of(ada.pk))
            _until(somebody_waits_for_a_lock)
            Post.objects.filter(pk=post.pk).delete()
        assert purging.result() == 1
    while posts.purge_posts_of(ada.pk):
        pass
    assert not Post.objects.exists()


def test_a_post_whose_reply_is_under_a_change_is_purged_later(ada: Person, bob: Person, post: Post) -> None:
    reply, _is_new = comment(post_id=post.pk, author=bob, body="Hm?")
    posts.delete_post(post_id=post.pk, by=ada)
    Post.objects.filter(pk=post.pk).update(deleted_at=timezone.now() - 2 * settings.KEEP_DELETED_POSTS)
    with ThreadPoolExecutor() as threads, transaction.atomic():
        Post.objects.select_for_update().get(pk=reply.pk)
        assert threads.submit(elsewhere, posts.purge_posts).result() == 0
    assert posts.purge_posts() == 1
    assert list(Post.objects.values_list("pk", "reply_to")) == [(reply.pk, None)]


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def _until(happened: Callable[[], bool]) -> None:
    for _ in range(500):
        if happened():
            return
        time.sleep(0.02)
    raise AssertionError("It did not happen.")
