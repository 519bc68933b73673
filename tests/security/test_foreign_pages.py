"""Attacks by pages of other sites, in a browser that is logged in here: forged requests (CSRF), and redirects away."""

from typing import Any

import pytest
from django.test import Client

from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.people import PASSWORD, logged_in
from tests.security.rows import all_rows
from tests.socialapp.media import samples

LOGIN = "allauth.account.auth_backends.AuthenticationBackend"
FOREIGN: dict[str, dict[str, str]] = {
    "no token": {},
    "a foreign origin": {"Origin": "https://evil.example", "Referer": "https://evil.example/"},
    "a null origin": {"Origin": "null"},
    "our host at another port": {"Origin": "http://testserver:9999"},
    "our name within another": {"Origin": "http://testserver.evil.example"},
}
API = [
    ("put", "/api/social/v1/posts/{post}/like/", b""),
    ("delete", "/api/social/v1/posts/{post}/", b""),
    ("patch", "/api/social/v1/posts/{post}/", b'{"body": "Mine."}'),
    ("post", "/api/social/v1/posts/", b'{"body": "Mine."}'),
    ("post", "/api/social/v1/posts/{post}/comments/", b'{"body": "Mine."}'),
    ("put", "/api/social/v1/people/bob/follow/", b""),
    ("put", "/api/social/v1/people/bob/block/", b""),
    ("patch", "/api/social/v1/me/", b'{"name": "Mine."}'),
    ("post", "/api/social/v1/notifications/read/", b'{"all": true}'),
    ("post", "/api/social/v1/notifications/mutes/", b'{"person": "bob"}'),
    ("post", "/api/social/v1/notifications/endpoints/webhook/", b'{"name": "x", "address": "https://evil.example/"}'),
]
FORMS = [
    ("/posts/", {"body": "Mine."}),
    ("/posts/{post}/like/", {}),
    ("/posts/{post}/delete/", {}),
    ("/posts/{post}/edit/", {"body": "Mine."}),
    ("/posts/{post}/comments/", {"body": "Mine."}),
    ("/@bob/follow/", {}),
    ("/@bob/block/", {}),
    ("/settings/", {"name": "Mine."}),
    ("/settings/tokens/", {"name": "Mine."}),
    ("/settings/delete/", {"password": PASSWORD}),
    ("/settings/devices/", {"name": "x", "address": "https://evil.example/"}),
    ("/settings/log-out-everywhere/", {}),
    ("/accounts/email/", {"action_add": "", "email": "thief@example.net"}),
    ("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": "x", "password2": "x"}),
    ("/accounts/logout/", {}),
]


@pytest.fixture
def victim(ada: Person, bob: Person, post: Post) -> Client:
    """Ada's browser, as browsers are: with her cookies, and checked for forgery."""
    ada.set_password(PASSWORD)
    ada.save()
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ada, LOGIN)
    browser.get("/settings/")  # now it has the cookie that a token is compared with
    return browser


@pytest.mark.parametrize(("method", "route", "body"), API)
def test_no_page_of_another_site_writes_by_the_api(
    victim: Client, post: Post, method: str, route: str, body: bytes
) -> None:
    before = all_rows()
    address = route.format(post=post.pk)
    for headers in FOREIGN.values():
        for kind in ("application/json", "text/plain", "image/png"):
            answer = victim.generic(method.upper(), address, body, content_type=kind, headers=headers)
            assert answer.status_code in {401, 403, 415}, (headers, kind)
    assert all_rows() == before


@pytest.mark.parametrize(("method", "route"), [("PUT", "me/avatar/"), ("POST", "pictures/")])
def test_nor_does_it_send_a_picture(victim: Client, method: str, route: str) -> None:
    """PUT with image/* is not what a form can send, and a script of another site asks first."""
    before = all_rows()
    for headers in FOREIGN.values():
        answer = victim.generic(
            method, f"/api/social/v1/{route}", samples.photo(), content_type="image/jpeg", headers=headers
        )
        assert answer.status_code in {401, 403}
    assert all_rows() == before


@pytest.mark.parametrize(("address", "form"), FORMS)
def test_no_form_of_another_site_is_taken(victim: Client, post: Post, address: str, form: dict[str, str]) -> None:
    before = all_rows()
    for headers in FOREIGN.values():
        assert victim.post(address.format(post=post.pk), form, headers=headers).status_code == 403, headers
    assert all_rows() == before
    assert victim.get("/settings/").status_code == 200  # still logged in


def test_nor_with_the_right_token_from_another_origin(victim: Client) -> None:
    """As one would who knew it."""
    form = {"name": "Mine.", "csrfmiddlewaretoken": victim.cookies["csrftoken"].value}
    assert victim.post("/settings/", form, headers={"Origin": "https://evil.example"}).status_code == 403
    assert victim.post("/settings/", form, headers={"Origin": "http://testserver"}).status_code == 302


