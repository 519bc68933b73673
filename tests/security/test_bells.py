"""Nobody is rung by whom they do not follow, nor by anyone who blocked them (security M2, notifications N8)."""

import re
from datetime import timedelta

import pytest
from django.db.models import F

from notifications.deliveries import fan_out
from notifications.deliveries.send import deliver
from notifications.models import Bell, Delivery
from notifications.preferences import bells
from socialapp.follows.models import Block
from socialapp.follows.operations import block, follow, unfollow
from socialapp.messaging.consumer import consume
from socialapp.posts.operations import publish_post
from socialapp.users.models import Person
from tests.notifications.fakes import Other, other
from tests.people import logged_in

pytestmark = pytest.mark.django_db
__all__ = ["other"]


@pytest.fixture
def bob_is_rung(other: Other, ada: Person, bob: Person) -> Other:
    """Bob follows Ada, and her bell is on for him; a while ago."""
    follow(follower_id=bob.pk, followee_id=ada.pk)
    bells.switch_bell(person=bob, author=ada, on=True)
    consume()
    Bell.objects.update(created_at=F("created_at") - timedelta(minutes=1))
    for name in ("push", "webhook"):
        other.endpoint_of(bob, name)
    return other


def ada_posts(ada: Person) -> None:
    """A secret, as far as it gets."""
    publish_post(author=ada, body="bell after block secret")
    consume()
    fan_out.run()
    for name in ("push", "webhook"):
        deliver(name)


def rung(other: Other, person: Person) -> int:
    """How often, by any channel."""
    return other.told(person, "push") + other.told(person, "webhook")


def test_with_follow_and_bell_one_is_rung(bob_is_rung: Other, ada: Person, bob: Person) -> None:
    ada_posts(ada)
    assert rung(bob_is_rung, bob) == 2


def test_who_unfollows_is_not_rung_and_has_no_bell(bob_is_rung: Other, ada: Person, bob: Person) -> None:
    unfollow(follower_id=bob.pk, followee_id=ada.pk)
    ada_posts(ada)
    assert rung(bob_is_rung, bob) == 0
    assert not Bell.objects.exists()


@pytest.mark.parametrize("blocker", ["ada", "bob"])
def test_a_block_either_way_round_ends_the_bell(blocker: str, bob_is_rung: Other, ada: Person, bob: Person) -> None:
    one, another = (ada, bob) if blocker == "ada" else (bob, ada)
    block(blocker_id=one.pk, blocked_id=another.pk)
    ada_posts(ada)
    assert rung(bob_is_rung, bob) == 0
    assert not Bell.objects.exists()


@pytest.mark.parametrize("what", ["unfollow", "block", "be blocked"])
def test_what_was_planned_before_is_asked_again_at_sending(
    what: str, bob_is_rung: Other, ada: Person, bob: Person
) -> None:
    publish_post(author=ada, body="bell after block secret")
    consume()
    fan_out.run()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"waiting"}
    if what == "unfollow":
        unfollow(follower_id=bob.pk, followee_id=ada.pk)
    elif what == "block":
        block(blocker_id=bob.pk, blocked_id=ada.pk)
    else:
        block(blocker_id=ada.pk, blocked_id=bob.pk)
    for name in ("push", "webhook"):
        deliver(name)
    assert rung(bob_is_rung, bob) == 0
    assert set(Delivery.objects.values_list("reason", flat=True)) == {"bell_off"}


@pytest.mark.parametrize("left_over", ["without a follow", "blocked by the author"])
def test_a_row_that_could_not_be_made_rings_nobody(left_over: str, other: Other, ada: Person, bob: Person) -> None:
    """As installations have them from before."""
    Bell.objects.create(person=bob, author=ada)
    if left_over == "blocked by the author":
        follow(follower_id=bob.pk, followee_id=ada.pk)
        Block.objects.create(blocker=ada, blocked=bob)
    for name in ("push", "webhook"):
        other.endpoint_of(bob, name)
    ada_posts(ada)
    assert rung(other, bob) == 0


def test_following_again_does_not_ring_without_being_asked(bob_is_rung: Other, ada: Person, bob: Person) -> None:
    unfollow(follower_id=bob.pk, followee_id=ada.pk)
    follow(follower_id=bob.pk, followee_id=ada.pk)
    ada_posts(ada)
    assert rung(bob_is_rung, bob) == 0
    bells.switch_bell(person=bob, author=ada, on=True)
    ada_posts(ada)
    assert rung(bob_is_rung, bob) == 2


def test_a_bell_from_before_the_follow_is_none(other: Other, ada: Person, bob: Person) -> None:
    Bell.objects.create(person=bob, author=ada)
    Bell.objects.update(created_at=F("created_at") - timedelta(days=100))
    other.endpoint_of(bob, "push")
    follow(follower_id=bob.pk, followee_id=ada.pk)
    ada_posts(ada)
    assert rung(other, bob) == 0


def test_a_bell_that_is_asked_for_right_after_the_follow_stays(other: Other, ada: Person, bob: Person) -> None:
    Bell.objects.create(person=bob, author=ada)
    Bell.objects.update(created_at=F("created_at") - timedelta(days=100))
    follow(follower_id=bob.pk, followee_id=ada.pk)
    bells.switch_bell(person=bob, author=ada, on=True)
    consume()
    assert Bell.objects.exists()


def test_the_profile_shows_no_bell_as_pressed_to_who_does_not_follow(
    bob_is_rung: Other, ada: Person, bob: Person
) -> None:
    page = logged_in(bob)
    bell = re.compile(r'<button[^>]*\sid="bell-\d+"[^>]*\saria-pressed="(true|false)"')
    assert bell.findall(page.get("/@ada/").text) == ["true"]
    unfollow(follower_id=bob.pk, followee_id=ada.pk)
    assert bell.findall(page.get("/@ada/").text) == ["false"]


def test_the_block_button_says_who_can_still_read_what_one_posts(ada: Person, bob: Person) -> None:
    shown = logged_in(bob).get("/@ada/").text
    assert 'aria-describedby="block-means"' in shown
    assert "Without an account, anyone can still read what you post." in shown


def test_who_blocked_somebody_is_offered_no_bell_for_them(ada: Person, bob: Person) -> None:
    browser = logged_in(bob)
    assert f'id="bell-{ada.pk}"' in browser.get("/@ada/").text
    block(blocker_id=bob.pk, blocked_id=ada.pk)
    page = browser.get("/@ada/").text
    assert f'id="bell-{ada.pk}"' not in page
    assert "/unblock/" in page
