"""A theft tried at each door: the password is known, the session stolen, the mail read.

What the thief can do, what the owner sees of it, and does about it.
"""

import re
import time
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core import mail
from django.test import Client

from socialapp.users.models import Person, Token
from tests.passwords import ada
from tests.people import PASSWORD

__all__ = ["ada"]

NEW = "a new battery staple, horse"
STEP = "/accounts/2fa/authenticate/"
HOME: Any = {"HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0"}
FAR: Any = {
    "REMOTE_ADDR": "198.51.100.66",
    "HTTP_USER_AGENT": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36",
}


@pytest.fixture
def owner(ada: Person) -> Client:
    """Ada's browser, in which she is logged in; what she was written about that is forgotten."""
    browser = Client(**HOME)
    log_in(browser)
    mail.outbox.clear()
    return browser


@pytest.fixture
def key(ada: Person, owner: Client) -> str:
    """Of Ada's app: she has a second factor."""
    secret = str(generate_totp_secret())
    TOTP.activate(ada, secret)
    RecoveryCodes.activate(ada)
    return secret


def log_in(browser: Client, password: str = PASSWORD) -> Any:
    """The first step."""
    return browser.post("/accounts/login/", {"login": "ada", "password": password})


def is_in(browser: Client) -> bool:
    """Is it logged in?"""
    return bool(browser.get("/settings/").status_code == 200)


def subjects() -> list[str]:
    """Of the mails that Ada got, which she may read wherever she is."""
    assert {address for message in mail.outbox for address in message.to} <= {"ada@example.org"}
    return [str(message.subject) for message in mail.outbox]


def reset_by_mail(browser: Client) -> None:
    """As whoever reads Ada's mail."""
    browser.post("/accounts/password/reset/", {"email": "ada@example.org"})
    link = re.search(r"https?://[^/\s]+(/accounts/password/reset/key/\S+)", str(mail.outbox[-1].body))
    assert link
    where = browser.get(link[1], follow=True).redirect_chain[-1][0]
    assert browser.post(where, {"password1": NEW, "password2": NEW}).status_code == 302


def test_who_knows_the_password_gets_in_and_the_owner_sees_it_and_puts_them_out(owner: Client) -> None:
    thief = Client(**FAR)
    log_in(thief)
    assert is_in(thief)
    assert subjects() == ["A log-in from a new browser"]
    text = " ".join(str(mail.outbox[0].body).split())
    assert "with Chrome on Windows, from the address 198.51.100.66" in text
    page = " ".join(owner.get("/settings/security/").text.split())
    assert "Chrome on Windows" in page
    assert "from 198.51.100.66" in page
    owner.post("/settings/security/log-ins/end/")
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert owner.post("/accounts/password/change/", form).status_code == 302
    assert (is_in(thief), is_in(owner)) == (False, True)
    assert "login" in log_in(Client(**FAR)).text


def test_each_access_they_make_is_written_to_the_owner_and_ends_with_a_new_password(owner: Client) -> None:
    thief = Client(**FAR)
    log_in(thief)
    thief.post("/accounts/reauthenticate/", {"password": PASSWORD})
    mail.outbox.clear()
    thief.post("/settings/tokens/", {"name": "Mine"})
    thief.post("/accounts/email/", {"action_add": "", "email": "thief@example.net"})
    to_owner = [str(message.subject) for message in mail.outbox if message.to == ["ada@example.org"]]
    assert to_owner == ["A new API token", "A mail address was added"]
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    owner.post("/accounts/password/change/", form)
    assert not Token.objects.exists()
    assert not is_in(thief)


def test_the_old_address_hears_that_another_one_took_its_place(owner: Client) -> None:
    thief = Client(**FAR)
    log_in(thief)
    thief.post("/accounts/reauthenticate/", {"password": PASSWORD})
    thief.post("/accounts/email/", {"action_add": "", "email": "thief@example.net"})
    (link,) = re.findall(r"/accounts/confirm-email/\S+", "".join(str(each.body) for each in mail.outbox))
    thief.post(link)
    mail.outbox.clear()
    thief.post("/accounts/email/", {"action_primary": "", "email": "thief@example.net"})
    thief.post("/accounts/email/", {"action_remove": "", "email": "ada@example.org"})
    assert list(EmailAddress.objects.values_list("email", flat=True)) == ["thief@example.net"]
    to_owner, removed = (message for message in mail.outbox if message.to == ["ada@example.org"])
    assert to_owner.subject == "Your mail address was changed"
    assert removed.subject == "A mail address was removed"
    text = " ".join(str(to_owner.body).split())
    assert "no longer uses ada@example.org, but thief@example.net" in text
    assert "with Chrome on Windows, from the address 198.51.100.66" in text


def test_a_thief_cannot_bury_the_mail_about_them_under_others(owner: Client) -> None:
    """Ten an hour, of which the owner's own log-in was one."""
    for number in range(12):
        log_in(Client(**FAR | {"REMOTE_ADDR": f"198.51.100.{number}"}))
    assert subjects() == ["A log-in from a new browser"] * 9


