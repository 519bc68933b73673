"""Attacks of who holds somebody's session for a minute, or prepared an account for them: none lasts."""

import re
import time
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.management import call_command
from django.test import Client
from rest_framework.test import APIClient

from notifications.channels.push import application_server_key
from notifications.endpoints.operations import add_push_endpoint, add_webhook
from notifications.models import Endpoint
from socialapp.users.models import Person, Token
from socialapp.users.operations import make_token, revoke_token
from tests.people import PASSWORD

NEW = "a new battery staple, horse"
HOOK = {"name": "Hook", "address": "https://example.org/hook"}


@pytest.fixture
def dana(db: None) -> Person:
    """Who has a password and a confirmed address."""
    person = Person.objects.create_user("dana", "dana@example.org", PASSWORD)
    EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=True)
    return person


@pytest.fixture
def thief(dana: Person) -> Client:
    """A browser with Dana's session, and without her password."""
    browser = Client()
    browser.force_login(dana, "allauth.account.auth_backends.AuthenticationBackend")
    return browser


def opens(token: str) -> int:
    """What the API answers to who has it."""
    return APIClient(headers={"Authorization": f"Bearer {token}"}).get("/api/social/v1/me/").status_code


def link_in(message: Any) -> str:
    """The path of the link that a mail tells to follow."""
    found = re.search(r"https?://[^/\s]+(/accounts/(?:password/reset/key|confirm-email)/\S+)", str(message.body))
    assert found, message.body
    return found[1]


def reset(email: str, **more: str) -> None:
    """As somebody who reads the mail of that address."""
    mail.outbox.clear()
    browser = Client()
    browser.post("/accounts/password/reset/", {"email": email})
    where = browser.get(link_in(mail.outbox[0]), follow=True).redirect_chain[-1][0]
    page = browser.post(where, {"password1": NEW, "password2": NEW, **more}, follow=True)
    assert "Your password is changed" in page.text


def webhook_of(person: Person) -> tuple[Endpoint, str]:
    """It and its secret."""
    return add_webhook(person=person, name=HOOK["name"], address=HOOK["address"])


def all_access(person: Person) -> str:
    """Everything that reaches a person elsewhere; returns the token."""
    webhook_of(person)
    keys = {"p256dh": application_server_key(), "auth": "A" * 22}  # any point of the curve
    add_push_endpoint(person=person, name="Phone", address=f"https://push.example/{person.pk}", keys=keys)
    return make_token(person=person, name="Script")


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/accounts/email/", {"action_add": "", "email": "thief@example.net"}),
        ("/accounts/email/", {"action_primary": "", "email": "dana2@example.org"}),
        ("/accounts/email/", {"action_remove": "", "email": "dana2@example.org"}),
        ("/settings/tokens/", {"name": "Mine"}),
        ("/settings/devices/", HOOK),
        ("/settings/devices/{hook}/rotate/", {}),
    ],
)
def test_a_session_alone_is_asked_for_the_password(
    thief: Client, dana: Person, path: str, form: dict[str, str]
) -> None:
    EmailAddress.objects.create(user=dana, email="dana2@example.org", verified=True)
    hook, secret = webhook_of(dana)
    answer = thief.post(path.format(hook=hook.pk), form)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    hook.refresh_from_db()
    assert hook.keys["secrets"][0]["secret"] == secret
    assert (Token.objects.count(), Endpoint.objects.exclude(channel="email").count()) == (0, 1)
    assert set(EmailAddress.objects.values_list("email", "primary")) == {
        ("dana@example.org", True),
        ("dana2@example.org", False),
    }


@pytest.mark.parametrize("path", ["endpoints/webhook/", "endpoints/{hook}/secret/"])
def test_nor_does_the_api_let_a_session_make_a_webhook_or_a_secret(thief: Client, dana: Person, path: str) -> None:
    hook, _secret = webhook_of(dana)
    where = f"/api/social/v1/notifications/{path.format(hook=hook.pk)}"
    answer = thief.post(where, HOOK, content_type="application/json")
    assert answer.status_code == 403
    assert "Type your password first" in answer.json()["detail"]


