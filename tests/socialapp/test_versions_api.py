"""The earlier texts of a post in the API: read by whoever may read the post, removed by its author."""

from collections.abc import Callable

from rest_framework.test import APIClient

from socialapp.posts.models import Post
from socialapp.posts.operations import edit_post, hide_post
from socialapp.users.models import Person

Api = Callable[[Person | None], APIClient]


def test_earlier_texts_are_listed_and_removed(ada: Person, bob: Person, post: Post, api_of: Api) -> None:
    edit_post(post_id=post.pk, by=ada, body="Good evening!")
    edit_post(post_id=post.pk, by=ada, body="Good night!")
    where = f"/api/social/v1/posts/{post.pk}/versions/"
    newest, oldest = api_of(None).get(where).json()["results"]
    assert (newest["body"], oldest["body"]) == ("Good evening!", "Good morning!")
    assert api_of(None).get(f"{where}?size=1").json()["next"]
    one = f"{where}{oldest['id']}/"
    assert api_of(None).delete(one).status_code == 401
    assert api_of(bob).delete(one).status_code == 403
    assert api_of(ada).delete(one).status_code == 204
    assert api_of(ada).delete(one).status_code == 404
    assert [each["body"] for each in api_of(bob).get(where).json()["results"]] == ["Good evening!"]


def test_of_a_hidden_post_they_are_hidden(bob: Person, post: Post, api_of: Api) -> None:
    hide_post(post_id=post.pk, reason="spam")
    assert api_of(bob).get(f"/api/social/v1/posts/{post.pk}/versions/").status_code == 404
