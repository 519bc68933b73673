"""Who is mentioned in a comment is told once, by the comment or by the mention, and no longer when it is gone."""

import pytest

from reactions import operations as reactions
from socialapp.messaging.models import OutboxMessage
from socialapp.posts.models import Mention, Post
from socialapp.posts.operations import delete_post, edit_post, purge_posts_of
from socialapp.users.models import Person
from socialapp.users.operations import delete_account, suspend
from tests.people import new_person

pytestmark = pytest.mark.django_db


def said(comment_id: int) -> list[tuple[str, str, str]]:
    """(name, kind, username of the recipient) of what was said of a comment, sorted."""
    names = dict(Person.objects.values_list("pk", "username"))
    rows = [
        row
        for row in OutboxMessage.objects.filter(name__startswith="Reaction")
        if comment_id in {row.body["reply_id"], row.body["post_id"]}
    ]
    return sorted((row.name, row.body["kind"], names[row.body["recipient_id"]]) for row in rows)


def write(author: Person, post: Post | int, body: str) -> int:
    """The id of a new comment."""
    return reactions.comment(post_id=post if isinstance(post, int) else post.pk, author=author, body=body)[0].pk


def test_who_is_mentioned_is_notified(ada: Person, bob: Person, charlie: Person, post: Post) -> None:
    comment = write(bob, post, "Look, @Charlie, @charlie and @nobody! And me, @bob.")
    assert said(comment) == [("ReactionAdded", "comment", "ada"), ("ReactionAdded", "mention", "charlie")]
    assert list(Mention.objects.values_list("post_id", "person_id")) == [(comment, charlie.pk)]


def test_the_author_of_the_post_is_notified_of_the_comment_only(ada: Person, bob: Person, post: Post) -> None:
    assert said(write(bob, post, "Well said, @ada.")) == [("ReactionAdded", "comment", "ada")]


def test_who_is_replied_to_is_notified_of_the_reply_only(bob: Person, charlie: Person, post: Post) -> None:
    first = write(bob, post, "First.")
    reply = write(charlie, first, "@bob, @ada: second.")
    assert said(reply) == [("ReactionAdded", "comment", "ada"), ("ReactionAdded", "reply", "bob")]


def test_an_edit_notifies_the_new_ones_and_takes_back_the_old(bob: Person, charlie: Person, post: Post) -> None:
    dana = new_person("dana")
    comment = write(bob, post, "@charlie?")
    OutboxMessage.objects.all().delete()
    edit_post(post_id=comment, by=bob, body="@charlie and @dana?")
    assert said(comment) == [("ReactionAdded", "mention", "dana")]
    OutboxMessage.objects.all().delete()
    edit_post(post_id=comment, by=bob, body="@dana and @ada?")
    assert said(comment) == [("ReactionRemoved", "mention", "charlie")]
    # Ada is notified of the comment itself.
    assert set(Mention.objects.values_list("person__username", flat=True)) == {"dana"}
    OutboxMessage.objects.all().delete()
    delete_post(post_id=comment, by=bob)
    # What mentions Dana cannot be seen any more.
    assert said(comment) == [("ReactionRemoved", "comment", "ada")]
    assert dana.pk


def test_at_most_ten_are_notified(ada: Person, bob: Person, post: Post) -> None:
    people = [new_person(f"p{number}") for number in range(12)]
    comment = write(ada, post, " ".join(f"@{person.username}" for person in people))
    assert len(said(comment)) == 10


def test_a_mention_of_somebody_suspended_notifies_no_one(bob: Person, charlie: Person, post: Post) -> None:
    suspend(person=charlie, reason="spam")
    comment = write(bob, post, "@charlie!")
    assert said(comment) == [("ReactionAdded", "comment", "ada")]


def test_an_account_that_goes_is_mentioned_no_longer(bob: Person, charlie: Person, post: Post) -> None:
    write(bob, post, "@charlie!")
    delete_account(person=charlie)
    while purge_posts_of(charlie.pk):
        pass
    assert not Mention.objects.exists()


def test_a_comment_with_a_mention_is_one_statement_after_it_was_asked_whether_they_may_be_mentioned(
    bob: Person, charlie: Person, post: Post, django_assert_num_queries: object
) -> None:
    with django_assert_num_queries(2):  # type: ignore[operator]
        write(bob, post, "@charlie!")
