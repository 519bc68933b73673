"""What is hidden, deleted, or of somebody suspended or gone is asked for at every door: none shows or counts it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from notifications.inbox.cursor import Cursor
from notifications.live import updates
from notifications.models import NotificationGroup
from notifications.preferences import mutes
from reactions import operations as reactions
from socialapp.bookmarks import operations as bookmarks
from socialapp.follows.operations import follow
from socialapp.messaging.consumer import consume
from socialapp.posts.models import Post
from socialapp.posts.operations import delete_post, edit_post, hide_post, publish_post
from socialapp.users.models import Person
from socialapp.users.operations import delete_account, suspend
from tests.people import logged_in

SECRET = "xyzzy"

WAYS: dict[str, Callable[[Post, Person], None]] = {
    "hidden": lambda post, _ada: hide_post(post_id=post.pk, reason="Rude"),
    "deleted": lambda post, ada: delete_post(post_id=post.pk, by=ada),
    "author suspended": lambda _post, ada: suspend(person=ada, reason="Spam"),
    "author gone": lambda _post, ada: delete_account(person=ada),
}

API = [
    "posts/{post}/", "posts/{post}/comments/", "posts/{post}/likes/", "posts/{post}/shares/",
    "posts/{above}/", "posts/{above}/comments/", "posts/{comment}/", "posts/{comment}/comments/",
    "feed/", "public/", "people/ada/", "people/ada/posts/", "people/ada/replies/", "people/bob/posts/",
    "people/bob/replies/", "tags/xyzzy/", "bookmarks/",
    "search/posts/?q=xyzzy", "search/posts/?q=from:ada", "search/tags/?q=xyz", "notifications/",
]  # fmt: skip
PAGES = [
    "/", "/public/", "/posts/{post}/", "/posts/{post}/history/", "/posts/{post}/likes/", "/posts/{post}/shares/",
    "/posts/{post}/gallery/", "/posts/{above}/", "/posts/{comment}/", "/@ada/", "/@ada/replies/", "/@bob/",
    "/@bob/replies/", "/settings/muted/", "/settings/muted/?which=blocked", "/tags/xyzzy/", "/bookmarks/", "/inbox/",
    "/search/?q=xyzzy", "/search/?what=tags&q=xyz", "/search/complete/?q=%23xyz",
]  # fmt: skip
WRITES = [
    ("put", "posts/{post}/like/", {}),
    ("put", "posts/{post}/share/", {}),
    ("put", "posts/{post}/bookmark/", {}),
    ("post", "posts/{post}/comments/", {"body": "Hm."}),
    ("post", "notifications/mutes/", {"post": "{post}"}),
]


@pytest.fixture(params=["post", "reply"])
def ids(request: pytest.FixtureRequest, ada: Person, bob: Person, charlie: Person) -> dict[str, int]:
    """Of a post that Bob liked, shared, kept and commented on; he and Charlie follow Ada, and Charlie muted it.

    It begins a thread, or is a reply to what Charlie wrote.
    """
    body = f"{SECRET} #{SECRET}fog #{SECRET} @charlie"
    above = publish_post(author=charlie, body="Hm?")[0]
    if request.param == "post":
        post = publish_post(author=ada, body=body)[0]
    else:
        post = reactions.comment(post_id=above.pk, author=ada, body=body)[0]
    edit_post(post_id=post.pk, by=ada, body=f"{SECRET} again #{SECRET} @charlie")
    for person in (bob, charlie):
        follow(follower_id=person.pk, followee_id=ada.pk)
        bookmarks.save(person_id=person.pk, post_id=post.pk)
    follow(follower_id=charlie.pk, followee_id=bob.pk)
    reactions.like(post_id=post.pk, person_id=bob.pk)
    reactions.share(post_id=post.pk, person_id=bob.pk)
    comment = reactions.comment(post_id=post.pk, author=bob, body="Plugh.")[0]
    consume()
    mutes.mute_post(person=charlie, post_id=post.pk)
    return {"post": post.pk, "above": above.pk, "comment": comment.pk}


def shown(answers: list[Any]) -> list[str]:
    """The doors whose answer has a word of it, but where they repeat what was asked."""
    found = []
    for answer in answers:
        asked = answer.wsgi_request.get_full_path()
        text = answer.text.replace(asked, "").replace(asked.replace("&", "&amp;"), "")
        # The page of a search says what was searched for: there, it is the post's other words that must not be shown.
        word = f"{SECRET} again" if "xyz" in asked else SECRET
        if word in text or "500" in str(answer.status_code):
            found.append(asked)
    return found


@pytest.mark.parametrize("way", WAYS)
def test_no_list_no_page_and_no_search_shows_it(
    ids: dict[str, int], ada: Person, bob: Person, charlie: Person, way: str, api_of: Callable[..., APIClient]
) -> None:
    program, browser, stranger = api_of(charlie), logged_in(charlie), Client()

    def all_doors() -> list[Any]:
        routes = [f"/api/social/v1/{route}".format(**ids) for route in API]
        pages = [page.format(**ids) for page in PAGES]
        return [
            *map(program.get, routes),
            *map(browser.get, pages),
            *(stranger.get(address) for address in (*routes, *pages)),
        ]

    assert len(shown(all_doors())) >= 30  # all is open before
    WAYS[way](Post.objects.get(pk=ids["post"]), ada)
    assert shown(all_doors()) == []
    while consume():
        pass
    assert shown(all_doors()) == []


@pytest.mark.parametrize("way", WAYS)
def test_an_entry_of_the_inbox_shows_it_by_no_address_of_its_own(
    ada: Person, charlie: Person, way: str, api_of: Callable[..., APIClient]
) -> None:
    post = publish_post(author=ada, body=f"{SECRET}, @charlie!")[0]
    consume()
    program, browser = api_of(charlie), logged_in(charlie)
    entry = NotificationGroup.objects.get(recipient=charlie, kind="mention", post=post)

    def all_doors() -> list[Any]:
        htmx = {"HX-Request": "true", "HX-Current-URL": "http://testserver/inbox/"}
        return [
            browser.get(f"/inbox/n{entry.pk}/why/"),
            *(browser.post(f"/inbox/n{entry.pk}/{verb}/", headers=htmx) for verb in ("read", "unread")),
            program.get("/api/social/v1/notifications/news/?after=0.0.1&entries=true"),
        ]

    assert len(shown(all_doors())) == 4  # all is open before
    WAYS[way](post, ada)
    assert shown(all_doors()) == []
    while consume():
        pass
    assert shown(all_doors()) == []


def test_entries_that_went_do_not_conceal_that_there_are_more(
    ada: Person, charlie: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(updates, "MOST_ENTRIES", 1)
    _older, newer = (publish_post(author=ada, body=f"{n}, @charlie!")[0] for n in range(2))
    consume()
    delete_post(post_id=newer.pk, by=ada)
    news = updates.updates_for(charlie.pk, Cursor(0, 0, 1), posts=[], with_entries=True)
    assert (news["entries"], news["more"]) == ([], True)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("method", "route", "body"), WRITES)
def test_nothing_can_be_done_to_it(
    ids: dict[str, int],
    ada: Person,
    bob: Person,
    way: str,
    method: str,
    route: str,
    body: dict[str, Any],
    api_of: Callable[..., APIClient],
) -> None:
    reactions.unlike(post_id=ids["post"], person_id=bob.pk)
    reactions.unshare(post_id=ids["post"], person_id=bob.pk)
    bookmarks.unsave(person_id=bob.pk, post_id=ids["post"])
    WAYS[way](Post.objects.get(pk=ids["post"]), ada)
    filled = {name: ids["post"] if value == "{post}" else value for name, value in body.items()}
    answer = getattr(api_of(bob), method)(f"/api/social/v1/{route.format(**ids)}", filled)
    assert answer.status_code in {400, 404}


@pytest.mark.parametrize("way", ["hidden", "deleted"])
def test_nor_does_its_author_bring_back_what_was_hidden(
    ids: dict[str, int], ada: Person, way: str, api_of: Callable[..., APIClient]
) -> None:
    WAYS[way](Post.objects.get(pk=ids["post"]), ada)
    refused = api_of(ada).patch(f"/api/social/v1/posts/{ids['post']}/", {"body": "Hello."})
    given_back = logged_in(ada).post(f"/posts/{ids['post']}/edit/", {"body": "Hello."})
    # The page gives back what was typed for what is gone.
    assert (refused.status_code, given_back.status_code) == (404, 410)
    assert SECRET not in given_back.text
    restored = logged_in(ada).post(f"/posts/{ids['post']}/restore/").status_code
    assert restored == (404 if way == "hidden" else 302)


@pytest.mark.parametrize("way", WAYS)
def test_the_replies_to_it_stay(ids: dict[str, int], ada: Person, way: str, api_of: Callable[..., APIClient]) -> None:
    WAYS[way](Post.objects.get(pk=ids["post"]), ada)
    while consume():
        pass
    assert APIClient().get(f"/api/social/v1/posts/{ids['comment']}/").json()["body"] == "Plugh."
    assert "Plugh." in Client().get(f"/posts/{ids['comment']}/").text


@pytest.mark.parametrize("way", WAYS)
def test_it_counts_nowhere(ids: dict[str, int], ada: Person, way: str, api_of: Callable[..., APIClient]) -> None:
    WAYS[way](Post.objects.get(pk=ids["post"]), ada)
    while consume():
        pass
    profile = APIClient().get("/api/social/v1/people/ada/")
    assert profile.status_code == 404 or profile.json()["posts"] == 0
    assert APIClient().get("/api/social/v1/search/tags/?q=xyzzy").json() == []
    # What somebody else answered to it stands below what it answered, once it is gone for good.
    listed = APIClient().get(f"/api/social/v1/posts/{ids['above']}/comments/").json()["results"]
    assert ids["post"] not in [reply["id"] for reply in listed]
    assert APIClient().get(f"/api/social/v1/posts/{ids['above']}/").json()["comments"] == len(listed)


def test_who_is_suspended_is_out_by_every_door_at_once(ada: Person, api_of: Callable[..., APIClient]) -> None:
    program, browser = api_of(ada), logged_in(ada)
    assert (program.get("/api/social/v1/me/").status_code, browser.get("/settings/").status_code) == (200, 200)
    suspend(person=ada, reason="Spam")
    assert (
        program.get("/api/social/v1/me/").status_code,
        program.post("/api/social/v1/posts/", {"body": "x"}).status_code,
    ) == (
        401,
        401,
    )
    assert browser.get("/settings/").status_code == 302
    assert browser.post("/posts/", {"body": "x"})["Location"].startswith("/accounts/login/")
    assert browser.get("/api/social/v1/me/").status_code == 401
    assert not Post.objects.exists()
