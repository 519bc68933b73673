"""Reacting: once however often it is said, counted right, and told of by a message in the same statement."""

import threading
from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, connections, transaction

from reactions import operations as reactions
from reactions.models import Like
from reactions.queries import summaries
from socialapp.messaging.models import OutboxMessage
from socialapp.posts.models import Post
from socialapp.posts.operations import delete_post, hide_post, unhide_post
from socialapp.users.models import Person
from socialapp.users.operations import suspend

pytestmark = pytest.mark.django_db


def said() -> list[tuple[str, str, int, int]]:
    """(name, kind, recipient, actor) of all messages about reactions that wait."""
    rows = OutboxMessage.objects.filter(name__startswith="Reaction").order_by("id")
    return [(row.name, row.body["kind"], row.body["recipient_id"], row.body["actor_id"]) for row in rows]


def likes(post: Post) -> int:
    return int(summaries([post.pk], None)[post.pk]["likes"])


def test_a_like_sent_twice_is_one_like_and_one_message(ada: Person, bob: Person, post: Post) -> None:
    assert reactions.like(post_id=post.pk, person_id=bob.pk) is True
    assert reactions.like(post_id=post.pk, person_id=bob.pk) is False

    assert likes(post) == 1
    assert said() == [("ReactionAdded", "like", ada.pk, bob.pk)]


def test_a_like_taken_back_twice_is_taken_back_once(ada: Person, bob: Person, post: Post) -> None:
    reactions.like(post_id=post.pk, person_id=bob.pk)

    assert reactions.unlike(post_id=post.pk, person_id=bob.pk) is True
    assert reactions.unlike(post_id=post.pk, person_id=bob.pk) is False
    assert likes(post) == 0
    assert said()[1:] == [("ReactionRemoved", "like", ada.pk, bob.pk)]


def test_one_is_not_notified_of_ones_own_reactions(ada: Person, post: Post) -> None:
    reactions.like(post_id=post.pk, person_id=ada.pk)
    reactions.share(post_id=post.pk, person_id=ada.pk)
    reactions.comment(post_id=post.pk, author=ada, body="Me again.")

    assert summaries([post.pk], ada.pk)[post.pk] == {
        "likes": 1,
        "shares": 1,
        "comments": 1,
        "liked": True,
        "shared": True,
    }
    assert said() == []


def _delete(post: Post, ada: Person) -> None:
    delete_post(post_id=post.pk, by=ada)


def _hide(post: Post, ada: Person) -> None:
    hide_post(post_id=post.pk, reason="spam")


def _suspend(post: Post, ada: Person) -> None:
    suspend(person=ada, reason="spam")


@pytest.mark.parametrize("vanish", [_delete, _hide, _suspend])
@pytest.mark.parametrize("react", [reactions.like, reactions.share])
def test_what_may_not_be_seen_cannot_be_reacted_to(
    react: Callable[..., bool], vanish: Callable[[Post, Person], None], ada: Person, bob: Person, post: Post
) -> None:
    vanish(post, ada)

    with pytest.raises(Post.DoesNotExist):
        react(post_id=post.pk, person_id=bob.pk)
    with pytest.raises(Post.DoesNotExist):
        reactions.comment(post_id=post.pk, author=bob, body="Hello?")
    assert said() == []
    assert likes(post) == 0


def test_liking_is_one_statement(bob: Person, post: Post, django_assert_num_queries: Callable[[int], object]) -> None:
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        reactions.like(post_id=post.pk, person_id=bob.pk)


def test_a_reply_notifies_the_author_it_answers_and_the_author_of_the_post(
    ada: Person, bob: Person, charlie: Person, post: Post
) -> None:
    question, _ = reactions.comment(post_id=post.pk, author=bob, body="Why?")
    answer, _ = reactions.comment(post_id=question.pk, author=charlie, body="Because.")

    assert (question.thread, answer.thread, answer.reply_to_id) == (post.pk, post.pk, question.pk)
    assert said() == [
        ("ReactionAdded", "comment", ada.pk, bob.pk),
        ("ReactionAdded", "reply", bob.pk, charlie.pk),
        ("ReactionAdded", "comment", ada.pk, charlie.pk),
    ]


def test_a_reply_to_the_author_of_the_post_notifies_them_once(ada: Person, bob: Person, post: Post) -> None:
    own, _ = reactions.comment(post_id=post.pk, author=ada, body="P.S.")
    reactions.comment(post_id=own.pk, author=bob, body="Noted.")

    assert said() == [("ReactionAdded", "reply", ada.pk, bob.pk)]


def test_a_comment_sent_twice_with_one_key_is_one_comment(bob: Person, post: Post) -> None:
    first, is_new = reactions.comment(post_id=post.pk, author=bob, body="Hi", key="k1")
    again, is_new_again = reactions.comment(post_id=post.pk, author=bob, body="Hi", key="k1")

    assert (is_new, is_new_again) == (True, False)
    assert again == first
    assert summaries([post.pk], None)[post.pk]["comments"] == 1
    assert len(said()) == 1


@pytest.mark.parametrize("body", ["", "   \n ", "x" * 5_001, "a\0b"])
def test_a_comment_must_say_something_that_fits(body: str, bob: Person, post: Post) -> None:
    with pytest.raises(ValidationError) as caught:
        reactions.comment(post_id=post.pk, author=bob, body=body)
    assert list(caught.value.message_dict) == ["body"]
    assert list(Post.objects.all()) == [post]


def test_only_its_author_may_delete_a_comment(ada: Person, bob: Person, charlie: Person, post: Post) -> None:
    found, _ = reactions.comment(post_id=post.pk, author=bob, body="Hm.")

    with pytest.raises(PermissionDenied):
        delete_post(post_id=found.pk, by=charlie)
    delete_post(post_id=found.pk, by=bob)
    with pytest.raises(Post.DoesNotExist):
        delete_post(post_id=found.pk, by=bob)
    assert said()[-1] == ("ReactionRemoved", "comment", ada.pk, bob.pk)
    assert summaries([post.pk], None)[post.pk]["comments"] == 0


def test_a_hidden_comment_does_not_count_until_it_is_shown_again(bob: Person, post: Post) -> None:
    found, _ = reactions.comment(post_id=post.pk, author=bob, body="Hm.")

    hide_post(post_id=found.pk, reason="rude")
    hide_post(post_id=found.pk, reason="rude")
    assert summaries([post.pk], None)[post.pk]["comments"] == 0
    unhide_post(post_id=found.pk)
    assert summaries([post.pk], None)[post.pk]["comments"] == 1
    assert [name for name, *_ in said()] == ["ReactionAdded", "ReactionRemoved", "ReactionAdded"]


def test_what_is_rolled_back_was_never_published(bob: Person, post: Post) -> None:
    with transaction.atomic():
        reactions.like(post_id=post.pk, person_id=bob.pk)
        transaction.set_rollback(True)

    assert said() == []
    assert not Like.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_fifty_connections_that_like_at_once_like_once(ada: Person, bob: Person, post: Post) -> None:
    start = threading.Barrier(50)
    new: list[bool] = []

    def like() -> None:
        start.wait()
        try:
            new.append(reactions.like(post_id=post.pk, person_id=bob.pk))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=like) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(new) == [False] * 49 + [True]
    assert likes(post) == 1
    assert said() == [("ReactionAdded", "like", ada.pk, bob.pk)]
    assert connection.is_usable()
