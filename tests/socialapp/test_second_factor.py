"""A second factor: who is asked for it, what it takes, who is notified, who must have one, and the way back."""

import time
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.conf import LazySettings
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from socialapp.users.addresses import confirmed_for_the_first_time
from socialapp.users.models import Person
from socialapp.users.operations import delete_account
from socialapp.web.request_metrics import LIMITS
from tests.passwords import ada
from tests.people import PASSWORD, logged_in

__all__ = ["ada"]

STEP = "/accounts/2fa/authenticate/"
AGAIN = "/accounts/2fa/reauthenticate/"


@pytest.fixture
def key(ada: Person) -> str:
    """Of Ada's app, which she has set up."""
    secret = str(generate_totp_secret())
    TOTP.activate(ada, secret)
    RecoveryCodes.activate(ada)
    return secret


def code_of(key: str, periods: int = 0) -> str:
    """What the app shows so many half minutes later."""
    return str(format_hotp_value(hotp_value(key, int(time.time()) // 30 + periods)))


def at_the_second_step(address: str = "203.0.113.7") -> Client:
    """A browser in which Ada's password was typed."""
    browser = Client(REMOTE_ADDR=address)
    answer = browser.post("/accounts/login/", {"login": "ada", "password": PASSWORD})
    assert answer["Location"] == STEP
    assert not is_in(browser)
    return browser


def log_in_with(browser: Client, code: str) -> Any:
    """Both steps, in a browser that may be known."""
    browser.post("/accounts/login/", {"login": "ada", "password": PASSWORD})
    return browser.post(STEP, {"code": code})


def is_in(browser: Client) -> bool:
    """Is it logged in?"""
    return bool(browser.get("/settings/").status_code == 200)


def subjects() -> list[str]:
    """Of the mails that were sent."""
    return [str(message.subject) for message in mail.outbox]


@pytest.mark.parametrize("periods", [-1, 0, 1])
def test_a_code_of_now_or_of_half_a_minute_beside_opens(key: str, periods: int) -> None:
    browser = at_the_second_step()
    assert browser.post(STEP, {"code": code_of(key, periods)}).status_code == 302
    assert is_in(browser)


@pytest.mark.parametrize("periods", [-4, 4])
def test_a_code_of_another_time_does_not(key: str, periods: int) -> None:
    browser = at_the_second_step()
    assert "Incorrect code" in browser.post(STEP, {"code": code_of(key, periods)}).text
    assert not is_in(browser)


def test_a_code_opens_once_as_long_as_it_is_good(key: str) -> None:
    code = code_of(key, 1)
    assert at_the_second_step().post(STEP, {"code": code}).status_code == 302
    assert "Incorrect code" in at_the_second_step().post(STEP, {"code": code}).text


def test_a_recovery_code_opens_once_and_its_owner_is_notified(ada: Person, key: str) -> None:
    code = RecoveryCodes.activate(ada).get_unused_codes()[0]
    browser = at_the_second_step()
    mail.outbox.clear()
    assert browser.post(STEP, {"code": f"{code[:4]} {code[4:]}"}).status_code == 302
    assert subjects() == ["A recovery code was used", "A log-in from a new browser"]
    assert "9 are left" in str(mail.outbox[0].body)
    assert "Incorrect code" in at_the_second_step().post(STEP, {"code": code}).text


def test_guesses_at_codes_are_limited_from_wherever_they_come(key: str) -> None:
    """Five in five minutes for the account; the right one is refused, too, and the owner is notified once."""
    mail.outbox.clear()
    for number in range(5):
        at_the_second_step(f"198.51.100.{number}").post(STEP, {"code": "000000"})
    answer = at_the_second_step("198.51.100.99").post(STEP, {"code": code_of(key)})
    assert "Too many" in answer.text
    assert subjects() == ["A log-in was stopped at the second step"]


def test_guesses_at_codes_beyond_the_limit_are_counted(key: str, settings: LazySettings) -> None:
    settings.METRICS_TOKEN = "a-token-that-is-long-enough"
    counter = LIMITS.labels("guesses")
    before = counter._value.get()
    for number in range(7):
        at_the_second_step(f"198.51.100.{number}").post(STEP, {"code": "000000"})
    assert counter._value.get() == before + 2


def test_guesses_of_who_knows_the_password_do_not_keep_the_owner_out(key: str) -> None:
    mine = Client(REMOTE_ADDR="203.0.113.7")
    log_in_with(mine, code_of(key))
    mine.post("/accounts/logout/")
    for number in range(6):
        at_the_second_step(f"198.51.100.{number}").post(STEP, {"code": "000000"})
    log_in_with(mine, code_of(key, 1))  # not the one used before
    assert is_in(mine)


def test_many_known_browsers_have_no_more_guesses_than_one(ada: Person) -> None:
    """Those of a thief who had the password before there was a second factor."""
    browsers = [Client(REMOTE_ADDR=f"198.51.100.{number}") for number in range(6)]
    for browser in browsers:
        browser.post("/accounts/login/", {"login": "ada", "password": PASSWORD})
        browser.post("/accounts/logout/")
    secret = str(generate_totp_secret())
    TOTP.activate(ada, secret)
    for browser in browsers[:5]:
        assert "Incorrect code" in log_in_with(browser, "000000").text
    assert "Too many" in log_in_with(browsers[5], code_of(secret)).text


def test_a_right_code_forgets_no_guesses_at_passwords_of_the_same_address(ada: Person, bob: Person, key: str) -> None:
    bob.set_password(PASSWORD)
    bob.save()
    theirs = str(generate_totp_secret())
    TOTP.activate(bob, theirs)
    for number in range(10):
        Client().post("/accounts/login/", {"login": f"guessed{number}", "password": "guess"})
        if number == 8:
            thief = Client()
            thief.post("/accounts/login/", {"login": "bob", "password": PASSWORD})
            thief.post(STEP, {"code": code_of(theirs)})
            assert is_in(thief)
    assert "Too many" in Client().post("/accounts/login/", {"login": "guessed10", "password": "guess"}).text


def test_setting_it_up_asks_for_the_password_and_notifies(ada: Person, django_capture_on_commit_callbacks: Any) -> None:
    browser = logged_in(ada)
    asked = browser.get("/accounts/2fa/totp/activate/")
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    browser.get("/accounts/2fa/totp/activate/")
    code = code_of(browser.session["mfa.totp.secret"])
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post("/accounts/2fa/totp/activate/", {"code": code})
    assert answer["Location"] == "/accounts/2fa/recovery-codes/"
    assert subjects() == ["Codes from an app were turned on"]
    page = browser.get(answer["Location"]).text
    codes = RecoveryCodes.activate(ada).get_unused_codes()
    assert all(f"{code[:4]} {code[4:]}" in page for code in codes)
    again = browser.get(answer["Location"]).text
    assert not any(f"{code[:4]} {code[4:]}" in again for code in codes)
    assert browser.get("/accounts/2fa/recovery-codes/download/").status_code == 403


def test_new_recovery_codes_end_the_old_and_notify(
    ada: Person, key: str, django_capture_on_commit_callbacks: Any
) -> None:
    old = RecoveryCodes.activate(ada).get_unused_codes()[0]
    browser = logged_in(ada)
    browser.post(AGAIN, {"code": code_of(key)})
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.post("/accounts/2fa/recovery-codes/generate/").status_code == 302
    assert subjects() == ["New recovery codes were made"]
    assert "Incorrect code" in at_the_second_step().post(STEP, {"code": old}).text


def test_an_address_can_be_changed_with_a_second_factor(ada: Person, key: str) -> None:
    browser = logged_in(ada)
    browser.post(AGAIN, {"code": code_of(key)})
    browser.post("/accounts/email/", {"action_add": "", "email": "ada@example.net"})
    assert EmailAddress.objects.filter(user=ada, email="ada@example.net").exists()


def test_the_first_proof_of_an_address_ends_what_was_prepared(ada: Person, key: str) -> None:
    address = EmailAddress.objects.get(user=ada)
    confirmed_for_the_first_time(person=ada, keep=address)
    assert not Authenticator.objects.filter(user=ada).exists()


def test_a_deleted_account_keeps_none(ada: Person, key: str) -> None:
    delete_account(person=ada)
    assert not Authenticator.objects.exists()


@pytest.fixture
def admin(ada: Person) -> Client:
    """Ada's browser: she is staff."""
    Person.objects.filter(pk=ada.pk).update(is_staff=True, is_superuser=True)
    return logged_in(Person.objects.get(pk=ada.pk))


@pytest.mark.parametrize("path", ["/admin/", "/admin/users/person/", "/admin/jsi18n/"])
def test_the_admin_opens_to_a_second_factor_alone(settings: LazySettings, admin: Client, path: str) -> None:
    settings.STAFF_SECOND_FACTOR = True
    answer = admin.get(path, follow=True)
    assert answer.redirect_chain == [("/settings/security/", 302)]
    assert "opens once your account has a second factor" in answer.text


def test_with_one_it_opens_once_this_session_showed_it(settings: LazySettings, admin: Client, key: str) -> None:
    """A session that is older than the factor may be of a thief who knew the password."""
    settings.STAFF_SECOND_FACTOR = True
    asked = admin.get("/admin/users/person/?q=bob")
    assert asked["Location"] == "/accounts/2fa/reauthenticate/?next=%2Fadmin%2Fusers%2Fperson%2F%3Fq%3Dbob"
    admin.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert admin.get("/admin/").status_code == 302
    assert admin.post(asked["Location"], {"code": code_of(key)})["Location"] == "/admin/users/person/?q=bob"
    assert admin.get("/admin/").status_code == 200
    at_log_in = at_the_second_step()
    at_log_in.post(STEP, {"code": code_of(key, 1)})
    assert at_log_in.get("/admin/").status_code == 200


def test_recovery_codes_alone_open_no_admin(settings: LazySettings, admin: Client, ada: Person) -> None:
    """Log-in does not ask for them alone."""
    settings.STAFF_SECOND_FACTOR = True
    RecoveryCodes.activate(ada)
    assert admin.get("/admin/")["Location"] == "/settings/security/"


def test_on_a_laptop_it_opens_with_a_password(admin: Client) -> None:
    assert admin.get("/admin/").status_code == 200


def test_the_admin_shows_no_secrets_of_factors(admin: Client, key: str) -> None:
    assert admin.get("/admin/mfa/authenticator/").status_code == 404


def test_an_operator_lets_somebody_in_who_lost_theirs(ada: Person, key: str) -> None:
    mail.outbox.clear()
    call_command("removesecondfactor", "@Ada")
    assert subjects() == ["Your second factor was removed"]
    answer = Client().post("/accounts/login/", {"login": "ada", "password": PASSWORD})
    assert answer["Location"] == "/"
    with pytest.raises(CommandError, match="ada has no second factor"):
        call_command("removesecondfactor", "ada")
    with pytest.raises(CommandError, match="nobody called zoe"):
        call_command("removesecondfactor", "zoe")


def test_an_admin_does_too(admin: Client, bob: Person) -> None:
    TOTP.activate(bob, generate_totp_secret())
    data = {"action": "remove_second_factor", "_selected_action": [bob.pk], "reason": ""}
    assert admin.post("/admin/users/person/", data).status_code == 302
    assert not Authenticator.objects.filter(user=bob).exists()
