"""Accounts that approve their followers: who asks, who is told, what becomes of those who wait."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test import Client
from rest_framework.test import APIClient

from notifications.history.audit import audit
from notifications.inbox.queries import inbox
from notifications.inbox.sentences import sentence
from notifications.models import GroupMember
from socialapp.counters.queries import counts
from socialapp.follows import follow_requests, sql
from socialapp.follows.follow_requests import Waiting, answer_all, approve, refuse, set_locked
from socialapp.follows.models import Follow, FollowRequest
from socialapp.follows.operations import block, follow, follow_or_ask, unfollow
from socialapp.follows.queries import FOLLOWERS
from socialapp.messaging.consumer import consume
from socialapp.messaging.models import OutboxMessage
from socialapp.users.models import Person
from socialapp.users.operations import delete_account, suspend, unsuspend
from tests.locks import elsewhere
from tests.people import logged_in, new_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(db: None) -> Person:
    """Whose account is locked."""
    ada = new_person("ada")
    set_locked(person=ada, locked=True)
    return ada


def ask(follower: Person, followee: Person) -> bool:
    return follow(follower_id=follower.pk, followee_id=followee.pk)


def told(person: Person) -> list[str]:
    consume()
    assert audit().is_well
    return [sentence(entry) for entry in inbox(person.pk).items]


def followers(person: Person) -> int:
    return counts([FOLLOWERS], [person.pk]).get((FOLLOWERS, person.pk), 0)


def test_to_follow_a_locked_account_asks_once(ada: Person, bob: Person) -> None:
    assert follow_or_ask(follower_id=bob.pk, followee_id=ada.pk) == (True, True)
    assert follow_or_ask(follower_id=bob.pk, followee_id=ada.pk) == (False, True)
    assert (FollowRequest.objects.count(), Follow.objects.count(), followers(ada)) == (1, 0, 0)
    assert OutboxMessage.objects.count() == 1
    assert told(ada) == ["Bob asks to follow you"]


def test_who_is_approved_follows_and_is_told(ada: Person, bob: Person) -> None:
    ask(bob, ada)
    approve(followee_id=ada.pk, follower_id=bob.pk)
    approve(followee_id=ada.pk, follower_id=bob.pk)
    assert (FollowRequest.objects.count(), Follow.objects.get().approved, followers(ada)) == (0, True, 1)
    assert told(ada) == []  # who approved it knows
    assert told(bob) == ["Ada accepted your follow"]
    assert GroupMember.objects.get(actor=bob, suppressed_reason="approved").group.kind == "follow"


def test_who_is_refused_is_not_told_and_may_ask_again(ada: Person, bob: Person) -> None:
    ask(bob, ada)
    assert refuse(followee_id=ada.pk, follower_id=bob.pk)
    assert refuse(followee_id=ada.pk, follower_id=bob.pk) == ""
    assert (told(ada), told(bob)) == ([], [])
    assert ask(bob, ada) is True
    assert told(ada) == ["Bob asks to follow you"]


def test_a_refusal_is_undone_by_who_refused_and_by_no_one_else(ada: Person, bob: Person, charlie: Person) -> None:
    ask(bob, ada)
    refused = refuse(followee_id=ada.pk, follower_id=bob.pk)
    for forged in (refused + "x", "", "nonsense"):
        with pytest.raises(ValidationError):
            follow_requests.restore_request(followee_id=ada.pk, refused=forged)
    with pytest.raises(ValidationError):
        follow_requests.restore_request(followee_id=charlie.pk, refused=refused)
    assert FollowRequest.objects.count() == 0
    follow_requests.restore_request(followee_id=ada.pk, refused=refused)
    follow_requests.restore_request(followee_id=ada.pk, refused=refused)
    assert (FollowRequest.objects.get().follower, told(ada)) == (bob, ["Bob asks to follow you"])


def test_a_request_that_is_not_there_cannot_be_approved(ada: Person, bob: Person) -> None:
    with pytest.raises(FollowRequest.DoesNotExist):
        approve(followee_id=ada.pk, follower_id=bob.pk)


def test_who_asked_can_take_it_back(ada: Person, bob: Person) -> None:
    ask(bob, ada)
    assert unfollow(follower_id=bob.pk, followee_id=ada.pk) is True
    assert unfollow(follower_id=bob.pk, followee_id=ada.pk) is False
    assert told(ada) == []


def test_who_follows_already_does_not_ask(ada: Person, bob: Person) -> None:
    set_locked(person=ada, locked=False)
    ask(bob, ada)
    set_locked(person=ada, locked=True)
    assert follow_or_ask(follower_id=bob.pk, followee_id=ada.pk) == (False, False)


def test_an_approval_goes_with_the_follow(ada: Person, bob: Person) -> None:
    ask(bob, ada)
    approve(followee_id=ada.pk, follower_id=bob.pk)
    unfollow(follower_id=bob.pk, followee_id=ada.pk)
    assert (told(bob), told(ada), followers(ada)) == ([], [], 0)


@pytest.mark.parametrize(
    ("waiting", "follow_her", "wait"), [(Waiting.APPROVE, 3, 0), (Waiting.REFUSE, 0, 0), (Waiting.LEAVE, 0, 3)]
)
def test_unlocking_says_what_becomes_of_those_who_wait(
    ada: Person, monkeypatch: pytest.MonkeyPatch, waiting: Waiting, follow_her: int, wait: int
) -> None:
    monkeypatch.setattr(follow_requests, "ANSWERED_AT_ONCE", 2)
    for number in range(3):
        ask(new_person(f"person{number}"), ada)
    set_locked(person=ada, locked=False, waiting=waiting)
    consume()
    assert (Follow.objects.count(), FollowRequest.objects.count(), followers(ada)) == (follow_her, wait, follow_her)
    assert audit().is_well


@pytest.mark.django_db(transaction=True)
def test_to_unlock_while_somebody_asks_is_no_deadlock(ada: Person, bob: Person) -> None:
    ask(bob, ada)
    with ThreadPoolExecutor() as threads:
        with transaction.atomic():
            with connection.cursor() as cursor:  # as FOLLOW does it
                cursor.execute(sql.LOCK_PAIR, {"one": bob.pk, "other": ada.pk})
            unlocking = threads.submit(elsewhere, lambda: set_locked(person=ada, locked=False, waiting=Waiting.APPROVE))
            wait([unlocking], timeout=2)
            ask(bob, ada)
        unlocking.result()
    consume()
    assert (Follow.objects.count(), FollowRequest.objects.count()) == (1, 0)


def test_who_was_left_waiting_follows_an_unlocked_account_at_once(ada: Person, bob: Person) -> None:
    ask(bob, ada)
    set_locked(person=ada, locked=False)
    assert follow_or_ask(follower_id=bob.pk, followee_id=ada.pk) == (True, False)
    assert told(ada) == ["Bob followed you"]
    assert FollowRequest.objects.count() == 0


def test_a_block_ends_a_request(ada: Person, bob: Person) -> None:
    ask(bob, ada)
    block(blocker_id=ada.pk, blocked_id=bob.pk)
    assert FollowRequest.objects.count() == 0
    with pytest.raises(Person.DoesNotExist):
        ask(bob, ada)
    assert told(ada) == []


def test_a_request_of_the_suspended_waits_unseen_until_they_are_back(ada: Person, bob: Person, charlie: Person) -> None:
    ask(bob, ada)
    ask(charlie, ada)
    consume()
    suspend(person=bob, reason="spam")
    assert told(ada) == ["Charlie asks to follow you"]
    answer_all(followee_id=ada.pk, approve=True)
    assert list(Follow.objects.values_list("follower__username", flat=True)) == ["charlie"]
    unsuspend(person=bob)
    assert told(ada) == ["Bob asks to follow you"]


def test_a_request_goes_with_its_account(ada: Person, bob: Person) -> None:
    ask(bob, ada)
    delete_account(person=bob)
    assert told(ada) == []
    assert FollowRequest.objects.count() == 0


@pytest.mark.parametrize("approved", [True, False])
def test_a_follower_can_be_removed_and_that_undone(ada: Person, bob: Person, approved: bool) -> None:
    set_locked(person=ada, locked=approved)
    ask(bob, ada)
    if approved:
        approve(followee_id=ada.pk, follower_id=bob.pk)
    before = (told(ada), told(bob), followers(ada))
    removed = follow_requests.remove_follower(followee_id=ada.pk, follower_id=bob.pk)
    assert (told(ada), told(bob), followers(ada)) == ([], [], 0)
    follow_requests.restore_follower(followee_id=ada.pk, removed=removed)
    follow_requests.restore_follower(followee_id=ada.pk, removed=removed)
    assert (told(ada), told(bob), followers(ada)) == before


def test_nobody_makes_others_follow_by_an_undo(ada: Person, bob: Person, charlie: Person) -> None:
    assert follow_requests.remove_follower(followee_id=ada.pk, follower_id=bob.pk) == ""
    set_locked(person=ada, locked=False)
    ask(bob, ada)
    removed = follow_requests.remove_follower(followee_id=ada.pk, follower_id=bob.pk)
    for forged in (removed + "x", "", "nonsense"):
        with pytest.raises(ValidationError):
            follow_requests.restore_follower(followee_id=ada.pk, removed=forged)
    with pytest.raises(ValidationError):
        follow_requests.restore_follower(followee_id=charlie.pk, removed=removed)
    block(blocker_id=bob.pk, blocked_id=ada.pk)
    with pytest.raises(Person.DoesNotExist):
        follow_requests.restore_follower(followee_id=ada.pk, removed=removed)


def test_pages_ask_and_answer(ada: Person, bob: Person, charlie: Person) -> None:
    browser, bobs = logged_in(ada), logged_in(bob)
    assert "Ask to follow" in bobs.get("/@ada/").text
    bobs.post("/@ada/follow/")
    logged_in(charlie).post("/@ada/follow/")
    consume()
    assert "Requested" in bobs.get("/@ada/").text
    inbox_page = browser.get("/inbox/").text
    assert "2 people ask to follow you" in " ".join(inbox_page.split())
    assert browser.post("/follow-requests/bob/approve/", headers={"HX-Request": "true"}).status_code == 200
    assert "Charlie" in browser.get("/follow-requests/").text
    refused = browser.post("/follow-requests/charlie/refuse/", follow=True).text
    assert "No one is waiting" in refused
    again = refused.split('formaction="/follow-requests/charlie/refuse/')[1].split('"')[0]
    assert "Charlie" in browser.post(f"/follow-requests/charlie/refuse/{again}", follow=True).text.split("<main")[1]
    browser.post("/follow-requests/charlie/refuse/")
    assert "No one is waiting" in browser.get("/follow-requests/").text
    assert "Remove from your followers" in browser.get("/@ada/followers/").text
    assert "Remove from your followers" not in bobs.get("/@ada/followers/").text
    gone = browser.post("/@bob/remove/", follow=True).text
    undo = gone.split('formaction="/@bob/remove/')[1].split('"')[0]
    assert browser.post(f"/@bob/remove/{undo}", follow=True).status_code == 200
    assert Follow.objects.get().follower == bob


def test_the_page_of_the_lock_asks_what_becomes_of_the_waiting(ada: Person, bob: Person) -> None:
    browser = logged_in(ada)
    assert "Leave them waiting" not in browser.get("/settings/followers/").text
    ask(bob, ada)
    assert "Leave them waiting" in browser.get("/settings/followers/").text
    browser.post("/settings/followers/", {"waiting": "approve"})
    consume()
    ada.refresh_from_db()
    assert (ada.locked, Follow.objects.count()) == (False, 1)


def test_a_stranger_has_no_page_of_requests(client: Client, db: None) -> None:
    assert client.get("/follow-requests/").headers["Location"].startswith("/accounts/login/")


def test_the_api_asks_and_answers(api_of: Callable[[Person], APIClient], ada: Person, bob: Person) -> None:
    adas, bobs = api_of(ada), api_of(bob)
    root = "/api/social/v1"
    asked = bobs.put(f"{root}/people/ada/follow/")
    assert (asked.status_code, asked.json()) == (201, {"following": False, "requested": True})
    assert bobs.get(f"{root}/people/ada/").json()["is_requested"] is True
    assert [person["username"] for person in adas.get(f"{root}/follow-requests/").json()["results"]] == ["bob"]
    assert adas.put(f"{root}/follow-requests/bob/").json() == {"follows": True}
    assert adas.put(f"{root}/follow-requests/bob/").status_code == 200
    assert bobs.put(f"{root}/people/ada/follow/").json() == {"following": True, "requested": False}
    assert adas.delete(f"{root}/people/bob/follower/").status_code == 204
    bobs.put(f"{root}/people/ada/follow/")
    assert adas.post(f"{root}/follow-requests/", {"answer": "refuse"}, format="json").status_code == 202
    assert adas.put(f"{root}/follow-requests/bob/").status_code == 404
    bobs.put(f"{root}/people/ada/follow/")
    me = adas.patch(f"{root}/me/", {"locked": False, "waiting_requests": "approve"}, format="json").json()
    consume()
    assert (me["locked"], followers(ada)) == (False, 1)
