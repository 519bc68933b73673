"""Requests that no client makes: each is a 4xx in our words, at no cost, and never a failure of ours."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from socialapp.posts.models import Post
from socialapp.users.models import Person
from socialapp.users.operations import make_token
from tests.people import logged_in

DEEP = 20_000
JSON = {
    "arrays nested beyond the stack": b"[" * DEEP + b"]" * DEEP,
    "arrays nested and cut off": b"[" * 60_000,
    "objects nested beyond the stack": b'{"body":' * (DEEP // 3) + b"1" + b"}" * (DEEP // 3),
    "a list in the body nested deep": b'{"body": "x", "pictures": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    "1.2 million nested": b"[" * 1_200_000,
    "3 MB": b'{"body": "' + b"x" * 3_000_000 + b'"}',
    "5,000 digits": b'{"body": ' + b"1" * 5_000 + b"}",
    "5,000 digits as an id": b'{"body": "x", "pictures": [{"id": ' + b"1" * 5_000 + b"}]}",
    "an exponent": b'{"body": "x", "pictures": [{"id": 1e999}]}',
    "NaN": b'{"body": NaN}',
    "NaN as an id": b'{"body": "x", "pictures": [{"id": NaN}]}',
    "Infinity": b'{"body": -Infinity}',
    "UTF-16": '{"body": "x"}'.encode("utf-16"),
    "UTF-32": '{"body": "x"}'.encode("utf-32"),
    "a byte order mark": b'\xef\xbb\xbf{"body": 1}',
    "Latin-1": '{"body": "é"}'.encode("latin-1"),
    "overlong UTF-8": b'{"body": "\xc0\xaf"}',
    "a lone surrogate": b'{"body": "\\ud800"}',
    "a NUL": b'{"body": "\\u0000"}',
    "a NUL in a name": b'{"bo\\u0000dy": "x"}',
    "nothing": b"",
    "blanks": b" " * 1_000,
    "two values": b'{"body": "x"}{"body": "y"}',
    "a comment": b'{"body": "x"} // ',
    "single quotes": b"{'body': 'x'}",
    "null": b"null",
    "__proto__": b'{"__proto__": {"body": "x"}}',
}


@pytest.fixture
def program(ada: Person, api_of: Callable[[Person], APIClient]) -> Any:
    """Ada's, in which a failure of ours is an answer like others."""
    api = api_of(ada)
    api.raise_request_exception = False
    return api


@pytest.mark.parametrize("name", JSON)
@pytest.mark.parametrize(
    ("method", "route"),
    [("POST", "posts/"), ("PATCH", "me/"), ("POST", "notifications/read/"), ("PATCH", "notifications/preferences/")],
)
def test_json_that_is_none_is_refused(program: Any, name: str, method: str, route: str) -> None:
    answer = program.generic(method, f"/api/social/v1/{route}", JSON[name], content_type="application/json")
    harmless = method == "PATCH" and answer.status_code == 200  # a field that is not there changes nothing
    assert answer.status_code in {400, 413} or harmless
    assert answer["Content-Type"] == ("application/json" if harmless else "application/problem+json")
    assert len(answer.content) < 5_000
    assert not Post.objects.exists()


def test_of_a_key_that_comes_twice_one_counts_for_all(program: Any) -> None:
    """Nobody checks the first and stores the last."""
    answer = program.generic(
        "POST", "/api/social/v1/posts/", b'{"body": "' + b"x" * 6_000 + b'", "body": "short"}', "application/json"
    )
    assert (answer.status_code, answer.json()["body"]) == (201, "short")
    answer = program.generic(
        "POST", "/api/social/v1/posts/", b'{"body": "short", "body": "' + b"x" * 6_000 + b'"}', "application/json"
    )
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "kind",
    [
        "application/json; charset=utf-16", "application/json; charset=nonsense", "application/json; charset=\xff",
        "text/plain", "text/xml", "application/x-www-form-urlencoded", "multipart/form-data", "", "/", "application/",
        "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "x" * 300, "application/x-yaml",
    ],
)  # fmt: skip
def test_a_kind_that_is_none_is_refused(program: Any, kind: str) -> None:
    answer = program.generic("POST", "/api/social/v1/posts/", b'{"body": 7}', content_type=kind)
    assert answer.status_code in {400, 415}
    assert not Post.objects.exists()


MULTIPART = "multipart/form-data; boundary=x"


def parts(count: int, *, files: bool = False, closed: bool = True) -> bytes:
    """A form of so many fields."""
    of_file = '; filename="f.png"' if files else ""
    each = "".join(
        f'--x\r\nContent-Disposition: form-data; name="f{number}"{of_file}\r\n\r\nv\r\n' for number in range(count)
    )
    return (each + ("--x--\r\n" if closed else "")).encode()


