"""What people write keeps its shape: lines count once, the first keeps its indentation, by pages and API alike."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from socialapp.posts.models import BODY_LENGTH, Post
from socialapp.users.models import Person
from tests.people import logged_in

CAT = "    /\\_/\\\n   ( o.o )\n    > ^ <"
WRITTEN = {
    CAT: CAT,
    f"\r\n \r\n{CAT}\r\n\r\n  ": CAT,
    "  one line  ": "  one line",
    "\n\n": None,
    "    ": None,
}


@pytest.fixture
def ada_api(api_of: Callable[[Person | None], APIClient], ada: Person) -> APIClient:
    """Ada's program."""
    return api_of(ada)


@pytest.fixture
def browser(ada: Person) -> Client:
    """Ada's browser."""
    return logged_in(ada)


@pytest.mark.parametrize(("typed", "kept"), WRITTEN.items())
def test_a_text_keeps_the_indentation_of_its_first_line(
    ada_api: APIClient, browser: Client, post: Post, typed: str, kept: str | None
) -> None:
    places = [("posts/", "/posts/"), (f"posts/{post.pk}/comments/", f"/posts/{post.pk}/comments/")]
    for route, page in places:
        before = Post.objects.count()
        for answer in (ada_api.post(f"/api/social/v1/{route}", {"body": typed}), browser.post(page, {"body": typed})):
            assert answer.status_code in ({400} if kept is None else {201, 302})
        made = list(Post.objects.order_by("pk").values_list("body", flat=True))[before:]
        assert made == ([] if kept is None else [kept, kept])


def test_an_edit_keeps_it_too(ada_api: APIClient, browser: Client, post: Post) -> None:
    comment = ada_api.post(f"/api/social/v1/posts/{post.pk}/comments/", {"body": "x"}).json()["id"]
    for post_id in (post.pk, comment):
        ada_api.patch(f"/api/social/v1/posts/{post_id}/", {"body": CAT})
        assert Post.objects.get(pk=post_id).body == CAT
        browser.post(f"/posts/{post_id}/edit/", {"body": f"  {CAT}"})
        assert Post.objects.get(pk=post_id).body == f"  {CAT}"


@pytest.mark.parametrize(("route", "length"), [("posts/", BODY_LENGTH), ("posts/{post}/comments/", BODY_LENGTH)])
def test_a_line_break_of_two_characters_counts_once(ada_api: APIClient, post: Post, route: str, length: int) -> None:
    address = "/api/social/v1/" + route.format(post=post.pk)
    assert ada_api.post(address, {"body": "a\r\n" * (length // 2)}).status_code == 201
    assert ada_api.post(address, {"body": "a\r\n" * (length // 2) + "ab"}).status_code == 400


def test_it_counts_once_in_a_bio(ada_api: APIClient) -> None:
    assert ada_api.patch("/api/social/v1/me/", {"bio": "a\r\n" * 250}).status_code == 200
    assert ada_api.patch("/api/social/v1/me/", {"bio": "a\r\n" * 251}).status_code == 400
