"""Attacks on passwords: guessing at one account from many hosts, names and addresses, and keeping its owner out."""

from typing import Any

import pytest
from django.conf import LazySettings
from django.core.cache import cache, caches
from django.core.checks import run_checks
from django.db import connection
from django.test import Client
from django.utils.html import strip_tags

from socialapp.users.models import Person
from socialapp.web.cache import RateLimitCache
from socialapp.web.hosts import client_address_of
from tests.passwords import ada
from tests.people import PASSWORD

__all__ = ["ada"]

ADDRESS = iter(range(1, 10_000))
TOO_MANY = "Too many failed login attempts"
WRONG = "are not correct"


def log_in(login: str, password: str, browser: Client | None = None, **headers: Any) -> Any:
    """From an address of its own, so that only the account's lock is in the way."""
    number = next(ADDRESS)
    headers.setdefault("REMOTE_ADDR", f"10.1.{number // 250}.{number % 250}")
    return (browser or Client()).post("/accounts/login/", {"login": login, "password": password}, **headers)


def said(answer: Any) -> str:
    """The error of the log-in page, or "in"."""
    if answer.status_code == 302:
        return "in"
    text = strip_tags(answer.content.decode())
    return next(each for each in (TOO_MANY, WRONG) if each in text)


def guess_wrong(login: str, times: int = 5) -> list[str]:
    return [said(log_in(login, f"wrong {n}")) for n in range(times)]


def test_five_wrong_passwords_lock_an_account_under_every_host(ada: Person, settings: LazySettings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    assert guess_wrong("ada") == [WRONG] * 5
    for host in ("h0.example", "h1.example:81", "127.0.0.1", "testserver"):
        assert said(log_in("ada", "wrong", HTTP_HOST=host)) == TOO_MANY
        assert said(log_in("ada", PASSWORD, HTTP_HOST=host)) == TOO_MANY


@pytest.mark.parametrize("other", ["ADA", "Ada ", "ada@example.org", "ADA@Example.org"])
def test_an_account_has_one_lock_whatever_name_of_it_is_typed(ada: Person, other: str) -> None:
    guess_wrong("ada")
    assert said(log_in(other, PASSWORD)) != "in"


def test_and_from_its_mail_address_to_its_username(ada: Person) -> None:
    guess_wrong("ada@example.org")
    assert said(log_in("ada", PASSWORD)) == WRONG


def test_a_lock_does_not_say_which_address_is_whose(ada: Person) -> None:
    guess_wrong("ada")
    others = ("ada@example.org", "nobody@example.org", "nobody")
    seen = {login: guess_wrong(login, 7) for login in others}
    assert set(map(tuple, seen.values())) == {(WRONG,) * 5 + (TOO_MANY,) * 2}


def test_right_passwords_are_not_counted(ada: Person) -> None:
    assert [said(log_in("ada", PASSWORD)) for _ in range(7)] == ["in"] * 7


def test_a_reset_by_mail_opens_the_lock(ada: Person, mailoutbox: list[object]) -> None:
    guess_wrong("ada")
    browser = Client()
    browser.post("/accounts/password/reset/", {"email": "ada@example.org"})
    (message,) = mailoutbox
    (link,) = [word for word in str(message.body).split() if "/password/reset/key/" in word]  # type: ignore[attr-defined]
    form = browser.get(link, follow=True)
    new = "another correct battery"
    done = browser.post(form.redirect_chain[-1][0], {"password1": new, "password2": new})
    assert done.status_code == 302
    assert said(log_in("ada", new)) == "in"


def test_strangers_do_not_lock_the_owner_out_of_a_browser_that_is_known(ada: Person) -> None:
    own = Client()
    assert said(log_in("ada", PASSWORD, own)) == "in"
    own.post("/accounts/logout/")
    guess_wrong("ada")
    assert said(log_in("ada", PASSWORD)) == TOO_MANY
    assert said(log_in("ada", "wrong", own)) == WRONG
    assert said(log_in("ada@example.org", PASSWORD, own)) == "in"


def test_a_known_browser_has_five_guesses_of_its_own_and_no_more(ada: Person) -> None:
    own = Client()
    log_in("ada", PASSWORD, own)
    own.post("/accounts/logout/")
    assert [said(log_in("ada", "wrong", own)) for _ in range(7)] == [WRONG] * 5 + [TOO_MANY] * 2
    assert said(log_in("ada", PASSWORD)) == "in"


def test_a_browser_is_known_for_those_who_logged_in_there_only(ada: Person, bob: Person) -> None:
    bob.set_password(PASSWORD)
    bob.save()
    bobs = Client()
    log_in("bob", PASSWORD, bobs)
    bobs.post("/accounts/logout/")
    guess_wrong("ada")
    assert said(log_in("ada", PASSWORD, bobs)) == TOO_MANY


@pytest.mark.parametrize("value", ["", "x", "{}", "eyIxIjoiYSJ9:1u0:AAAA"])
def test_a_cookie_that_was_made_up_opens_nothing(ada: Person, value: str) -> None:
    guess_wrong("ada")
    browser = Client()
    browser.cookies["known_browser"] = value
    assert said(log_in("ada", PASSWORD, browser)) == TOO_MANY


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(ada: Person) -> None:
    own = Client()
    log_in("ada", PASSWORD, own)
    cookie = own.cookies["known_browser"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/accounts/")


def test_a_lock_stays_however_much_else_is_counted(ada: Person) -> None:
    cache.set("z-over", 1, 300)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cache SET expires = now() - interval '1 minute' WHERE cache_key LIKE '%z-over'")
    guess_wrong("ada")
    full = RateLimitCache("cache", {"OPTIONS": {"MAX_ENTRIES": 50}})
    for number in range(100):
        full.set(f"z{number}", number, 300)
    assert said(log_in("ada", PASSWORD)) == TOO_MANY
    assert (full.get("z0"), full.get("z99")) == (0, 99)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cache WHERE cache_key LIKE '%z-over'")
        assert cursor.fetchone() == (0,)
    assert isinstance(caches["default"], RateLimitCache)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "counted"),
    [
        (None, "{n}.1.1.1", False),
        (0, "{n}.1.1.1", False),
        (1, "{n}.1.1.1", True),
        (1, "{n}.1.1.1, 9.9.9.9", False),
        (2, "{n}.1.1.1, 9.9.9.9", True),
        (2, "{n}.1.1.1", False),
        (1, "", False),
    ],
)
def test_only_what_our_own_proxies_append_says_who_asks(
    db: None, settings: LazySettings, proxies: int | None, forwarded: str, counted: bool
) -> None:
    """Ten wrong log-ins a minute of one address are heard; `counted`: is each of these another's?"""
    settings.PROXIES = proxies

    def guess(number: int) -> str:
        header: Any = {"HTTP_X_FORWARDED_FOR": forwarded.format(n=number)} if forwarded else {}
        return said(log_in(f"nobody{number}", "wrong", REMOTE_ADDR="10.2.2.2", **header))

    seen = [guess(number) for number in range(1, 13)]
    assert seen == ([WRONG] * 12 if counted else [WRONG] * 10 + [TOO_MANY] * 2)


