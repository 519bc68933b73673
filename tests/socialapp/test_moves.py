"""People move to another account here: both confirm it, the followers go along, and the profile leads there."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db.models import F
from django.test import Client

from notifications.models import NotificationGroup
from socialapp.follows import moves
from socialapp.follows.follow_requests import approve, set_locked
from socialapp.follows.models import Alias, Follow, FollowRequest, Move
from socialapp.follows.operations import block, follow
from socialapp.users.models import Person
from socialapp.users.operations import delete_account
from tests.passwords import ada
from tests.people import PASSWORD, logged_in, new_person

__all__ = ["ada"]
pytestmark = pytest.mark.django_db
NEVER = float("inf")


@pytest.fixture
def new(db: None) -> Person:
    """Ada's new account."""
    return new_person("ada_2")


def followers(person: Person) -> set[str]:
    return set(Follow.objects.filter(followee=person).values_list("follower__username", flat=True))


def confirmed(ada: Person, new: Person) -> None:
    moves.name_alias(person=new, former=ada)
    moves.move(person=ada, target=new)


def test_the_way_through_the_pages(
    ada: Person, new: Person, bob: Person, charlie: Person, deliver: Callable[[], int]
) -> None:
    for person in (bob, charlie):
        follow(follower_id=person.pk, followee_id=ada.pk)
    browser, there = logged_in(ada), logged_in(new)
    refused = browser.post("/settings/move/begin/", {"target": "@ada_2", "password": PASSWORD})
    assert refused.status_code == 400
    assert "has not confirmed this" in refused.text
    there.post("/settings/move/", {"former": "@Ada"})
    assert "@ada" in there.get("/settings/move/").text
    assert browser.post("/settings/move/begin/", {"target": "ada_2", "password": "guess"}).status_code == 400
    assert not Move.objects.exists()
    page = browser.post("/settings/move/begin/", {"target": "ada_2", "password": PASSWORD}, follow=True).text
    assert "You moved to @ada_2" in page
    assert '<progress class="progress" id="move-progress" max="2" value="0">' in page
    part = browser.get("/settings/move/progress/", headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith("<section")
    assert moves.work(NEVER) is False
    deliver()
    assert (followers(ada), followers(new)) == (set(), {"bob", "charlie"})
    assert "Your followers follow you there" in browser.get("/settings/move/").text
    assert NotificationGroup.objects.get(recipient=new, kind="follow").count == 2
    profile = Client().get("/@ada/").text
    assert "moved to" in profile
    assert 'href="/@ada_2/"' in profile
    browser.post("/settings/move/end/")
    assert "moved to" not in Client().get("/@ada/").text
    assert followers(new) == {"bob", "charlie"}


def test_a_profile_leads_there_in_the_api_too(ada: Person, new: Person, api_of: Callable[..., Client]) -> None:
    confirmed(ada, new)
    assert api_of(None).get("/api/social/v1/people/ada/").json()["moved_to"] == "ada_2"
    assert api_of(None).get("/api/social/v1/people/ada_2/").json()["moved_to"] is None


def test_a_locked_account_gets_no_followers_whom_nobody_approved(
    ada: Person, new: Person, bob: Person, charlie: Person
) -> None:
    set_locked(person=ada, locked=True)
    follow(follower_id=bob.pk, followee_id=ada.pk)
    approve(followee_id=ada.pk, follower_id=bob.pk)
    set_locked(person=ada, locked=False)
    follow(follower_id=charlie.pk, followee_id=ada.pk)
    set_locked(person=new, locked=True)
    confirmed(ada, new)
    assert moves.work(NEVER) is False
    assert followers(new) == {"bob"}
    assert FollowRequest.objects.get().follower == charlie


def test_followers_of_a_locked_account_follow_another_locked_one(ada: Person, new: Person, bob: Person) -> None:
    follow(follower_id=bob.pk, followee_id=ada.pk)
    for person in (ada, new):
        set_locked(person=person, locked=True)
    confirmed(ada, new)
    assert moves.work(NEVER) is False
    assert followers(new) == {"bob"}


def test_who_cannot_follow_stays(ada: Person, new: Person, bob: Person, charlie: Person) -> None:
    for person in (bob, charlie, new):
        follow(follower_id=person.pk, followee_id=ada.pk)
    block(blocker_id=new.pk, blocked_id=bob.pk)
    confirmed(ada, new)
    assert moves.work(NEVER) is False
    assert (followers(ada), followers(new)) == ({"bob", "ada_2"}, {"charlie"})
    moved = Move.objects.get()
    assert (moved.state, moved.done) == (Move.State.DONE, 3)


def test_a_worker_that_died_is_gone_on_with(ada: Person, new: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [new_person(f"p{number}") for number in range(7)]
    for person in people:
        follow(follower_id=person.pk, followee_id=ada.pk)
    confirmed(ada, new)
    monkeypatch.setattr(moves, "AT_ONCE", 3)
    dead = moves.claim()
    assert dead
    assert moves._move_some(dead)
    moves._move_one(people[3].pk, dead)  # done, and not noted
    assert moves.claim() is None
    Move.objects.update(due_at=F("due_at") - moves.LEASE)
    assert moves.work(NEVER) is False
    assert followers(new) == {person.username for person in people}
    assert not moves._move_some(dead)  # its claim is not the last one


def test_no_circles_and_not_to_oneself_and_not_every_day(ada: Person, new: Person, bob: Person) -> None:
    with pytest.raises(ValidationError, match="the account you are using"):
        moves.name_alias(person=ada, former=ada)
    with pytest.raises(ValidationError, match="the account you are using"):
        moves.move(person=ada, target=ada)
    confirmed(ada, new)
    moves.name_alias(person=ada, former=new)
    with pytest.raises(ValidationError, match="has moved itself"):
        moves.move(person=new, target=ada)
    moves.name_alias(person=bob, former=ada)
    with pytest.raises(ValidationError, match="less than 30 days ago"):
        moves.move(person=ada, target=bob)
    Move.objects.update(created_at=F("created_at") - timedelta(days=31))
    moves.move(person=ada, target=bob)
    assert Move.objects.get().target == bob
    with pytest.raises(ValidationError, match="less than 30 days ago"):
        moves.move(person=ada, target=new)


def test_names_are_taken_back_by_who_gave_them(ada: Person, new: Person) -> None:
    moves.name_alias(person=new, former=ada)
    alias = Alias.objects.get()
    assert logged_in(ada).post(f"/settings/move/aliases/{alias.pk}/remove/").status_code == 404
    assert logged_in(new).post(f"/settings/move/aliases/{alias.pk}/remove/").status_code == 302
    with pytest.raises(ValidationError, match="has not confirmed"):
        moves.move(person=ada, target=new)


def test_an_account_that_is_deleted_leads_nowhere(ada: Person, new: Person, deliver: Callable[[], int]) -> None:
    confirmed(ada, new)
    delete_account(person=new)
    assert "moved to" not in Client().get("/@ada/").text
    deliver()
    assert (Move.objects.count(), Alias.objects.count()) == (0, 0)


def test_whoever_is_blocked_is_not_led_there(ada: Person, new: Person, bob: Person) -> None:
    confirmed(ada, new)
    block(blocker_id=new.pk, blocked_id=bob.pk)
    assert "moved to" not in logged_in(bob).get("/@ada/").text
