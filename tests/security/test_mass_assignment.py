"""Fields that a form or a body does not have are sent along: nothing of them is kept."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from notifications.models import Endpoint
from socialapp.messaging.consumer import consume
from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.people import PASSWORD, logged_in

RIGHTS = {
    "id": 1, "pk": 1, "username": "admin", "email": "thief@example.net", "password": "x", "is_staff": True,
    "is_superuser": True, "is_active": True, "groups": [1], "user_permissions": [1], "avatar": "x", "joined_at": None,
    "suspended_at": "2026-01-01T00:00:00Z", "deleted_at": "2026-01-01T00:00:00Z", "sessions_ended": 9,
    "last_login": "2026-01-01T00:00:00Z", "suspended_reason": "x",
}  # fmt: skip


def but(row: Any, *names: str) -> dict[str, Any]:
    """All of a row but these fields."""
    return {key: value for key, value in vars(row).items() if key not in {*names, "_state"}}


def test_a_program_changes_only_the_name_and_the_bio(ada: Person, api_of: Callable[[Person], APIClient]) -> None:
    before = but(Person.objects.get(pk=ada.pk), "name", "bio")
    answer = api_of(ada).patch("/api/social/v1/me/", {"name": "Ada W.", "bio": "I count.", **RIGHTS})
    assert answer.status_code == 200
    after = Person.objects.get(pk=ada.pk)
    assert (after.name, after.bio) == ("Ada W.", "I count.")
    assert but(after, "name", "bio") == before


def test_nor_does_a_form(ada: Person) -> None:
    browser = logged_in(ada)
    before = but(Person.objects.get(pk=ada.pk), "name", "bio")
    form = {name: str(value) for name, value in RIGHTS.items() if name != "avatar"}
    assert browser.post("/settings/", {"name": "Ada W.", "bio": "", **form}).status_code == 302
    after = Person.objects.get(pk=ada.pk)
    assert after.name == "Ada W."
    assert but(after, "name", "bio") == before


def test_who_signs_up_gets_no_rights(db: None) -> None:
    form = {name: str(value) for name, value in RIGHTS.items() if name not in {"username", "email", "password"}}
    own = {"username": "grace", "email": "grace@example.org", "password1": PASSWORD, "password2": PASSWORD}
    assert Client().post("/accounts/signup/", own | form).status_code == 302
    grace = Person.objects.get()
    assert (grace.username, grace.is_staff, grace.is_superuser, grace.avatar) == ("grace", False, False, "")
    assert (grace.groups.count(), grace.user_permissions.count(), grace.sessions_ended) == (0, 0, 0)


def test_a_post_and_a_comment_are_their_writers(
    ada: Person, bob: Person, post: Post, api_of: Callable[[Person], APIClient]
) -> None:
    more = {
        "id": 7, "author": ada.pk, "author_id": ada.pk, "person": ada.pk, "likes": 1_000, "shares": 1_000,
        "comments": 1_000, "created_at": "2000-01-01T00:00:00Z", "edited_at": "2000-01-01T00:00:00Z",
        "hidden_at": "2000-01-01T00:00:00Z", "client_key": "x", "liked": True, "post": 1, "post_id": 1,
        "reply_to": post.pk, "reply_to_id": post.pk, "thread": post.pk, "reply_to_author": ada.pk, "uncounted": True,
    }  # fmt: skip
    bobs = api_of(bob)
    made = bobs.post("/api/social/v1/posts/", {"body": "Mine.", **more})
    assert made.status_code == 201
    new = Post.objects.get(pk=made.json()["id"])
    assert (new.author_id, new.edited_at, new.hidden_at, new.client_key) == (bob.pk, None, None, "")
    assert (new.reply_to_id, new.thread, new.reply_to_author, new.uncounted) == (None, None, None, None)
    assert new.created_at > post.created_at
    assert (made.json()["likes"], made.json()["shares"], made.json()["comments"]) == (0, 0, 0)
    assert bobs.post(f"/api/social/v1/posts/{new.pk}/comments/", {"body": "Mine.", **more}).status_code == 201
    reply = Post.objects.get(reply_to=new)
    assert (reply.author_id, reply.thread, reply.reply_to_author, reply.edited_at) == (bob.pk, new.pk, bob.pk, None)
    assert (reply.uncounted, reply.client_key) == (None, "")
    assert not Post.objects.filter(reply_to=post).exists()
    before = but(Post.objects.get(pk=new.pk), "body", "edited_at")
    assert bobs.patch(f"/api/social/v1/posts/{new.pk}/", {"body": "Still mine.", **more}).status_code == 200
    assert but(Post.objects.get(pk=new.pk), "body", "edited_at") == before


def test_a_webhook_is_its_makers_and_its_secret_is_ours(
    ada: Person, bob: Person, api_of: Callable[[Person], APIClient]
) -> None:
    more = {"person": ada.pk, "person_id": ada.pk, "channel": "email", "keys": {}, "secret": "whsec_x", "host": "x"}
    body = {"name": "bot", "address": "https://hooks.example/x", **more}
    answer = api_of(bob).post("/api/social/v1/notifications/endpoints/webhook/", body)
    assert answer.status_code == 201
    endpoint = Endpoint.objects.get()
    assert (endpoint.person_id, endpoint.channel, endpoint.host) == (bob.pk, "webhook", "hooks.example")
    assert answer.json()["secret"] not in {"", "whsec_x"}


@pytest.mark.parametrize("field", ["person", "recipient", "user", "owner"])
def test_marking_read_is_for_oneself(
    ada: Person, bob: Person, post: Post, api_of: Callable[[Person], APIClient], field: str
) -> None:
    assert api_of(bob).put(f"/api/social/v1/posts/{post.pk}/like/").status_code == 201
    assert api_of(bob).put("/api/social/v1/people/ada/follow/").status_code == 201
    consume()
    api_of(bob).post("/api/social/v1/notifications/read/", {"all": True, field: ada.pk})
    assert api_of(ada).get("/api/social/v1/notifications/unread/").json() == {"count": 2}
