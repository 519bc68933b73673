"""Where one blocks the other, nothing that either wrote is in the inbox of the other, or sent to them."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from notifications.inbox.queries import inbox
from notifications.models import Delivery
from notifications.tasks import deliver
from reactions.operations import comment
from socialapp.follows.operations import block, follow
from socialapp.messaging.tasks import consume
from socialapp.posts.models import Post
from socialapp.posts.operations import publish_post
from socialapp.users.models import Person
from tests.notifications.fakes import Other, other
from tests.people import logged_in

__all__ = ["other"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_who_blocks_somebody_leaves_their_inbox_with_all_they_wrote(ada: Person, bob: Person, post: Post) -> None:
    publish_post(author=bob, body="An insult, @ada")
    comment(post_id=post.pk, author=bob, body="Another insult")
    consume()
    assert len(inbox(ada.pk).items) == 2
    block(blocker_id=bob.pk, blocked_id=ada.pk)
    consume()
    assert inbox(ada.pk).items == []
    assert "insult" not in logged_in(ada).get("/inbox/").content.decode()


def test_who_blocked_somebody_cannot_reach_them_by_a_mention_or_a_reply(
    other: Other, ada: Person, bob: Person, post: Post
) -> None:
    other.mail_of(ada)
    block(blocker_id=bob.pk, blocked_id=ada.pk)
    publish_post(author=bob, body="An insult, @ada")
    with pytest.raises(Post.DoesNotExist):
        comment(post_id=post.pk, author=bob, body="Another insult")
    consume()
    assert inbox(ada.pk).items == []
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("channel", ["email", "push", "webhook"])
def test_what_waits_to_be_sent_is_not_sent_after_a_block(
    channel: str, other: Other, ada: Person, bob: Person, post: Post
) -> None:
    other.endpoint_of(ada, channel)
    comment(post_id=post.pk, author=bob, body="An insult")
    consume()
    block(blocker_id=bob.pk, blocked_id=ada.pk)
    pass_time_of_all()
    deliver(queue=channel)
    assert other.told(ada, channel) == 0
    assert Delivery.objects.get().state == "suppressed"


def pass_time_of_all() -> None:
    Delivery.objects.update(next_attempt_at=Delivery.objects.get().created_at)


def test_a_new_post_that_was_marked_unread_goes_with_a_block(
    ada: Person, bob: Person, api_of: Callable[[Person], APIClient]
) -> None:
    follow(follower_id=ada.pk, followee_id=bob.pk)
    theirs, _ = publish_post(author=bob, body="Words of Bob")
    browser, api = logged_in(ada), api_of(ada)
    for verb in ("read", "unread"):
        browser.post(f"/inbox/p{theirs.pk}/{verb}/")

    def unread() -> list[Any]:
        return [entry["excerpt"] for entry in api.get("/api/social/v1/notifications/?unread=true").json()["results"]]

    assert unread() == ["Words of Bob"]
    block(blocker_id=ada.pk, blocked_id=bob.pk)
    assert unread() == []


def test_a_reply_that_is_sent_again_after_a_block_leads_to_itself(ada: Person, bob: Person, post: Post) -> None:
    browser, sent = logged_in(bob), {"body": "Hello", "key": "k"}
    browser.post(f"/posts/{post.pk}/comments/", sent)
    block(blocker_id=ada.pk, blocked_id=bob.pk)
    again = browser.post(f"/posts/{post.pk}/comments/", sent)
    assert again["Location"] == f"/posts/{Post.objects.get(author=bob).pk}/"
