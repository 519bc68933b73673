"""Bookmarks: kept in order, seen by nobody else, and gone with what they keep and whose they are."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from socialapp.bookmarks.models import Bookmark
from socialapp.bookmarks.operations import save
from socialapp.messaging.models import OutboxMessage
from socialapp.posts.models import Post
from socialapp.posts.operations import delete_post, publish_post
from socialapp.users.models import Person
from socialapp.users.operations import delete_account
from tests.people import logged_in


def test_a_post_is_saved_and_let_go(bob: Person, post: Post) -> None:
    browser = logged_in(bob)
    assert "Nothing saved yet" in browser.get("/bookmarks/").text
    for _ in range(2):
        answer = browser.post(f"/posts/{post.pk}/bookmark/", {"next": "/public/"})
        assert (answer.status_code, answer["Location"]) == (302, "/public/")
    assert Bookmark.objects.count() == 1
    assert f'formaction="/posts/{post.pk}/unbookmark/"' in browser.get("/public/").text
    assert "Good morning!" in browser.get("/bookmarks/").text
    page = browser.post(f"/posts/{post.pk}/unbookmark/", {"next": "/bookmarks/"}, follow=True)
    assert "Nothing saved yet" in page.text
    assert f'formaction="/posts/{post.pk}/bookmark/"' in page.text  # Undo


def test_htmx_is_given_the_button_as_it_is_now(bob: Person, post: Post) -> None:
    browser = logged_in(bob)
    saved = browser.post(f"/posts/{post.pk}/bookmark/", headers={"HX-Request": "true"})
    assert 'aria-pressed="true"' in saved.text
    gone = browser.post(f"/posts/{post.pk}/unbookmark/", headers={"HX-Request": "true"})
    assert 'aria-pressed="false"' in gone.text
    assert "<html" not in gone.text


def test_nobody_else_sees_it_and_nobody_is_notified(ada: Person, bob: Person, post: Post) -> None:
    save(person_id=bob.pk, post_id=post.pk)
    assert 'data-on="yes"' in logged_in(bob).get("/public/").text
    assert 'data-on="yes"' not in logged_in(ada).get("/public/").text
    assert "Good morning!" not in logged_in(ada).get("/bookmarks/").text
    assert not OutboxMessage.objects.exists()
    assert Client().get("/bookmarks/")["Location"] == "/accounts/login/?next=/bookmarks/"


def test_programs_keep_posts_too(bob: Person, ada: Person, post: Post, api_of: Callable[[Person], APIClient]) -> None:
    api, route = api_of(bob), f"/api/social/v1/posts/{post.pk}/bookmark/"
    assert [api.put(route).status_code for _ in range(2)] == [201, 200]
    assert api.get(f"/api/social/v1/posts/{post.pk}/").json()["bookmarked"] is True
    other = publish_post(author=ada, body="Good evening!")[0]
    save(person_id=bob.pk, post_id=other.pk)
    first = api.get("/api/social/v1/bookmarks/", {"size": 1}).json()
    assert [kept["id"] for kept in first["results"]] == [other.pk]
    assert [kept["id"] for kept in api.get(first["next"]).json()["results"]] == [post.pk]
    assert [api.delete(route).status_code for _ in range(2)] == [204, 204]
    assert api.get(f"/api/social/v1/posts/{post.pk}/").json()["bookmarked"] is False
    assert api_of(ada).get("/api/social/v1/bookmarks/").json()["results"] == []
    assert APIClient().get("/api/social/v1/bookmarks/").status_code == 401
    assert api.put("/api/social/v1/posts/999/bookmark/").status_code == 404


def test_what_may_not_be_seen_is_not_kept(ada: Person, bob: Person, post: Post) -> None:
    save(person_id=bob.pk, post_id=post.pk)
    delete_post(post_id=post.pk, by=ada)
    assert "Good morning!" not in logged_in(bob).get("/bookmarks/").text
    with pytest.raises(Post.DoesNotExist):
        save(person_id=bob.pk, post_id=post.pk)


def test_they_go_with_the_account(bob: Person, post: Post, deliver: Callable[[], int]) -> None:
    save(person_id=bob.pk, post_id=post.pk)
    delete_account(person=bob)
    deliver()
    assert not Bookmark.objects.exists()
