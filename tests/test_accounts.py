"""Accounts as their people meet them: signing up, mails about the account, and being shut out."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from rest_framework.test import APIClient

from socialapp.users.models import Person
from socialapp.users.operations import suspend
from tests.elements import elements
from tests.people import PASSWORD


def test_all_that_is_wrong_with_a_password_is_shown_at_once(db: None) -> None:
    form = {"username": "grace", "email": "grace@example.org", "password1": "password", "password2": "passwort"}
    page = Client().post("/accounts/signup/", form)
    assert "This password is too common." in page.text
    assert "You must type the same password each time." in page.text
    assert page.text.count("You must type the same password each time.") == 1


@pytest.mark.parametrize("path", ["/accounts/signup/", "/accounts/login/"])
def test_each_password_can_be_shown_by_a_button_that_only_scripts_unhide(db: None, path: str) -> None:
    page = Client().get(path).text
    fields = [field.attributes["id"] for field in elements(page, "input", type="password")]
    assert fields
    buttons = [button for button in elements(page, "button") if "data-reveal" in button.attributes]
    assert [button.attributes["data-reveal"] for button in buttons] == fields
    assert all("hidden" in button.attributes and button.text.startswith("Show ") for button in buttons)


def test_the_first_mail_is_ours_in_text_and_in_html(db: None) -> None:
    form = {"username": "grace", "email": "grace@example.org", "password1": PASSWORD, "password2": PASSWORD}
    Client().post("/accounts/signup/", form)
    (message,) = mail.outbox
    assert isinstance(message, EmailMultiAlternatives)
    assert message.subject == "Welcome to socialapp: confirm your mail address"
    assert message.body.startswith("You get this mail because @grace named your address at socialapp.")
    ((html, kind),) = [(str(part[0]), part[1]) for part in message.alternatives]
    assert kind == "text/html"
    link = re.search(r"http\S+/accounts/confirm-email/\S+", str(message.body))
    assert link
    assert elements(html, "a", href=link[0])
    assert "Thank you for using" not in f"{message.body}{html}"


def test_what_somebody_else_typed_is_no_html_in_a_mail(db: None) -> None:
    form = {"username": "grace", "email": "g&x@example.org", "password1": PASSWORD, "password2": PASSWORD}
    Client().post("/accounts/password/reset/", form)
    (message,) = mail.outbox
    assert isinstance(message, EmailMultiAlternatives)
    assert "g&amp;x@example.org" in str(message.alternatives[0][0])
    assert "g&x@example.org" in message.body


def test_a_mail_server_that_is_away_makes_no_page_fail(db: None, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    form = {"username": "grace", "email": "grace@example.org", "password1": PASSWORD, "password2": PASSWORD}
    page = Client().post("/accounts/signup/", form, follow=True)
    assert page.status_code == 200
    assert "The mail server does not answer." in page.text


@pytest.mark.parametrize(
    ("contact", "told"),
    [
        ("mailto:help@example.org", 'write to <a href="mailto:help@example.org">help@example.org</a>'),
        ("https://example.org/help", 'write to <a href="https://example.org/help">https://example.org/help</a>'),
        ("", "write to who runs this site"),
    ],
)
def test_who_is_suspended_reads_why_and_whom_to_ask(
    db: None, settings: Any, api_of: Callable[[Person | None], APIClient], contact: str, told: str
) -> None:
    settings.CONTACT = contact
    bob = Person.objects.create_user("bob", "bob@example.org", PASSWORD)
    api = api_of(bob)
    suspend(person=bob, reason="Spam <in> bulk")
    page = Client().post("/accounts/login/", {"login": "bob", "password": PASSWORD})
    assert page.status_code == 403
    assert "Spam &lt;in&gt; bulk" in page.text
    assert told in page.text
    assert "Spam" not in Client().post("/accounts/login/", {"login": "bob", "password": "wrong"}).text
    assert api.get("/api/social/v1/me/").json()["detail"] == "This account is suspended: Spam <in> bulk"
