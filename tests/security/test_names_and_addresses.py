"""Attacks on who somebody is: whether an address is known here, and the name of somebody who left."""

from collections.abc import Callable
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from notifications.models import NotificationGroup
from socialapp.posts.operations import edit_post, publish_post
from socialapp.users.models import Person
from socialapp.users.operations import delete_account, new_person
from tests.people import PASSWORD, logged_in


def sign_up(username: str, email: str) -> tuple[int, str]:
    """What a stranger is answered."""
    form = {"username": username, "email": email, "password1": PASSWORD, "password2": PASSWORD}
    answer = Client().post("/accounts/signup/", form)
    return answer.status_code, answer.headers.get("Location", "")


@pytest.fixture
def willow(db: None) -> Person:
    """Who will leave."""
    return new_person(username="willow", email="willow@example.org", password=PASSWORD)


@pytest.mark.parametrize("verified", [True, False])
def test_sign_up_does_not_say_whether_an_address_is_known(willow: Person, verified: bool) -> None:
    EmailAddress.objects.create(user=willow, email=willow.email, primary=True, verified=verified)
    assert sign_up("mallory", "willow@example.org") == sign_up("mallory2", "unknown@example.org") == (302, "/")
    pages = [
        logged_in(Person.objects.get(username=name)).get("/accounts/email/").text for name in ("mallory", "mallory2")
    ]
    assert [page.count("not verified") for page in pages] == [1, 1]


def test_the_owner_of_a_confirmed_address_hears_of_it(willow: Person) -> None:
    EmailAddress.objects.create(user=willow, email=willow.email, primary=True, verified=True)
    sign_up("mallory", "willow@example.org")
    (message,) = mail.outbox
    assert message.subject == "Somebody named your mail address"
    assert "so nothing changes" in message.body
    assert "/accounts/confirm-email/" not in message.body


def test_nor_does_adding_an_address_in_the_settings(willow: Person, bob: Person) -> None:
    EmailAddress.objects.create(user=willow, email=willow.email, primary=True, verified=True)
    browser = logged_in(bob)
    answers = [
        browser.post("/accounts/email/", {"action_add": "", "email": email})
        for email in ("willow@example.org", "unknown@example.org")
    ]
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(302, "/accounts/email/")] * 2
    assert browser.get("/accounts/email/").text.count("not verified") == 3  # and Bob's own


def test_one_address_is_named_by_few_newcomers_a_day_known_or_not(willow: Person) -> None:
    for email in ("willow@example.org", "unknown@example.org"):
        name = email.partition("@")[0]
        assert [sign_up(f"{name}{n}", email)[0] for n in range(6)] == [302] * 5 + [200]


@pytest.mark.parametrize("length", [255, 320])
def test_an_address_too_long_for_its_column_is_refused_and_neither_cut_nor_an_error(
    willow: Person, length: int
) -> None:
    email = f"{'a' * (length - 12)}@example.org"
    assert sign_up("mallory", email) == (200, "")
    browser = logged_in(willow)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    answer = browser.post("/accounts/email/", {"action_add": "", "email": email})
    assert (answer.status_code, "at most" in answer.text) == (200, True)
    assert not EmailAddress.objects.filter(email__startswith="aaa").exists()


def test_a_deleted_name_cannot_be_taken_by_any_door(willow: Person) -> None:
    delete_account(person=willow)
    assert sign_up("Willow", "mallory@example.org")[0] == 200
    with pytest.raises(CommandError, match="deleted account"):
        call_command("token", "willow", "--create", stdout=StringIO())
    with pytest.raises(CommandError, match="deleted account"):
        call_command("createsuperuser", username="willow", email="", interactive=False, stdout=StringIO())
    with pytest.raises(ValidationError):
        new_person(username="WILLOW")
    assert not Person.objects.filter(username="willow").exists()


def test_mentions_of_somebody_who_left_say_so_and_notify_nobody(
    willow: Person, ada: Person, deliver: Callable[[], int]
) -> None:
    post, _is_new = publish_post(author=ada, body="Hello @willow")
    deliver()
    delete_account(person=willow)
    edit_post(post_id=post.pk, by=ada, body="Hello again @willow")
    deliver()
    assert not NotificationGroup.objects.exists()
    page = Client().get("/@willow/")
    assert page.status_code == 410
    assert "This account was deleted." in page.text
    assert Client().get("/@nobody/").status_code == 404
