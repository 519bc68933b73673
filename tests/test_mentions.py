"""A mention from the post to the inbox: told once, spared who does not want it, and held against the truth."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from notifications.history.audit import audit
from notifications.inbox.queries import Entry, inbox
from notifications.inbox.sentences import sentence
from notifications.inbox.unread_counts import unread_count
from notifications.models import FromWhom, Kind
from notifications.preferences.mutes import mute_person
from notifications.preferences.operations import set_preferences
from reactions import operations as reactions
from socialapp.follows.operations import block
from socialapp.messaging.models import OutboxMessage
from socialapp.posts.models import Mention, Post
from socialapp.posts.operations import (
    delete_post,
    edit_post,
    hide_post,
    publish_post,
    purge_posts_of,
    restore_post,
    unhide_post,
)
from socialapp.users.models import Person
from socialapp.users.operations import delete_account
from tests.people import logged_in, new_person

Deliver = Callable[[], int]


def write(author: Person, body: str) -> Post:
    """A new post."""
    return publish_post(author=author, body=body)[0]


def told(person: Person) -> list[str]:
    """The sentences of an inbox, the newest first."""
    return [sentence(entry) for entry in inbox(person.pk).items]


def entries(person: Person) -> list[Entry]:
    return inbox(person.pk).items


def test_who_is_mentioned_in_a_post_is_notified_once(
    ada: Person, bob: Person, charlie: Person, deliver: Deliver
) -> None:
    post = write(ada, "Good morning @bob, @Bob and @BOB, and @ada, @nobody.")
    deliver()
    assert told(bob) == ["Ada mentioned you"]
    assert told(ada) == told(charlie) == []
    reactions.comment(post_id=post.pk, author=charlie, body="Morning, @bob!")
    deliver()
    assert told(bob) == ["Charlie mentioned you", "Ada mentioned you"]
    assert audit().is_well


def test_an_edit_tells_the_new_ones_only(ada: Person, bob: Person, charlie: Person, deliver: Deliver) -> None:
    post = write(ada, "Good morning @bob.")
    deliver()
    seq = entries(bob)[0].at
    edit_post(post_id=post.pk, by=ada, body="Good morning @bob and @charlie.")
    deliver()
    assert (told(bob), told(charlie)) == (["Ada mentioned you"], ["Ada mentioned you"])
    assert entries(bob)[0].at == seq
    edit_post(post_id=post.pk, by=ada, body="Good morning @charlie.")
    deliver()
    assert (told(bob), told(charlie)) == ([], ["Ada mentioned you"])
    assert audit().is_well


def test_mentioned_again_is_not_told_again(ada: Person, bob: Person, deliver: Deliver) -> None:
    post = write(ada, "@bob")
    deliver()
    logged_in(bob).post("/inbox/read/")
    for body in ("nobody", "@bob again"):
        edit_post(post_id=post.pk, by=ada, body=body)
        deliver()
    assert [entry.unread for entry in entries(bob)] == [False]
    assert audit().is_well


def _block(bob: Person, ada: Person) -> None:
    block(blocker_id=bob.pk, blocked_id=ada.pk)


def _mute(bob: Person, ada: Person) -> None:
    mute_person(person=bob, muted=ada)


def _refuse(bob: Person, ada: Person) -> None:
    set_preferences(person_id=bob.pk, changes={(Kind.MENTION, "inbox"): FromWhom.NO_ONE})


def _from_followed_only(bob: Person, ada: Person) -> None:
    set_preferences(person_id=bob.pk, changes={(Kind.MENTION, "inbox"): FromWhom.FOLLOWING})


@pytest.mark.parametrize("spare", [_block, _mute, _refuse, _from_followed_only])
def test_who_does_not_want_it_is_spared(
    ada: Person, bob: Person, deliver: Deliver, spare: Callable[[Person, Person], None]
) -> None:
    spare(bob, ada)
    write(ada, "@bob!")
    deliver()
    assert told(bob) == []
    found = audit()
    assert (found.accepted, found.suppressed, found.is_well) == (1, 1, True)


def test_a_mention_whose_message_is_lost_is_missing(ada: Person, bob: Person, deliver: Deliver) -> None:
    write(ada, "@bob!")
    OutboxMessage.objects.all().delete()
    assert audit().missing == 1


def test_a_deleted_post_tells_nobody_until_it_is_back(ada: Person, bob: Person, deliver: Deliver) -> None:
    post = write(ada, "@bob!")
    deliver()
    delete_post(post_id=post.pk, by=ada)
    assert told(bob) == []
    restore_post(post_id=post.pk, by=ada)
    assert told(bob) == ["Ada mentioned you"]
    delete_account(person=ada)
    deliver()
    assert (told(bob), audit().is_well) == ([], True)


def test_an_account_that_goes_is_mentioned_no_longer(ada: Person, bob: Person, deliver: Deliver) -> None:
    write(ada, "@bob!")
    delete_account(person=bob)
    deliver()
    assert not Mention.objects.exists()
    assert not purge_posts_of(bob.pk)
    assert audit().is_well


def test_at_most_ten_are_notified(ada: Person, deliver: Deliver) -> None:
    people = [new_person(f"p{number}") for number in range(12)]
    write(ada, " ".join(f"@{person.username}" for person in people))
    deliver()
    assert [len(told(person)) for person in people] == [1] * 10 + [0] * 2


def test_a_post_costs_one_statement_more_only_when_it_names_something(
    ada: Person, bob: Person, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        write(ada, "Good morning.")
    with django_assert_num_queries(5):  # whether they may be mentioned; BEGIN and COMMIT of a test count as savepoints
        write(ada, "Good #morning, @bob and #all of you.")


def test_the_inbox_and_the_settings_know_the_kind(
    ada: Person, bob: Person, deliver: Deliver, api_of: Callable[[Person], APIClient]
) -> None:
    post = write(ada, "@bob!")
    deliver()
    browser = logged_in(bob)
    page = browser.get("/inbox/?only=mention")
    assert "<strong>Ada</strong> mentioned you" in page.text
    assert "icons" in page.text
    assert "#at" in page.text
    entry = entries(bob)[0]
    assert browser.post(f"/inbox/{entry.id}/")["Location"] == f"/posts/{post.pk}/"
    made, _ = reactions.comment(post_id=post.pk, author=ada, body="And once more, @bob.")
    deliver()
    assert browser.post(f"/inbox/{entries(bob)[0].id}/")["Location"] == f"/posts/{made.pk}/"
    assert "Mentions of you" in browser.get("/settings/notifications/").text
    assert "Mentions of you" in browser.get("/inbox/missed/").text
    api = api_of(bob)
    told_of = api.get("/api/social/v1/notifications/", {"kind": "mention"}).json()["results"]
    assert [(each["post"], each["text"]) for each in told_of] == [
        (post_id, "Ada mentioned you") for post_id in (made.pk, post.pk)
    ]
    preferences = api.get("/api/social/v1/notifications/preferences/").json()["preferences"]
    assert {"kind": "mention", "channel": "push", "from_whom": "everyone"} in preferences
    why = api.get("/api/social/v1/notifications/why/", {"actor": "ada", "kind": "mention", "post": str(post.pk)})
    assert [story["title"] for story in why.json()][:1] == ["Inbox"]


def test_a_hidden_comment_mentions_nobody_until_it_is_shown_again(
    bob: Person, charlie: Person, post: Post, deliver: Deliver
) -> None:
    comment = reactions.comment(post_id=post.pk, author=bob, body="@charlie!")[0].pk
    deliver()
    assert [entry.kind for entry in entries(charlie)] == ["mention"]
    hide_post(post_id=comment, reason="spam")
    deliver()
    assert (entries(charlie), unread_count(charlie.pk)) == ([], 0)
    unhide_post(post_id=comment)
    deliver()
    assert [entry.kind for entry in entries(charlie)] == ["mention"]