def test_who_knows_the_password_goes_on_where_they_were(thief: Client, dana: Person) -> None:
    asked = thief.post("/settings/tokens/", {"name": "Script"})
    page = thief.post(asked["Location"], {"password": PASSWORD}, follow=True)
    found = re.search(r"sa_[\w-]+", page.text)
    assert found
    assert opens(found[0]) == 200
    note = mail.outbox[-1]
    assert (note.to, note.subject) == (["dana@example.org"], "A new API token")
    assert "“Script”" in note.body


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/settings/delete/", "password"),
        ("/accounts/reauthenticate/", "password"),
        ("/accounts/password/change/", "oldpassword"),
    ],
)
def test_the_password_cannot_be_guessed_with_a_session(thief: Client, dana: Person, path: str, field: str) -> None:
    for number in range(6):
        thief.post(path, {field: f"guess {number}", "password1": NEW, "password2": NEW})
    answer = thief.post(path, {field: PASSWORD, "password1": NEW, "password2": NEW})
    assert answer.status_code in {200, 400, 429}
    dana.refresh_from_db()
    assert (dana.deleted_at, dana.check_password(NEW)) == (None, False)


def test_a_changed_password_ends_tokens_push_and_webhooks(
    thief: Client, dana: Person, deliver: Callable[[], int]
) -> None:
    token = all_access(dana)
    thief.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    deliver()
    assert opens(token) == 401
    assert not Endpoint.objects.filter(person=dana).exclude(channel="email").exists()


def test_unless_its_person_unticks_the_box(thief: Client, dana: Person, deliver: Callable[[], int]) -> None:
    token = all_access(dana)
    page = thief.get("/accounts/password/change/")
    assert re.search(r'<input\s+type="checkbox"\s+name="revoke"[^>]*\schecked', page.text)
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW, "revoke-shown": "1"}
    thief.post("/accounts/password/change/", form)
    deliver()
    assert opens(token) == 200
    assert Endpoint.objects.filter(person=dana).exclude(channel="email").count() == 2


def test_a_reset_ends_them_too_and_other_addresses(dana: Person, deliver: Callable[[], int]) -> None:
    token = all_access(dana)
    EmailAddress.objects.create(user=dana, email="thief@example.net", verified=True)
    reset("dana@example.org")
    deliver()
    assert opens(token) == 401
    assert not Endpoint.objects.filter(person=dana).exclude(channel="email").exists()
    assert list(EmailAddress.objects.values_list("email", flat=True)) == ["dana@example.org"]


def test_a_reset_with_the_box_unticked_keeps_them(dana: Person) -> None:
    token = all_access(dana)
    reset("dana@example.org", **{"revoke-shown": "1"})
    assert opens(token) == 200


