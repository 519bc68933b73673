"""Cursors that were not made here are a clear refusal, whatever they say: none reaches a statement."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from notifications.endpoints.operations import add_webhook
from socialapp.api.pagination import CURSOR_LENGTH, Cursor
from socialapp.posts.operations import publish_post
from socialapp.users.models import Person
from tests.people import logged_in, new_person

ROUTES = [
    "feed/", "public/", "bookmarks/", "blocks/", "people/?q=a", "people/ada/posts/", "people/ada/followers/",
    "people/ada/following/", "posts/{post}/likes/", "posts/{post}/shares/", "posts/{post}/comments/", "tags/fog/",
    "search/posts/?q=fog", "notifications/", "notifications/mutes/", "notifications/endpoints/",
    "notifications/endpoints/{endpoint}/deliveries/",
]  # fmt: skip
KEYS: list[list[Any]] = [
    [">", "\0"],
    ["<", "\ud800"],
    [">", 2**64],
    [">", True],
    [">", "9" * 400],
    [">", {}],
    ["<", "0001-01-01T00:00:00+23:59", 1],
    [">", "9999-12-31T23:59:59.999999-23:59", 1],
    [">", "infinity", 1],
    [">", 1, 1],
    [">", 1, "9999-12-31T23:59:59.999999-23:59", 1],
    ["<", 1, "0001-01-01T00:00:00+23:59", 1],
]


def forged(key: list[Any]) -> str:
    """As a cursor is written, but for its signature."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


FORGED = [
    *map(forged, KEYS),
    *(f"{forged(key)}.{'A' * 43}" for key in KEYS[:2]),
    "[" * CURSOR_LENGTH,
    ".",
    "\0",
    "é.é",
]


@pytest.mark.parametrize("route", ROUTES)
def test_no_list_of_the_api_reads_a_forged_cursor(
    api_of: Callable[[Person | None], APIClient], ada: Person, route: str
) -> None:
    api = api_of(ada)
    api.raise_request_exception = False
    post = publish_post(author=ada, body="#fog")[0].pk
    endpoint = add_webhook(person=ada, name="a", address="https://hooks.example/a")[0].pk
    address = "/api/social/v1/" + route.format(post=post, endpoint=endpoint)
    assert api.get(address).status_code == 200
    answers = {token: api.get(address, {"cursor": token, "q": "fog"}) for token in FORGED}
    assert {token: answer.status_code for token, answer in answers.items() if answer.status_code != 400} == {}


@pytest.mark.parametrize(
    "page", ["/", "/public/", "/@ada/", "/@ada/followers/", "/tags/fog/", "/inbox/", "/bookmarks/", "/search/"]
)
def test_no_page_reads_a_forged_cursor(ada: Person, page: str) -> None:
    browser = logged_in(ada)
    browser.raise_request_exception = False
    assert browser.get(page, {"q": "fog"}).status_code == 200
    answers = {token: browser.get(page, {"page": token, "q": "fog"}) for token in FORGED}
    assert {token: answer.status_code for token, answer in answers.items() if answer.status_code != 400} == {}


def test_a_cursor_of_one_list_does_no_harm_in_another(
    api_of: Callable[[Person | None], APIClient], ada: Person
) -> None:
    api = api_of(ada)
    for person in ("aa", "ab", "ac"):
        new_person(person)
    publish_post(author=ada, body="#fog")
    tokens = [
        str(Cursor(key).token())
        for key in (("ab",), (1,), ("2026-03-01T08:00:00+00:00", 1), (1, 1), (1, "2026-03-01T08:00:00+00:00", 1))
    ]
    for route in ROUTES:
        if "{" not in route:
            for token in tokens:
                assert api.get(f"/api/social/v1/{route}", {"cursor": token, "q": "a"}).status_code in {200, 400}


def test_a_changed_letter_is_seen(anybody: Client, ada: Person) -> None:
    for number in range(3):
        publish_post(author=ada, body=f"{number}")
    following = anybody.get("/api/social/v1/public/?size=1").json()["next"]
    assert anybody.get(following).status_code == 200
    for place in range(following.index("cursor=") + 7, len(following) - 1):
        changed = following[:place] + ("A" if following[place] != "A" else "B") + following[place + 1 :]
        assert anybody.get(changed).status_code in {400, 404}, place


@pytest.fixture
def anybody(db: None) -> Client:
    """A program without a token."""
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    "after",
    [
        "9" * 18 + "." + "9" * 18 + "." + "9" * 18,
        "0.0.0",
        "1.2",
        "٣.٣.٣",
        "9" * 19 + ".0.0",
        "-1.0.0",
        "\0",
    ],
)
def test_any_place_in_the_news_is_answered(
    api_of: Callable[[Person | None], APIClient], ada: Person, after: str
) -> None:
    api = api_of(ada)
    api.raise_request_exception = False
    answer = api.get("/api/social/v1/notifications/news/", {"after": after, "entries": "true"})
    assert answer.status_code == (400 if after == "\0" else 200)
