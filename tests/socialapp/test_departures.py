"""An account is deleted with a way back: hidden at once, kept when its owner logs in, deleted when the time is over."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.db.models import F
from django.test import Client
from django.utils import timezone

from reactions.operations import like
from socialapp.follows.operations import follow
from socialapp.posts.models import Post
from socialapp.users import operations
from socialapp.users.departures import OFFER_S, end_departures, leave, stay
from socialapp.users.models import Departure, Person
from socialapp.users.operations import suspend, unsuspend
from tests.locks import elsewhere, wait_until_somebody_waits_for_a_lock
from tests.passwords import ada
from tests.people import PASSWORD, logged_in

__all__ = ["ada"]
pytestmark = pytest.mark.django_db
LOG_IN = {"login": "ada", "password": PASSWORD}


def pass_time(span: timedelta) -> None:
    Departure.objects.update(ends_at=F("ends_at") - span)


def test_who_leaves_is_hidden_at_once_and_may_come_back(
    ada: Person, bob: Person, post: Post, deliver: Callable[[], int]
) -> None:
    follow(follower_id=ada.pk, followee_id=bob.pk)
    browser = logged_in(ada)
    answer = browser.post("/settings/delete/", {"when": "later", "password": PASSWORD}, follow=True)
    assert "Your account is hidden" in answer.text
    deliver()
    assert Client().get("/@ada/").status_code == 404
    assert Client().get(f"/posts/{post.pk}/").status_code == 404
    assert logged_in(bob).get("/settings/").status_code == 200
    assert Client().get("/@bob/followers/").text.count('href="/@ada/"') == 0
    assert browser.get("/settings/").status_code == 302  # logged out

    back = Client()
    page = back.post("/accounts/login/", LOG_IN)
    assert "Welcome back?" in page.text
    offer = page.context["offer"]
    assert back.get("/settings/").status_code == 302  # not logged in by this
    kept = back.post("/settings/delete/stay/", {"offer": offer}, follow=True)
    assert "Your account is back" in kept.text
    deliver()
    assert back.post("/accounts/login/", LOG_IN).status_code == 302
    assert back.get("/settings/").status_code == 200
    assert Client().get(f"/posts/{post.pk}/").status_code == 200
    assert 'href="/@ada/"' in Client().get("/@bob/followers/").text
    assert not Departure.objects.exists()


def test_a_wrong_password_is_offered_nothing(ada: Person) -> None:
    leave(person=ada)
    assert "Welcome back?" not in Client().post("/accounts/login/", LOG_IN | {"password": "guess"}).text


def test_an_offer_is_for_one_departure_and_for_a_while(ada: Person) -> None:
    leave(person=ada)
    offer = Client().post("/accounts/login/", LOG_IN).context["offer"]
    stay(person=ada)
    leave(person=Person.objects.get(pk=ada.pk))
    for each in (offer, "made:up", ""):
        answer = Client().post("/settings/delete/stay/", {"offer": each}, follow=True)
        assert "This page is too old" in answer.text
    assert Departure.objects.exists()


def test_an_old_offer_is_none(ada: Person) -> None:
    leave(person=ada)
    offer = Client().post("/accounts/login/", LOG_IN).context["offer"]
    with time_machine.travel(timezone.now() + timedelta(seconds=OFFER_S + 2)):
        assert "too old" in Client().post("/settings/delete/stay/", {"offer": offer}, follow=True).text


def test_after_its_time_the_account_is_deleted(ada: Person, post: Post, deliver: Callable[[], int]) -> None:
    leave(person=ada)
    deliver()
    pass_time(timedelta(days=29))
    end_departures()
    assert Person.objects.get(pk=ada.pk).deleted_at is None
    pass_time(timedelta(days=2))
    end_departures()
    deliver()
    assert Person.objects.get(pk=ada.pk).deleted_at is not None
    assert (Post.objects.count(), Departure.objects.count()) == (0, 0)
    assert "Welcome back?" not in Client().post("/accounts/login/", LOG_IN).text
    assert Client().get("/@ada/").status_code == 410  # and nobody can take the name


def test_who_is_suspended_meanwhile_does_not_come_back_that_way(ada: Person) -> None:
    leave(person=ada)
    suspend(person=Person.objects.get(pk=ada.pk), reason="spam")
    page = Client().post("/accounts/login/", LOG_IN)
    assert "spam" in page.text
    assert "Welcome back?" not in page.text
    assert stay(person=ada) is False
    ada.refresh_from_db()
    assert not ada.is_active


def test_whom_a_moderator_let_back_in_is_not_deleted(ada: Person) -> None:
    leave(person=ada)
    unsuspend(person=Person.objects.get(pk=ada.pk))
    pass_time(timedelta(days=31))
    end_departures()
    assert Person.objects.get(pk=ada.pk).is_active
    assert not Departure.objects.exists()


def test_whom_a_moderator_let_back_in_is_not_deleted_while_suspended_again(ada: Person) -> None:
    leave(person=ada)
    unsuspend(person=Person.objects.get(pk=ada.pk))
    suspend(person=Person.objects.get(pk=ada.pk), reason="spam", until=timezone.now() + timedelta(days=40))
    pass_time(timedelta(days=31))
    end_departures()
    assert Person.objects.get(pk=ada.pk).deleted_at is None


def test_whom_a_moderator_let_back_in_may_leave_again(ada: Person) -> None:
    leave(person=ada)
    unsuspend(person=Person.objects.get(pk=ada.pk))
    leave(person=ada)
    assert stay(person=ada) is True


def test_one_that_cannot_be_deleted_keeps_none_of_the_others(
    ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def delete_all_but_ada(*, person: Person) -> None:
        if person == ada:
            raise OSError("The disk is full.")
        delete(person=person)

    delete = operations.delete_account
    monkeypatch.setattr(operations, "delete_account", delete_all_but_ada)
    leave(person=ada)
    leave(person=bob)
    pass_time(timedelta(days=31))
    end_departures()
    left = Person.objects.filter(pk__in=[ada.pk, bob.pk], deleted_at=None)
    assert (left.get(), Departure.objects.get().person) == (ada, ada)
    assert f"The account of person {ada.pk} could not be deleted." in caplog.text


@pytest.mark.django_db(transaction=True)
def test_who_comes_back_at_the_last_moment_is_not_deleted(ada: Person) -> None:
    leave(person=ada)
    pass_time(timedelta(days=31))
    with ThreadPoolExecutor() as threads:
        with transaction.atomic():
            stay(person=ada)
            ending = threads.submit(elsewhere, end_departures)
            wait_until_somebody_waits_for_a_lock()
        ending.result()
    assert Person.objects.get(pk=ada.pk).is_active


def test_at_once_is_at_once(ada: Person) -> None:
    logged_in(ada).post("/settings/delete/", {"when": "now", "password": PASSWORD})
    ada.refresh_from_db()
    assert ada.deleted_at is not None


def test_who_left_does_not_act(ada: Person, bob: Person, post: Post, api_of: Callable[..., Client]) -> None:
    api = api_of(ada)
    leave(person=ada)
    assert api.put(f"/api/social/v1/posts/{post.pk}/like/").status_code == 401
    with pytest.raises(Post.DoesNotExist):
        like(post_id=post.pk, person_id=bob.pk)
    with pytest.raises(Person.DoesNotExist):
        leave(person=ada)