def test_nor_do_they_outlive_a_password_that_an_operator_changes(
    dana: Person, deliver: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    token = all_access(dana)
    monkeypatch.setattr("getpass.getpass", lambda prompt: NEW)
    call_command("changepassword", "dana", stdout=StringIO())
    deliver()
    assert opens(token) == 401
    assert not Endpoint.objects.filter(person=dana).exclude(channel="email").exists()


def sign_up(username: str, email: str) -> Client:
    """A browser in which somebody signed up."""
    browser = Client()
    form = {"username": username, "email": email, "password1": PASSWORD, "password2": PASSWORD}
    assert browser.post("/accounts/signup/", form).status_code == 302
    return browser


def prepared() -> tuple[Client, Person, str]:
    """Mallory signs up with Dana's address and makes lasting access."""
    mallory = sign_up("mallory", "dana@example.org")
    person = Person.objects.get(username="mallory")
    EmailAddress.objects.create(user=person, email="mallory@example.net")
    return mallory, person, all_access(person)


def test_an_account_cannot_be_prepared_for_who_resets_it(db: None, deliver: Callable[[], int]) -> None:
    mallory, person, token = prepared()
    reset("dana@example.org", **{"revoke-shown": "1"})
    deliver()
    assert opens(token) == 401
    assert mallory.get("/settings/").status_code == 302
    assert not Endpoint.objects.filter(person=person).exclude(channel="email").exists()
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [("dana@example.org", True, True)]


def test_nor_for_who_confirms_its_address(db: None, deliver: Callable[[], int]) -> None:
    mallory, person, token = prepared()
    assert Client().post(link_in(mail.outbox[0])).status_code == 302
    deliver()
    assert opens(token) == 401
    assert mallory.get("/settings/").status_code == 302
    assert not Endpoint.objects.filter(person=person).exclude(channel="email").exists()
    assert list(EmailAddress.objects.values_list("email", "verified")) == [("dana@example.org", True)]


def test_a_newcomer_who_confirms_stays_logged_in(db: None) -> None:
    browser = sign_up("grace", "grace@example.org")
    browser.post(link_in(mail.outbox[0]))
    assert browser.get("/settings/").status_code == 200


def test_a_newcomer_who_has_just_typed_a_password_makes_a_token_without_typing_it_again(db: None) -> None:
    browser = sign_up("grace", "grace@example.org")
    page = browser.post("/settings/tokens/", {"name": "Script"})
    found = re.search(r"sa_[\w-]+", page.text)
    assert found
    assert opens(found[0]) == 200


def test_minutes_after_signing_up_the_password_is_asked_for(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = sign_up("grace", "grace@example.org")
    later = time.time() + 301
    monkeypatch.setattr("time.time", lambda: later)
    answer = browser.post("/settings/tokens/", {"name": "Script"})
    assert answer["Location"].startswith("/accounts/reauthenticate/")


def test_a_link_in_a_mail_is_no_password(thief: Client, dana: Person) -> None:
    EmailAddress.objects.filter(user=dana).update(verified=False)
    thief.post("/accounts/email/", {"action_send": "", "email": dana.email})
    thief.post(link_in(mail.outbox[0]))
    assert EmailAddress.objects.get(user=dana).verified
    answer = thief.post("/settings/tokens/", {"name": "Script"})
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert Token.objects.count() == 0


def test_an_account_with_a_confirmed_address_is_not_reset_by_one_that_is_not(dana: Person) -> None:
    EmailAddress.objects.create(user=dana, email="thief@example.net")
    Client().post("/accounts/password/reset/", {"email": "thief@example.net"})
    (message,) = mail.outbox
    assert "There is no account of that address here." in message.body


def test_a_reset_link_ends_with_its_address(dana: Person) -> None:
    Client().post("/accounts/password/reset/", {"email": "dana@example.org"})
    address = EmailAddress.objects.get()
    address.email = "other@example.org"
    address.save()
    assert "This link no longer works" in Client().get(link_in(mail.outbox[0]), follow=True).text


def test_the_old_address_hears_that_it_changed_and_that_one_was_added(thief: Client, dana: Person) -> None:
    thief.post("/accounts/reauthenticate/", {"password": PASSWORD})
    thief.post("/accounts/email/", {"action_add": "", "email": "new@example.net"})
    assert (mail.outbox[-1].to, mail.outbox[-1].subject) == (["dana@example.org"], "A mail address was added")
    EmailAddress.objects.filter(email="new@example.net").update(verified=True)
    thief.post("/accounts/email/", {"action_primary": "", "email": "new@example.net"})
    assert (mail.outbox[-1].to, mail.outbox[-1].subject) == (["dana@example.org"], "Your mail address was changed")


def test_log_out_everywhere_leaves_this_browser_and_nothing_else(
    thief: Client, dana: Person, deliver: Callable[[], int]
) -> None:
    token = all_access(dana)
    mine = Client()
    mine.post("/accounts/login/", {"login": "dana", "password": PASSWORD})
    mine.post("/settings/log-out-everywhere/")
    deliver()
    assert mine.get("/settings/").status_code == 200
    assert thief.get("/settings/").status_code == 302
    assert opens(token) == 401
    assert not Endpoint.objects.filter(person=dana).exclude(channel="email").exists()


def test_what_a_token_made_ends_with_it(
    dana: Person, api_of: Callable[[Person | None], APIClient], deliver: Callable[[], int]
) -> None:
    webhook_of(dana)
    assert api_of(dana).post("/api/social/v1/notifications/endpoints/webhook/", HOOK).status_code == 201
    revoke_token(person=dana, token_id=Token.objects.get().pk)
    deliver()
    assert Endpoint.objects.filter(channel="webhook").count() == 1


def test_a_token_changes_neither_address_nor_password_nor_makes_another(
    dana: Person, api_of: Callable[[Person | None], APIClient]
) -> None:
    api = api_of(dana)
    api.patch("/api/social/v1/me/", {"email": "thief@example.net", "password": NEW, "username": "thief"})
    for path in ("/settings/tokens/", "/accounts/email/", "/accounts/password/change/", "/settings/delete/"):
        assert api.post(path, {"name": "x", "password": PASSWORD}).status_code in {302, 403}
    dana.refresh_from_db()
    assert (dana.email, dana.username, dana.check_password(PASSWORD)) == ("dana@example.org", "dana", True)
    assert Token.objects.count() == 1


def test_a_token_does_not_get_the_secret_of_what_it_did_not_make(dana: Person) -> None:
    one, other = (APIClient(headers={"Authorization": f"Bearer {make_token(person=dana, name=name)}"}) for name in "ab")
    hook = one.post("/api/social/v1/notifications/endpoints/webhook/", HOOK, format="json").json()
    on_the_page, _secret = webhook_of(dana)
    for endpoint in (hook["id"], on_the_page.pk):
        assert other.post(f"/api/social/v1/notifications/endpoints/{endpoint}/secret/").status_code == 403
    assert one.post(f"/api/social/v1/notifications/endpoints/{hook['id']}/secret/").status_code == 201