def test_with_a_second_factor_the_password_opens_nothing(owner: Client, key: str) -> None:
    thief = Client(**FAR)
    assert log_in(thief)["Location"] == STEP
    for _ in range(6):
        thief.post(STEP, {"code": "000000"})
    assert not is_in(thief)
    assert thief.get("/api/social/v1/me/").status_code == 401
    assert subjects() == ["A log-in was stopped at the second step"]
    assert "198.51.100.66" not in owner.get("/settings/security/").text


def test_a_code_that_was_seen_over_the_shoulder_is_used_up(owner: Client, key: str) -> None:
    code = format_hotp_value(hotp_value(key, int(time.time()) // 30))
    mine, thief = Client(**HOME), Client(**FAR)
    log_in(mine)
    mine.post(STEP, {"code": code})
    log_in(thief)
    thief.post(STEP, {"code": code})
    assert (is_in(mine), is_in(thief)) == (True, False)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/settings/tokens/", {"name": "Mine"}),
        ("/accounts/email/", {"action_add": "", "email": "thief@example.net"}),
        ("/accounts/2fa/totp/activate/", {"code": "000000"}),
        ("/accounts/2fa/totp/deactivate/", {}),
        ("/accounts/2fa/recovery-codes/generate/", {}),
        ("/accounts/2fa/webauthn/add/", {"credential": "{}"}),
        ("/accounts/password/change/", {"oldpassword": "guess", "password1": NEW, "password2": NEW}),
        ("/settings/delete/", {"password": "guess"}),
    ],
)
def test_who_has_the_session_makes_no_access_that_lasts(
    owner: Client, ada: Person, key: str, path: str, form: dict[str, str]
) -> None:
    before = Authenticator.objects.count()
    thief = stolen_from(owner)
    assert is_in(thief)
    thief.post(path, form)
    assert Authenticator.objects.count() == before
    assert not Token.objects.exists()
    assert list(EmailAddress.objects.values_list("email", flat=True)) == ["ada@example.org"]
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)
    assert ada.is_active


def test_who_has_the_session_and_the_password_removes_no_second_factor(owner: Client, key: str) -> None:
    thief = stolen_from(owner)
    thief.post("/accounts/reauthenticate/", {"password": PASSWORD})
    asked = thief.post("/accounts/2fa/totp/deactivate/")
    assert str(asked["Location"]).startswith("/accounts/2fa/reauthenticate/")
    thief.post("/accounts/2fa/reauthenticate/", {"code": "000000"})
    thief.post("/accounts/2fa/totp/deactivate/")
    assert Authenticator.objects.filter(type=Authenticator.Type.TOTP).exists()
    assert subjects() == ["A wrong code was typed"]
    code = format_hotp_value(hotp_value(key, int(time.time()) // 30))
    owner.post("/accounts/2fa/reauthenticate/", {"code": code})
    owner.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.exists()


def test_an_address_hears_that_it_was_removed(owner: Client, ada: Person) -> None:
    EmailAddress.objects.create(user=ada, email="second@example.org", verified=True)
    EmailAddress.objects.create(user=ada, email="never@example.org")
    thief = Client(**FAR)
    log_in(thief)
    thief.post("/accounts/reauthenticate/", {"password": PASSWORD})
    mail.outbox.clear()
    for address in ("second@example.org", "never@example.org"):
        thief.post("/accounts/email/", {"action_remove": "", "email": address})
    assert [message.to for message in mail.outbox if "A mail address was removed" in str(message.subject)] == [
        ["second@example.org"],
        ["ada@example.org"],
        ["ada@example.org"],
    ]


def stolen_from(browser: Client) -> Client:
    """A thief's browser with a copy of the cookie."""
    thief = Client(**FAR)
    thief.cookies["sessionid"] = browser.cookies["sessionid"].value
    return thief


def test_the_owner_of_a_stolen_session_sees_its_address_and_ends_the_copy(owner: Client) -> None:
    thief = stolen_from(owner)
    assert is_in(thief)
    assert "from 198.51.100.66" in " ".join(owner.get("/settings/security/").text.split())
    owner.post("/settings/security/log-ins/end/")
    assert (is_in(owner), is_in(thief)) == (True, False)


def test_who_reads_the_mail_has_the_account_and_the_owner_is_out_and_knows(owner: Client) -> None:
    thief = Client(**FAR)
    reset_by_mail(thief)
    log_in(thief, NEW)
    assert (is_in(thief), is_in(owner)) == (True, False)
    assert subjects()[1:] == ["Your password was reset", "A log-in from a new browser"]


def test_with_a_second_factor_the_mail_opens_nothing(owner: Client, key: str) -> None:
    thief = Client(**FAR)
    reset_by_mail(thief)
    assert log_in(thief, NEW)["Location"] == STEP
    thief.post(STEP, {"code": "000000"})
    assert not is_in(thief)
    mine = Client(**HOME)
    reset_by_mail(mine)
    log_in(mine, NEW)
    mine.post(STEP, {"code": format_hotp_value(hotp_value(key, int(time.time()) // 30))})
    assert is_in(mine)
