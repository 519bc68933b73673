"""Pages on which people choose for whom a post is, and those on which it is shown."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from socialapp.follows.operations import follow
from socialapp.posts.framing import Framing
from socialapp.posts.models import Post
from socialapp.posts.operations import publish_post
from socialapp.users.models import Person
from socialapp.visibility import Visibility
from tests.people import logged_in, new_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada_browser(ada: Person) -> Client:
    return logged_in(ada)


def chosen(page: str) -> list[str]:
    """The visibilities that a form offers; the one it begins with has a star."""
    radios = re.findall(r'<input type="radio" name="visibility" value="(\w+)"[^>]*?( checked)?>', page)
    return [f"{value}*" if checked else value for value, checked in radios]


def test_what_was_chosen_last_is_what_the_next_post_begins_with(ada: Person, ada_browser: Client) -> None:
    assert chosen(ada_browser.get("/posts/").text) == ["public*", "unlisted", "followers", "direct"]
    ada_browser.post("/posts/", {"body": "Hallo", "visibility": "followers", "language": "de", "warning": "Sad"})
    made = Post.objects.get()
    assert (made.visibility, made.language, made.warning, made.sensitive) == ("followers", "de", "Sad", False)
    page = ada_browser.get("/").text
    assert chosen(page) == ["public", "unlisted", "followers*", "direct"]
    assert '<option value="de" selected>Deutsch</option>' in page


def test_one_private_post_does_not_make_the_next_one_private(ada_browser: Client) -> None:
    ada_browser.post("/posts/", {"body": "Hello", "visibility": "direct"})
    assert chosen(ada_browser.get("/").text)[0] == "public*"
    assert chosen(ada_browser.get("/posts/?for=direct").text)[-1] == "direct*"


def test_a_reply_offers_no_more_people_than_what_it_answers(ada: Person, bob: Person) -> None:
    follow(follower_id=bob.pk, followee_id=ada.pk)
    post = publish_post(author=ada, body="Hello", framing=Framing(Visibility.FOLLOWERS))[0]
    browser = logged_in(bob)
    assert chosen(browser.get(f"/posts/{post.pk}/").text) == ["followers*", "direct"]
    refused = browser.post(f"/posts/{post.pk}/comments/", {"body": "Hi", "visibility": "public"})
    assert (refused.status_code, Post.objects.count()) == (400, 1)
    browser.post(f"/posts/{post.pk}/comments/", {"body": "Hi"})
    assert Post.objects.get(body="Hi").visibility == "followers"


def test_whoever_usually_writes_for_followers_does_so_by_the_api_too(
    ada: Person, ada_browser: Client, post: Post, api_of: Callable[[Person | None], APIClient]
) -> None:
    ada_browser.post("/settings/posts/", {"post_visibility": "followers", "post_language": "de"})
    api = api_of(ada)
    assert api.post("/api/social/v1/posts/", {"body": "Hello"}).json()["visibility"] == "followers"
    assert api.post(f"/api/social/v1/posts/{post.pk}/comments/", {"body": "Yes"}).json()["visibility"] == "followers"
    me = api.patch("/api/social/v1/me/", {"post_visibility": "unlisted", "opens_warnings": True}).json()
    assert (me["post_visibility"], me["post_language"], me["opens_warnings"]) == ("unlisted", "de", True)
    assert api.patch("/api/social/v1/me/", {"post_language": "not one"}).status_code == 400


def test_a_post_shows_for_whom_it_is_and_folds_below_its_warning(ada: Person, bob: Person) -> None:
    post = publish_post(author=ada, body="Es war der Gärtner", framing=Framing(warning="Das Ende", language="de"))[0]
    browser = logged_in(bob)
    page = browser.get(f"/posts/{post.pk}/").text
    assert '<details class="warned" >' in page or '<details class="warned">' in page
    assert 'lang="de"' in page
    assert '<meta property="og:description" content="Das Ende">' in page
    assert "Gärtner" not in page.partition("</head>")[0]
    browser.post("/settings/posts/", {"post_visibility": "public", "opens_warnings": "on"})
    assert '<details class="warned" open>' in browser.get(f"/posts/{post.pk}/").text


def test_an_edit_keeps_the_warning_of_before_and_a_language_that_the_form_does_not_know(
    ada: Person, ada_browser: Client
) -> None:
    post = publish_post(author=ada, body="One", framing=Framing(warning="Before", language="tlh"))[0]
    form = ada_browser.get(f"/posts/{post.pk}/edit/").text
    assert '<option value="tlh" selected>tlh</option>' in form
    ada_browser.post(f"/posts/{post.pk}/edit/", {"body": "Two", "warning": "After", "language": "tlh"})
    post.refresh_from_db()
    assert (post.body, post.warning, post.language) == ("Two", "After", "tlh")
    history = ada_browser.get(f"/posts/{post.pk}/history/").text
    assert history.index("After") < history.index("Two") < history.index("Before") < history.index("One")


def test_private_mentions_are_listed_for_both_sides_and_for_nobody_else(ada: Person, bob: Person) -> None:
    for number in range(25):
        publish_post(author=ada, body=f"Secret {number} @bob", framing=Framing(Visibility.DIRECT))
    publish_post(author=ada, body="For all, @bob")
    for person in (ada, bob):
        page = logged_in(person).get("/private/")
        assert ("Secret 24" in page.text, "Secret 4 " in page.text, "For all" in page.text) == (True, False, False)
        more = re.search(r'href="([^"]*\?page=[^"]+)"', page.text)
        assert more
        assert "Secret 4 " in logged_in(person).get("/private/" + more[1][more[1].index("?") :]).text
    assert "Nothing private yet" in logged_in(new_person("dora")).get("/private/").text
    assert Client().get("/private/").status_code == 302