FORMS = {
    "5,000 fields": parts(5_000),
    "300 files": parts(300, files=True),
    "never closed": parts(1, closed=False),
    "no parts": b"--x--\r\n",
    "no name": b"--x\r\nContent-Disposition: form-data\r\n\r\nv\r\n--x--\r\n",
    "a long header": b"--x\r\nContent-Disposition: form-data; name=" + b"n" * 100_000 + b"\r\n\r\nv\r\n--x--\r\n",
    "many headers": b"--x\r\n" + b"X: y\r\n" * 10_000 + b"\r\nv\r\n--x--\r\n",
    "base64 that is none": (
        b'--x\r\nContent-Disposition: form-data; name="body"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!\r\n--x--\r\n"
    ),
    "a path as a file's name": parts(1, files=True).replace(b"f.png", b"../../../etc/passwd"),
    "a NUL as a file's name": parts(1, files=True).replace(b"f.png", b"a\0.png"),
    "a charset that is none": b"--x\r\nContent-Disposition: form-data; name*=nonsense''%ff\r\n\r\nv\r\n--x--\r\n",
    "only line breaks": b"\r\n" * 50_000,
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_that_is_none_is_refused(program: Any, ada: Person, name: str) -> None:
    browser = logged_in(ada)
    browser.raise_request_exception = False
    answers: list[Any] = [
        browser.generic("POST", page, FORMS[name], content_type=MULTIPART) for page in ("/posts/", "/settings/")
    ]
    answers += [program.generic("POST", "/api/social/v1/pictures/", FORMS[name], content_type=MULTIPART)]
    assert [answer.status_code for answer in answers if answer.status_code >= 500] == []
    assert answers[2].status_code in {400, 413, 415}
    assert not Post.objects.exists()


def test_urlencoded_bombs_are_refused(ada: Person) -> None:
    browser = logged_in(ada)
    for body in (b"a=1&" * 5_000, b"&" * 100_000, b"a" * 3_000_000, b"%" * 50_000):
        answer = browser.generic("POST", "/posts/", body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code in {400, 413}
    assert not Post.objects.exists()


@pytest.mark.parametrize(
    "query", ["q=" + "x" * 60_000, "&" * 60_000, "a=1&" * 2_000, "q=%" * 5_000, "page=" + "[" * 50_000, "q=%ff%00"]
)
@pytest.mark.parametrize(
    "path", ["/search/", "/public/", "/api/social/v1/people/", "/api/social/v1/public/", "/accounts/login/"]
)
def test_an_address_of_60_kb_is_answered(ada: Person, path: str, query: str) -> None:
    for browser in (logged_in(ada), Client()):
        browser.raise_request_exception = False
        assert browser.get(path, QUERY_STRING=query).status_code in {200, 302, 400, 413, 414}


COOKIES = {
    "many": "; ".join(f"c{number}=v" for number in range(3_000)),
    "long": "a=" + "x" * 60_000,
    "one session after another": "; ".join(["sessionid=x"] * 500),
    "a NUL": "sessionid=a\\000b",
    "quotes": 'sessionid="' + "\\" * 10_000,
    "a token that is none": "csrftoken=" + "\x7f" * 64,
    "messages that are none": "messages=[[1]]:x:y",
    "a language that is none": "django_language=../../etc",
    "a known browser that is none": "known=e30:x:y",
    "nothing but signs": ";=;=;,;==;",
}


@pytest.mark.parametrize("name", COOKIES)
def test_cookies_that_are_none_are_passed_over(db: None, name: str) -> None:
    browser = Client(raise_request_exception=False)
    for path in ("/public/", "/accounts/login/", "/api/social/v1/public/"):
        assert browser.get(path, HTTP_COOKIE=COOKIES[name]).status_code == 200
    assert browser.get("/settings/", HTTP_COOKIE=COOKIES[name]).status_code == 302
    assert browser.get("/api/social/v1/me/", HTTP_COOKIE=COOKIES[name]).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer"}, {"Authorization": "Bearer " + "x" * 60_000}, {"Authorization": "Bearer \0"},
        {"Authorization": "Bearer a b"}, {"Authorization": "Basic YWRhOmFkYQ=="}, {"Authorization": "Bearer sa_\xff"},
        {"Authorization": "bearer sa_x"}, {"Authorization": ""}, {"X-User": "ada"}, {"Remote-User": "ada"},
        {"X-Forwarded-User": "ada"}, {"X-HTTP-Method-Override": "DELETE"},
    ],
)  # fmt: skip
def test_a_token_that_is_none_is_nobodys(ada: Person, headers: dict[str, str]) -> None:
    answer = Client(raise_request_exception=False).get("/api/social/v1/me/", headers=headers)
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"


def test_a_token_in_the_address_opens_nothing(ada: Person) -> None:
    token = make_token(person=ada, name="script")
    names = ("token", "access_token", "authorization", "key", "api_key")
    assert {Client().get("/api/social/v1/me/", {name: token}).status_code for name in names} == {401}


def test_an_override_of_the_method_is_none(ada: Person, post: Post, api_of: Callable[[Person], APIClient]) -> None:
    address = f"/api/social/v1/posts/{post.pk}/"
    more: Any
    for more in ({"HTTP_X_HTTP_METHOD_OVERRIDE": "DELETE"}, {"QUERY_STRING": "_method=DELETE&method=delete"}):
        assert api_of(ada).get(address, **more).status_code == 200
        assert api_of(ada).post(address, {"_method": "DELETE"}, **more).status_code == 405
    assert Post.objects.filter(deleted_at=None).exists()


def test_what_is_refused_says_nothing_of_how_it_is_made(program: Any) -> None:
    """No traceback, path, setting or statement."""
    answers: list[Any] = [
        program.get("/api/social/v1/nothing/"), program.get("/nothing/"), program.get("/public/?page=x"),
        program.generic("POST", "/api/social/v1/posts/", b"{", content_type="application/json"),
        program.get("/api/social/v1/people/?cursor=x"), program.get("/media/../config/settings.py"),
        program.get("/%00/"),
    ]  # fmt: skip
    for answer in answers:
        assert 400 <= answer.status_code < 500
        for word in ("Traceback", "django", "psycopg", "SELECT", "/home", "site-packages", "SECRET"):
            assert word not in answer.text, answer.wsgi_request.path
    assert json.loads(answers[0].text)["status"] == 404
