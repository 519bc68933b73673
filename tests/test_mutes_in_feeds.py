"""Who is muted is in none of one's feeds, until the mute ends; among notifications only where these are kept."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from notifications.inbox.queries import inbox
from notifications.models import Mute
from notifications.preferences.mutes import mute_person, unmute
from reactions.operations import like, share
from socialapp.feeds.queries import home_feed, profile_feed, public_feed
from socialapp.follows.operations import follow
from socialapp.messaging.consumer import consume
from socialapp.posts.operations import publish_post
from socialapp.posts.queries import posts_tagged
from socialapp.users.models import Person
from tests.people import logged_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def town(ada: Person, bob: Person, charlie: Person) -> None:
    """Bob follows Ada and Charlie; Charlie writes, and Ada shares it."""
    for person in (ada, charlie):
        follow(follower_id=bob.pk, followee_id=person.pk)
    post, _ = publish_post(author=charlie, body="By Charlie #fog")
    share(post_id=post.pk, person_id=ada.pk)
    publish_post(author=ada, body="By Ada #fog")
    consume()


def feeds(reader: Person) -> dict[str, int]:
    """How often Charlie's post is in each feed."""
    found = {
        "home": [item.post for item in home_feed(reader.pk).items],
        "public": [item.post for item in public_feed(viewer_id=reader.pk).items],
        "tag": posts_tagged("fog", viewer_id=reader.pk).items,
        "profile": [
            item.post for item in profile_feed(Person.objects.get(username="charlie").pk, viewer_id=reader.pk).items
        ],
    }
    return {name: sum(post.body == "By Charlie #fog" for post in posts) for name, posts in found.items()}


EVERYWHERE = {"home": 1, "public": 1, "tag": 1, "profile": 1}
ON_THE_PROFILE = {"home": 0, "public": 0, "tag": 0, "profile": 1}


def test_a_mute_hides_a_person_from_feeds_and_what_others_share_of_them(
    ada: Person, bob: Person, charlie: Person
) -> None:
    assert feeds(bob) == EVERYWHERE
    mute = mute_person(person=bob, muted=charlie)
    assert feeds(bob) == ON_THE_PROFILE
    assert feeds(ada) == EVERYWHERE | {"home": 1}
    unmute(person=bob, mute_id=mute.pk)
    assert feeds(bob) == EVERYWHERE


def test_a_mute_ends(bob: Person, charlie: Person) -> None:
    mute = mute_person(person=bob, muted=charlie, until=timezone.now() + timedelta(hours=1))
    assert feeds(bob) == ON_THE_PROFILE
    Mute.objects.filter(pk=mute.pk).update(until=timezone.now() - timedelta(seconds=1))
    assert feeds(bob) == EVERYWHERE


@pytest.mark.parametrize("notifications", [True, False])
def test_notifications_are_muted_where_that_is_wanted(
    ada: Person,
    bob: Person,
    charlie: Person,
    notifications: bool,
) -> None:
    mute_person(person=bob, muted=charlie, notifications=notifications)
    own, _ = publish_post(author=bob, body="By Bob")
    like(post_id=own.pk, person_id=charlie.pk)
    consume()
    of_charlie = [entry.kind for entry in inbox(bob.pk).items if charlie in entry.people]
    assert of_charlie == ([] if notifications else ["like", "post"])


@pytest.mark.parametrize(("span", "lasts"), [("hour", 3_600), ("day", 86_400), ("week", 604_800), ("month", 2_592_000)])
def test_the_page_offers_an_end(bob: Person, charlie: Person, span: str, lasts: int) -> None:
    browser = logged_in(bob)
    assert f'value="{span}"' in browser.get("/@charlie/").text
    browser.post("/@charlie/mute/", {"for": span, "feeds": "on"})
    mute = Mute.objects.get()
    assert mute.until
    assert (round((mute.until - mute.created_at).total_seconds(), -1), mute.notifications) == (lasts, False)
    assert "only in feeds" in browser.get("/settings/muted/").text


def test_the_api_says_whether_notifications_are_muted(
    bob: Person, charlie: Person, api_of: Callable[[Person], APIClient]
) -> None:
    route = "/api/social/v1/notifications/mutes/"
    made = api_of(bob).post(route, {"person": "charlie", "notifications": False}, format="json").json()
    assert (made["person"], made["notifications"]) == ("charlie", False)
    assert api_of(bob).post(route, {"person": "charlie"}, format="json").json()["notifications"] is True
