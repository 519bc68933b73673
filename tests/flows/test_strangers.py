"""Notices from strangers: accepted, filtered into a box, or dropped; and what becomes of what waits there."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from notifications.history.audit import audit
from notifications.inbox import strangers
from notifications.inbox.queries import inbox
from notifications.inbox.unread_counts import unread_count
from notifications.models import Delivery, GroupMember, NoticePolicy, Stranger
from notifications.preferences.strangers import policy_of, set_policy
from reactions.operations import comment, like, unlike
from socialapp.follows.follow_requests import set_locked
from socialapp.follows.operations import block, follow
from socialapp.messaging.consumer import consume
from socialapp.posts.models import Post
from socialapp.posts.operations import publish_post
from socialapp.users.models import Person
from socialapp.users.operations import delete_account, suspend
from tests.notifications.fakes import Other
from tests.people import logged_in, new_person

pytestmark = pytest.mark.django_db


def told(person: Person) -> list[tuple[str, int]]:
    """What is in the inbox, once all messages took effect."""
    consume()
    assert audit().is_well
    return [(entry.kind, entry.count) for entry in inbox(person.pk).items]


def box(person: Person) -> dict[str, tuple[int, list[str]]]:
    """By username: how many notices, and what the newest say."""
    found = strangers.boxed(person.pk, list(strangers.box_of(person.pk)))
    return {each.person.username: (each.count, [notice.excerpt for notice in each.notices]) for each in found}


@pytest.fixture
def filtered(ada: Person, bob: Person, post: Post) -> Post:
    """Ada filters whom she does not follow; Bob likes her post and comments on it."""
    set_policy(person_id=ada.pk, changes={"not_following": "filter"})
    like(post_id=post.pk, person_id=bob.pk)
    comment(post_id=post.pk, author=bob, body="Hello there")
    consume()
    return post


def test_without_a_policy_nothing_is_filtered(ada: Person, bob: Person, post: Post) -> None:
    like(post_id=post.pk, person_id=bob.pk)
    assert (told(ada), box(ada)) == ([("like", 1)], {})


def test_what_is_filtered_waits_in_the_box_and_is_not_counted(filtered: Post, ada: Person) -> None:
    assert (told(ada), unread_count(ada.pk)) == ([], 0)
    assert box(ada) == {"bob": (2, ["Hello there", "Good morning!"])}
    assert strangers.waiting_strangers(ada.pk) == 1


@pytest.mark.parametrize(
    ("field", "known", "stranger"),
    [
        ("not_following", lambda ada, bob: follow(follower_id=ada.pk, followee_id=bob.pk), lambda ada, bob: None),
        ("not_followers", lambda ada, bob: follow(follower_id=bob.pk, followee_id=ada.pk), lambda ada, bob: None),
        (
            "new_accounts",
            lambda ada, bob: Person.objects.filter(pk=bob.pk).update(joined_at=timezone.now() - timedelta(days=31)),
            lambda ada, bob: None,
        ),
    ],
)
@pytest.mark.parametrize("verdict", ["filter", "drop"])
def test_each_kind_of_stranger(
    ada: Person,
    bob: Person,
    post: Post,
    field: str,
    known: Callable[[Person, Person], object],
    stranger: Callable[[Person, Person], object],
    verdict: str,
) -> None:
    set_policy(person_id=ada.pk, changes={field: verdict})
    stranger(ada, bob)
    like(post_id=post.pk, person_id=bob.pk)
    assert told(ada) == []
    assert len(box(ada)) == (1 if verdict == "filter" else 0)
    known(ada, bob)
    consume()
    comment(post_id=post.pk, author=bob, body="By now you know me")
    assert ("comment", 1) in told(ada)


def test_private_mentions_of_strangers(ada: Person, bob: Person, post: Post) -> None:
    set_policy(person_id=ada.pk, changes={"private_mentions": "filter"})
    publish_post(author=bob, body="Hello @ada")
    private, _ = publish_post(author=bob, body="Psst @ada")
    Post.objects.filter(pk=private.pk).update(visibility="direct")
    assert told(ada) == [("mention", 1)]
    assert box(ada) == {"bob": (1, ["Psst @ada"])}


def test_to_drop_outweighs_to_filter(ada: Person, bob: Person, post: Post) -> None:
    set_policy(person_id=ada.pk, changes={"not_following": "filter", "new_accounts": "drop"})
    like(post_id=post.pk, person_id=bob.pk)
    assert (told(ada), box(ada)) == ([], {})
    assert GroupMember.objects.get().suppressed_reason == "stranger_dropped"


def test_who_is_accepted_reaches_the_inbox_once_with_all_of_it_and_is_no_stranger(
    filtered: Post, ada: Person, bob: Person, other: Other
) -> None:
    other.browser_of(ada)
    strangers.accept(person_id=ada.pk, stranger_id=bob.pk)
    strangers.accept(person_id=ada.pk, stranger_id=bob.pk)
    assert sorted(told(ada)) == [("comment", 1), ("like", 1)]
    assert (box(ada), unread_count(ada.pk), Delivery.objects.count()) == ({}, 2, 2)
    comment(post_id=filtered.pk, author=bob, body="Again")
    assert inbox(ada.pk).items[0].excerpt == "Hello there"
    assert told(ada)[0] == ("comment", 1)
    assert inbox(ada.pk).items[0].excerpt == "Again"


def test_what_is_dropped_does_not_come_back(filtered: Post, ada: Person, bob: Person) -> None:
    strangers.drop(person_id=ada.pk, stranger_id=bob.pk)
    assert (told(ada), box(ada)) == ([], {})
    comment(post_id=filtered.pk, author=bob, body="Hello?")
    assert told(ada) == []
    assert box(ada) == {"bob": (1, ["Hello?"])}
    strangers.accept(person_id=ada.pk, stranger_id=bob.pk)
    assert told(ada) == [("comment", 1)]


@pytest.mark.parametrize("accept", [True, False])
def test_all_at_once(filtered: Post, ada: Person, charlie: Person, accept: bool) -> None:
    like(post_id=filtered.pk, person_id=charlie.pk)
    consume()
    assert set(box(ada)) == {"bob", "charlie"}
    strangers.answer_all(person_id=ada.pk, accept=accept)
    assert sorted(told(ada)) == ([("comment", 1), ("like", 2)] if accept else [])
    assert box(ada) == {}


def test_a_batch_at_a_time(filtered: Post, ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strangers, "ANSWERED_AT_ONCE", 2)
    for number in range(5):
        comment(post_id=filtered.pk, author=bob, body=f"Number {number}")
    consume()
    strangers.accept(person_id=ada.pk, stranger_id=bob.pk)
    told(ada)
    assert GroupMember.objects.filter(active=True).count() == 7


def test_what_was_taken_back_is_not_in_the_box(filtered: Post, ada: Person, bob: Person) -> None:
    unlike(post_id=filtered.pk, person_id=bob.pk)
    assert told(ada) == []
    assert box(ada) == {"bob": (1, ["Hello there"])}


def test_the_blocked_suspended_and_deleted_are_not_in_the_box(filtered: Post, ada: Person, bob: Person) -> None:
    suspend(person=bob, reason="spam")
    assert box(ada) == {}
    Person.objects.filter(pk=bob.pk).update(suspended_at=None)
    block(blocker_id=ada.pk, blocked_id=bob.pk)
    assert (told(ada), box(ada)) == ([], {})
    assert set(GroupMember.objects.values_list("suppressed_reason", flat=True)) == {"blocked"}
    delete_account(person=ada)
    consume()
    assert (Stranger.objects.count(), NoticePolicy.objects.count()) == (0, 0)


def test_who_asks_to_follow_is_heard(ada: Person, bob: Person) -> None:
    set_policy(person_id=ada.pk, changes=dict.fromkeys(NoticePolicy.FIELDS, "drop"))
    set_locked(person=ada, locked=True)
    follow(follower_id=bob.pk, followee_id=ada.pk)
    assert told(ada) == [("request", 1)]


def test_a_policy_that_accepts_everything_has_no_row(ada: Person) -> None:
    set_policy(person_id=ada.pk, changes={"new_accounts": "filter"})
    assert policy_of(ada.pk).new_accounts == "filter"
    set_policy(person_id=ada.pk, changes={"new_accounts": "accept"})
    assert NoticePolicy.objects.count() == 0


def test_pages(filtered: Post, ada: Person, charlie: Person) -> None:
    like(post_id=filtered.pk, person_id=charlie.pk)
    consume()
    browser = logged_in(ada)
    assert "Filtered notices from 2 people" in " ".join(browser.get("/inbox/").text.split())
    page = browser.get("/inbox/filtered/").text
    assert all(text in page for text in ("Hello there", "Bob", "Charlie", "Accept all"))
    browser.post("/inbox/filtered/charlie/drop/")
    browser.post("/inbox/filtered/bob/accept/", headers={"HX-Request": "true"})
    assert "The box is empty" in browser.get("/inbox/filtered/").text
    form = dict.fromkeys(NoticePolicy.FIELDS, "drop")
    assert browser.post("/settings/notifications/strangers/", form).status_code == 302
    assert policy_of(ada.pk).private_mentions == "drop"


def test_the_second_page(ada: Person, post: Post) -> None:
    set_policy(person_id=ada.pk, changes={"not_following": "filter"})
    for number in range(25):
        like(post_id=post.pk, person_id=new_person(f"person{number}").pk)
    consume()
    first = logged_in(ada).get("/inbox/filtered/")
    second = logged_in(ada).get("/inbox/filtered/", {"page": first.context["page"].next})
    assert (len(first.context["boxed"]), len(second.context["boxed"])) == (20, 5)


def test_the_api(filtered: Post, ada: Person, bob: Person, api_of: Callable[[Person], APIClient]) -> None:
    api, root = api_of(ada), "/api/social/v1/notifications"
    assert api.get(f"{root}/policy/").json()["not_following"] == "filter"
    assert api.patch(f"{root}/policy/", {"new_accounts": "drop"}, format="json").json()["new_accounts"] == "drop"
    (found,) = api.get(f"{root}/filtered/").json()["results"]
    assert (found["person"]["username"], found["count"], len(found["notices"])) == ("bob", 2, 2)
    assert api.put(f"{root}/filtered/bob/").status_code == 202
    assert api.put(f"{root}/filtered/ada/").status_code == 404
    consume()
    assert api.get(f"{root}/filtered/").json()["results"] == []
    assert api.delete(f"{root}/filtered/bob/").status_code == 204
    assert api.post(f"{root}/filtered/", {"answer": "drop"}, format="json").status_code == 202
