"""Marking read marks what was seen: what came since stays unread, and is mailed."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from notifications.deliveries.send import deliver as send
from notifications.inbox import queries
from notifications.inbox.queries import Entry
from notifications.inbox.unread_counts import unread_count
from notifications.models import Delivery
from socialapp.follows.operations import follow
from socialapp.posts.models import Post
from socialapp.posts.operations import publish_post
from socialapp.users.models import Person
from tests.notifications.activities import comment, uncomment
from tests.notifications.fakes import Other, pass_time
from tests.people import logged_in

pytestmark = pytest.mark.django_db

Deliver = Callable[[], int]
ApiOf = Callable[[Person | None], APIClient]
LIST, READ = "/api/social/v1/notifications/", "/api/social/v1/notifications/read/"
Press = Callable[[Client, dict[str, str]], None]


def unread(person: Person) -> list[str]:
    """Ids of what is unread."""
    return [entry.id for entry in queries.inbox(person.pk, unread=True).items]


def buttons(page: str) -> dict[str, dict[str, str]]:
    """{id: attributes} of a page's buttons."""
    found = [dict(re.findall(r'([\w-]+)="([^"]*)"', tag)) for tag in re.findall(r"<button\s[^>]*>", page)]
    return {attributes["id"]: attributes for attributes in found if "id" in attributes}


def pressed(browser: Client, button: dict[str, str], **headers: str) -> Any:
    """As a browser without scripts sends it."""
    return browser.post(button["formaction"], {button["name"]: button["value"]}, headers=headers)


@pytest.fixture
def loaded(ada: Person, bob: Person, post: Post) -> tuple[Client, dict[str, dict[str, str]], Entry]:
    """Ada's browser with her inbox, which holds one comment; the buttons on it; and its entry."""
    comment(bob, post, 1)
    browser = logged_in(ada)
    page = browser.get("/inbox/").text
    (entry,) = queries.inbox(ada.pk).items
    return browser, buttons(page), entry


@pytest.mark.parametrize("which", ["open", "mark", "mark-all"])
@pytest.mark.parametrize("by_htmx", [False, True])
def test_a_page_marks_read_what_it_showed(
    loaded: tuple[Client, dict[str, dict[str, str]], Entry],
    which: str,
    other: Other,
    ada: Person,
    charlie: Person,
    post: Post,
    *,
    by_htmx: bool,
) -> None:
    browser, page, entry = loaded
    other.mail_of(ada)
    comment(charlie, post, 2)
    button = page[which if which == "mark-all" else f"{which}-{entry.id}"]
    pressed(browser, button, **({"HX-Request": "true"} if by_htmx else {}))
    assert unread(ada) == [entry.id]
    assert unread_count(ada.pk) == 1
    pass_time(timedelta(minutes=4))
    send("email")
    assert other.told(ada, "email") == 1

    again = buttons(browser.get("/inbox/").text)
    pressed(browser, again[which if which == "mark-all" else f"{which}-{entry.id}"])
    assert unread(ada) == []
    assert unread_count(ada.pk) == 0


@pytest.mark.parametrize("which", ["open", "mark", "mark-all"])
def test_a_page_that_showed_all_marks_all_read_and_nothing_is_mailed(
    loaded: tuple[Client, dict[str, dict[str, str]], Entry], which: str, other: Other, ada: Person, bob: Person
) -> None:
    browser, page, entry = loaded
    pressed(browser, page[which if which == "mark-all" else f"{which}-{entry.id}"])
    assert unread(ada) == []


def test_the_answer_to_htmx_says_that_the_row_is_unread_still(
    loaded: tuple[Client, dict[str, dict[str, str]], Entry], charlie: Person, post: Post
) -> None:
    browser, page, entry = loaded
    comment(charlie, post, 2)
    answer = pressed(browser, page[f"mark-{entry.id}"], **{"HX-Request": "true"}).text
    assert "entry-unread" in answer
    assert buttons(answer)[f"mark-{entry.id}"]["value"] > page[f"mark-{entry.id}"]["value"]


@pytest.mark.parametrize("body", [{"ids": True}, {"all": True}], ids=["ids", "all"])
@pytest.mark.parametrize("says_until", [True, False], ids=["until", "as last listed"])
def test_the_api_marks_read_what_it_listed(
    body: dict[str, Any], ada: Person, bob: Person, charlie: Person, post: Post, api_of: ApiOf, *, says_until: bool
) -> None:
    api = api_of(ada)
    comment(bob, post, 1)
    listed = api.get(LIST).json()
    entry_id = listed["results"][0]["id"]
    comment(charlie, post, 2)
    if "ids" in body:
        body = {"ids": [entry_id]}
    asked = body | ({"until": listed["until"]} if says_until else {})
    assert api.post(READ, asked).json() == {"count": 1}
    assert unread(ada) == [entry_id]
    listed = api.get(LIST).json()
    assert api.post(READ, body | ({"until": listed["until"]} if says_until else {})).json() == {"count": 0}


