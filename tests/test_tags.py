"""Hashtags: their pages, what is on them, and what completes them."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from socialapp.posts.models import Post, PostTag
from socialapp.posts.operations import delete_post, edit_post, hide_post, publish_post
from socialapp.search.queries import Tag, tags_beginning, trending_tags
from socialapp.users.models import Person
from socialapp.users.operations import suspend
from tests.people import logged_in

pytestmark = pytest.mark.django_db


def write(author: Person, body: str) -> Post:
    """A new post."""
    return publish_post(author=author, body=body)[0]


def test_a_tag_leads_to_the_posts_with_it(ada: Person, bob: Person) -> None:
    write(ada, "Out in the #Fog.")
    write(bob, "More #fog today, and #brötchen.")
    page = Client().get("/tags/FOG/?page=", follow=True)
    assert page.redirect_chain == [("/tags/fog/?page=", 301)]
    assert page.text.index("More") < page.text.index("Out in the")
    assert 'href="/tags/br%C3%B6tchen/"' in page.text
    assert "Nobody has written about #rye yet" in logged_in(ada).get("/tags/rye/").text


def test_the_tags_of_an_edited_post_are_those_it_has_now(ada: Person) -> None:
    post = write(ada, "#fog #bread")
    edit_post(post_id=post.pk, by=ada, body="#bread #rye")
    assert set(PostTag.objects.values_list("name", flat=True)) == {"bread", "rye"}
    edit_post(post_id=post.pk, by=ada, body="Nothing.")
    assert not PostTag.objects.exists()


def _delete(post: Post, ada: Person) -> None:
    delete_post(post_id=post.pk, by=ada)


def _hide(post: Post, ada: Person) -> None:
    hide_post(post_id=post.pk, reason="spam")


def _suspend(post: Post, ada: Person) -> None:
    suspend(person=ada, reason="spam")


@pytest.mark.parametrize("vanish", [_delete, _hide, _suspend])
def test_what_may_not_be_seen_has_no_tags(ada: Person, vanish: Callable[[Post, Person], None]) -> None:
    post = write(ada, "Out in the #fog.")
    assert (tags_beginning("f"), trending_tags()) == ([Tag("fog", 1)], ["fog"])
    vanish(post, ada)
    assert "Out in the" not in Client().get("/tags/fog/").text
    assert (tags_beginning("f"), trending_tags()) == ([], [])


def test_tags_are_found_by_their_beginning(ada: Person) -> None:
    for body in ("#fog", "#fog #foghorn", "#fox", "#a_b", "#axb"):
        write(ada, body)
    assert tags_beginning("#FO") == [Tag("fog", 2), Tag("foghorn", 1), Tag("fox", 1)]
    assert tags_beginning("a_") == [Tag("a_b", 1)]
    assert tags_beginning("%") == tags_beginning("") == tags_beginning("\\") == []


def test_what_many_write_about_stands_before_what_one_repeats(ada: Person, bob: Person) -> None:
    for _ in range(3):
        write(ada, "#me")
    write(ada, "#fog")
    write(bob, "#fog")
    assert trending_tags() == ["fog", "me"]
    assert "People write about" in Client().get("/search/").text


def test_pages_of_a_tag_follow_each_other(ada: Person, api_of: Callable[[None], APIClient]) -> None:
    made = [write(ada, f"#fog no. {number}").pk for number in range(5)]
    api = api_of(None)
    first = api.get("/api/social/v1/tags/Fog/", {"size": 2}).json()
    second = api.get(first["next"]).json()
    third = api.get(second["next"]).json()
    assert [post["id"] for page in (first, second, third) for post in page["results"]] == made[::-1]
    assert api.get(third["previous"]).json()["results"] == second["results"]
    assert api.get("/api/social/v1/search/tags/", {"q": "fo"}).json() == [{"name": "fog", "posts": 5}]
    assert api.get("/api/social/v1/tags/a-b/").status_code == 404