def test_nobody_is_logged_in_as_somebody_else_by_a_foreign_form(ada: Person) -> None:
    ada.set_password(PASSWORD)
    ada.save()
    browser = Client(enforce_csrf_checks=True)
    browser.get("/accounts/login/")
    for headers in FOREIGN.values():
        answer = browser.post("/accounts/login/", {"login": "ada", "password": PASSWORD}, headers=headers)
        assert answer.status_code == 403
    assert "sessionid" not in browser.cookies


@pytest.mark.parametrize("path", ["/accounts/logout/", "/posts/{post}/delete/", "/posts/{post}/like/", "/@bob/block/"])
def test_a_link_or_a_picture_does_nothing(victim: Client, post: Post, path: str) -> None:
    """GET, as by `<img src>`, and HEAD."""
    before = all_rows()
    for ask in (victim.get, victim.head):
        ask(path.format(post=post.pk))
    assert all_rows() == before
    assert victim.get("/settings/").status_code == 200


def test_cookies_go_along_with_no_foreign_form_and_no_script_reads_the_session(victim: Client) -> None:
    browser = Client()
    assert browser.post("/accounts/login/", {"login": "ada", "password": PASSWORD}).status_code == 302
    session, token = browser.cookies["sessionid"], browser.cookies["csrftoken"]
    assert (session["samesite"], session["httponly"], token["samesite"]) == ("Lax", True, "Lax")


def test_no_other_site_reads_the_answers(victim: Client) -> None:
    """Without CORS, a browser shows them to no script from elsewhere."""
    for path in ("/api/social/v1/me/", "/api/social/v1/public/", "/"):
        answer = victim.get(path, headers=FOREIGN["a foreign origin"])
        assert not [name for name in answer.headers if name.startswith("Access-Control")]


AWAY = [
    "https://evil.example/", "http://evil.example", "//evil.example/", "///evil.example", "////evil.example/",
    "/\\evil.example", "\\\\evil.example", "\\/evil.example", "https:evil.example", "https:/evil.example",
    "http:///evil.example", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<script>alert(1)</script>",
    "https://testserver@evil.example/", "https://testserver.evil.example/", " https://evil.example/",
    "\thttps://evil.example/", "\x01//evil.example", "/\t/evil.example", "/\n/evil.example", "ftp://evil.example/",
    "//evil.example%2f@testserver/", "http://[::1", "/%0d%0aSet-Cookie:x=y", "/\r\nSet-Cookie: x=y",
]  # fmt: skip


def stays_here(answer: Any) -> Any:
    """Is what it leads to a path of ours, whatever a browser makes of tabs and backslashes (WHATWG URL, 4.4)?"""
    assert answer.status_code == 302
    to = answer["Location"].strip("".join(map(chr, range(33)))).replace("\\", "/")
    to = "".join(letter for letter in to if letter not in "\t\r\n")
    return to.startswith("/") and not to.startswith("//")


@pytest.mark.parametrize("away", AWAY)
def test_no_form_and_no_log_in_leads_away(ada: Person, bob: Person, post: Post, away: str) -> None:
    ada.set_password(PASSWORD)
    ada.save()
    known = {"login": "ada", "password": PASSWORD}
    browser = logged_in(ada)
    answers = {
        "log in": Client().post("/accounts/login/", known | {"next": away}),
        "log in, by address": Client().post("/accounts/login/", known, query_params={"next": away}),
        "logged in already": browser.get("/accounts/login/", {"next": away}),
        "theme": browser.post("/theme/", {"theme": "dark", "next": away}),
        "language": browser.post("/language/", {"language": "de", "next": away}),
        "like": browser.post(f"/posts/{post.pk}/like/", {"next": away}),
        "follow": browser.post("/@bob/follow/", {"next": away}),
        "mute": browser.post("/@bob/mute/", {"next": away}),
        "a stranger's like": Client().post(f"/posts/{post.pk}/like/", {"next": away}),
        "sign up": Client().post(
            "/accounts/signup/",
            {"username": "zoe", "email": "z@example.org", "password1": PASSWORD, "password2": PASSWORD, "next": away},
        ),
        "log out": browser.post("/accounts/logout/", {"next": away}),
    }
    assert [door for door, answer in answers.items() if not stays_here(answer)] == []
    assert not any("x" in answer.cookies for answer in answers.values())


@pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_where_one_came_from_leads_nowhere_either(ada: Person, post: Post, away: str) -> None:
    answer = logged_in(ada).post(f"/posts/{post.pk}/like/", headers={"Referer": away})
    assert stays_here(answer)