@pytest.mark.parametrize(
    ("url", "proxies", "warned"),
    [
        ("https://social.example", None, ["socialapp.W001"]),
        ("https://social.example", 0, []),
        ("https://social.example", 1, []),
        ("http://127.0.0.1:8000", None, []),
    ],
)
def test_with_https_an_operator_is_asked_how_many_proxies_there_are(
    settings: LazySettings, url: str, proxies: int | None, warned: list[str]
) -> None:
    settings.PUBLIC_URL, settings.PROXIES = url, proxies
    found = [message for message in run_checks(include_deployment_checks=True) if message.id == "socialapp.W001"]
    assert [message.id for message in found] == warned
    assert all("SOCIALAPP_PROXIES" in str(message.hint) for message in found)
    assert all("slow bodies" in str(message.hint) for message in found)


PEER = "10.2.2.2"


@pytest.mark.parametrize(
    ("hop", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("203.0.113.7:4712", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("[::ffff:cb00:7107]:4711", "203.0.113.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%25eth0]:4711", "fe80::1"),
        ("", PEER),
        ("unknown", PEER),
        ("_hidden", PEER),
        ("unix:", PEER),
        ("social.example", PEER),
        ("203.0.113", PEER),
        ("203.0.113.256", PEER),
        ("203.0.113.07", PEER),
        ("203.0.113.7:", PEER),
        ("203.0.113.7:port", PEER),
        ("203.0.113.7:1:2", PEER),
        ("203.0.113.7 x", PEER),
        ("[203.0.113.7", PEER),
        ("2001:db8::1::2", PEER),
        ("2001:db8::1]:4711", PEER),
        ("[]", PEER),
        ("[2001:db8::1]4711", PEER),
        (":4711", PEER),
        ("\u0662.0.0.1", PEER),
        ("::1%", PEER),
    ],
)
def test_one_address_is_one_key_however_a_proxy_writes_it(settings: LazySettings, hop: str, address: str) -> None:
    settings.PROXIES = 1
    environ = {"REMOTE_ADDR": PEER, "HTTP_X_FORWARDED_FOR": f"6.6.6.6, {hop}"}
    assert client_address_of(environ) == address
    settings.PROXIES = 2
    environ["HTTP_X_FORWARDED_FOR"] = f"6.6.6.6, {hop}, 9.9.9.9"
    assert client_address_of(environ) == address


@pytest.mark.parametrize(
    ("peer", "address"), [("::ffff:10.2.2.2", "10.2.2.2"), ("2001:DB8::1", "2001:db8::1"), ("unix", "unix"), ("", "")]
)
def test_the_peer_is_one_key_too(settings: LazySettings, peer: str, address: str) -> None:
    settings.PROXIES = None
    assert client_address_of({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": "6.6.6.6"}) == address


def test_another_port_is_no_further_guess(db: None, settings: LazySettings) -> None:
    settings.PROXIES = 1
    seen = [said(log_in(f"nobody{n}", "wrong", HTTP_X_FORWARDED_FOR=f"203.0.113.9:{4_000 + n}")) for n in range(12)]
    assert seen == [WRONG] * 10 + [TOO_MANY] * 2
