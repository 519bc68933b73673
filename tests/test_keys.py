"""Keys under which a post or comment is made once: the same again is the same, nothing new is lost to an old key."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from socialapp.posts.models import Post, PostPicture
from socialapp.posts.operations import delete_post, edit_post
from socialapp.users.models import Person
from tests.people import logged_in
from tests.socialapp.media import samples

KEY = {"Idempotency-Key": "morning"}


@pytest.fixture
def ada_api(api_of: Callable[[Person | None], APIClient], ada: Person) -> APIClient:
    """Ada's program."""
    return api_of(ada)


@pytest.fixture
def browser(ada: Person) -> Client:
    """Ada's browser."""
    return logged_in(ada)


def bodies() -> list[str]:
    return list(Post.objects.order_by("pk").values_list("body", flat=True))


# --- The API ---


@pytest.mark.parametrize("route", ["posts/", "posts/{post}/comments/"])
def test_the_same_key_with_the_same_body_is_the_first_answer(ada_api: APIClient, post: Post, route: str) -> None:
    address = "/api/social/v1/" + route.format(post=post.pk)
    first, second = (ada_api.post(address, {"body": "Once."}, headers=KEY) for _ in range(2))
    assert (first.status_code, second.status_code, first.json()) == (201, 200, second.json())


# The server hands on a header that is not of ASCII as an empty one.
@pytest.mark.parametrize("key", ["", "m" * 65, "mor\tning"])
@pytest.mark.parametrize("route", ["posts/", "posts/{post}/comments/"])
def test_a_key_that_cannot_be_kept_is_refused_rather_than_taken_for_none(
    ada_api: APIClient, post: Post, route: str, key: str
) -> None:
    address = "/api/social/v1/" + route.format(post=post.pk)
    answer = ada_api.post(address, {"body": "Once."}, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "Idempotency-Key")
    assert bodies() == ["Good morning!"]


@pytest.mark.parametrize("route", ["posts/", "posts/{post}/comments/"])
def test_the_same_key_with_another_body_is_a_422(ada_api: APIClient, post: Post, route: str) -> None:
    address = "/api/social/v1/" + route.format(post=post.pk)
    ada_api.post(address, {"body": "First."}, headers=KEY)
    answer = ada_api.post(address, {"body": "Second."}, headers=KEY)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert answer.json()["detail"] == (
        "This Idempotency-Key came with something else before. Send what is new under a key of its own."
    )
    assert "Second." not in bodies()


def test_the_same_words_below_another_post_are_something_else(ada_api: APIClient, post: Post, ada: Person) -> None:
    other = ada_api.post("/api/social/v1/posts/", {"body": "Another."}).json()["id"]
    assert ada_api.post(f"/api/social/v1/posts/{post.pk}/comments/", {"body": "Yes."}, headers=KEY).status_code == 201
    assert ada_api.post(f"/api/social/v1/posts/{other}/comments/", {"body": "Yes."}, headers=KEY).status_code == 422


@pytest.mark.parametrize("route", ["posts/", "posts/{post}/comments/"])
def test_what_was_deleted_since_is_not_given_as_an_answer(ada_api: APIClient, post: Post, route: str) -> None:
    address = "/api/social/v1/" + route.format(post=post.pk)
    made = ada_api.post(address, {"body": "Once."}, headers=KEY).json()["id"]
    assert ada_api.delete(f"/api/social/v1/posts/{made}/").status_code == 204
    answer = ada_api.post(address, {"body": "Once."}, headers=KEY)
    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")


def test_what_was_edited_since_is_still_the_answer(ada_api: APIClient, ada: Person) -> None:
    made = ada_api.post("/api/social/v1/posts/", {"body": "Once."}, headers=KEY).json()["id"]
    edit_post(post_id=made, by=ada, body="Edited.")
    again = ada_api.post("/api/social/v1/posts/", {"body": "Once."}, headers=KEY)
    assert (again.status_code, again.json()["body"]) == (200, "Edited.")


def test_a_key_from_before_digests_were_kept_is_answered_as_then(ada_api: APIClient) -> None:
    ada_api.post("/api/social/v1/posts/", {"body": "Once."}, headers=KEY)
    Post.objects.update(client_digest="")
    assert ada_api.post("/api/social/v1/posts/", {"body": "Once."}, headers=KEY).status_code == 200


# --- Pages ---


def test_another_text_under_a_forms_old_key_is_another_post(browser: Client) -> None:
    for body in ("first", "second", "second"):
        assert browser.post("/posts/", {"body": body, "key": "of the page"}).status_code == 302
    assert bodies()[-2:] == ["first", "second"]


def test_another_comment_under_a_forms_old_key_is_another_comment(browser: Client, post: Post) -> None:
    for body in ("first", "second", "second"):
        assert browser.post(f"/posts/{post.pk}/comments/", {"body": body, "key": "of the page"}).status_code == 302
    assert bodies()[-2:] == ["first", "second"]


def test_a_post_deleted_and_sent_again_by_its_page_is_there_again(browser: Client, ada: Person) -> None:
    for _ in range(3):
        browser.post("/posts/", {"body": "again", "key": "of the page"})
        newest = Post.objects.latest("pk")
        assert newest.deleted_at is None
        delete_post(post_id=newest.pk, by=ada)
    assert Post.objects.count() == 3


def test_another_picture_under_a_forms_old_key_is_another_post(browser: Client) -> None:
    small, large = samples.photo(), samples.photo((80, 60))
    for picture in (small, large, large):
        form = {"body": "", "key": "of the page", "picture-1-file": samples.upload(picture)}
        assert browser.post("/posts/", form).status_code == 302
    assert (Post.objects.count(), PostPicture.objects.count()) == (2, 2)