def test_a_client_that_was_offline_reads_what_it_had(
    ada: Person, bob: Person, charlie: Person, post: Post, api_of: ApiOf
) -> None:
    """Although another one has seen more meanwhile."""
    phone, laptop = api_of(ada), api_of(ada)
    comment(bob, post, 1)
    had = phone.get(LIST).json()
    comment(charlie, post, 2)
    laptop.get(LIST)
    ids = [entry["id"] for entry in had["results"]]
    assert phone.post(READ, {"ids": ids, "until": had["until"]}).json() == {"count": 1}
    assert phone.post(READ, {"all": True, "until": had["until"]}).json() == {"count": 1}


def test_what_the_news_or_a_stream_gave_is_a_bound_too(
    ada: Person, bob: Person, charlie: Person, post: Post, api_of: ApiOf
) -> None:
    api = api_of(ada)
    comment(bob, post, 1)
    place = api.get(f"{LIST}news/").json()["cursor"]
    comment(charlie, post, 2)
    assert api.post(READ, {"all": True, "until": place}).json() == {"count": 1}


@pytest.mark.parametrize("until", ["", "x", "1.2", "-1.0.0", "9" * 61, 7, None, "１.1.1"])
def test_a_bound_that_is_none_is_refused(until: object, ada: Person, bob: Person, post: Post, api_of: ApiOf) -> None:
    comment(bob, post, 1)
    assert api_of(ada).post(READ, {"all": True, "until": until}).status_code == 400
    assert unread_count(ada.pk) == 1


def test_a_bound_beyond_all_there_is_holds_for_nothing_that_comes(
    ada: Person, bob: Person, charlie: Person, post: Post, api_of: ApiOf
) -> None:
    follow(follower_id=ada.pk, followee_id=charlie.pk)
    api = api_of(ada)
    comment(bob, post, 1)
    (entry_id,) = unread(ada)
    far = ".".join(["9" * 18] * 3)
    assert api.post(READ, {"ids": [entry_id], "until": far}).json() == {"count": 0}
    assert api.post(READ, {"all": True, "until": far}).json() == {"count": 0}
    comment(charlie, post, 2)
    publish_post(author=charlie, body="Later")
    assert unread_count(ada.pk) == 2


def test_posts_that_came_since_stay_unread(ada: Person, bob: Person, api_of: ApiOf) -> None:
    follow(follower_id=ada.pk, followee_id=bob.pk)
    publish_post(author=bob, body="Seen")
    browser, api = logged_in(ada), api_of(ada)
    page, listed = buttons(browser.get("/inbox/").text), api.get(LIST).json()
    unseen = publish_post(author=bob, body="Not seen")[0]
    pressed(browser, page["mark-all"])
    assert unread(ada) == [f"p{unseen.pk}"]
    assert api.post(READ, {"all": True, "until": listed["until"]}).json() == {"count": 1}


def test_what_was_marked_unread_on_a_page_is_read_when_all_of_it_is(
    ada: Person, bob: Person, charlie: Person, post: Post
) -> None:
    follow(follower_id=ada.pk, followee_id=bob.pk)
    publish_post(author=bob, body="Read before")
    comment(bob, post, 1)
    browser = logged_in(ada)
    pressed(browser, buttons(browser.get("/inbox/").text)["mark-all"])
    publish_post(author=bob, body="New")
    page = buttons(browser.get("/inbox/").text)
    for name, button in page.items():
        if name.startswith("mark-") and "unread" in button["formaction"]:
            pressed(browser, button)
    assert unread_count(ada.pk) == 3
    pressed(browser, page["mark-all"])
    assert unread_count(ada.pk) == 0 == len(unread(ada))
    assert browser.post("/inbox/read/undo/").status_code == 302
    assert unread_count(ada.pk) == 3 == len(unread(ada))


def test_an_older_page_does_not_make_unread_what_a_newer_one_read(
    ada: Person, bob: Person, charlie: Person, post: Post
) -> None:
    browser = logged_in(ada)
    comment(bob, post, 1)
    older = buttons(browser.get("/inbox/").text)
    comment(charlie, post, 2)
    newer = buttons(browser.get("/inbox/").text)
    pressed(browser, newer["mark-all"])
    pressed(browser, older["mark-all"])
    assert unread(ada) == []


def test_when_the_newer_one_goes_the_row_is_read(
    loaded: tuple[Client, dict[str, dict[str, str]], Entry], ada: Person, charlie: Person, post: Post
) -> None:
    browser, page, entry = loaded
    comment(charlie, post, 2)
    pressed(browser, page[f"mark-{entry.id}"])
    uncomment(charlie, post, 2)
    assert unread(ada) == []
    assert Delivery.objects.count() == 0
