"""What a token may do, and until when: for each way in which a program comes."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from notifications.endpoints.operations import add_webhook
from notifications.live.auth import Credential, admit, still_open
from notifications.models import Endpoint
from reactions.models import Like
from socialapp.messaging.consumer import consume
from socialapp.posts.models import Post
from socialapp.users.models import Person, Scope, Token
from socialapp.users.operations import make_token, revoke_ended_tokens
from socialapp.users.queries import token_digest

V1 = "/api/social/v1/"


def program(token: str) -> APIClient:
    """One that has this token."""
    return APIClient(headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def reader(bob: Person) -> APIClient:
    """Bob's program that may only read."""
    return program(make_token(person=bob, name="reader", scope=Scope.READ))


@pytest.fixture
def late(bob: Person) -> APIClient:
    """Bob's program whose token ended yesterday."""
    return program(make_token(person=bob, name="late", ends_at=timezone.now() - timedelta(days=1)))


WRITES: list[Callable[[APIClient, int], Any]] = [
    lambda api, post: api.put(f"{V1}posts/{post}/like/"),
    lambda api, post: api.delete(f"{V1}posts/{post}/like/"),
    lambda api, post: api.put(f"{V1}posts/{post}/share/"),
    lambda api, post: api.post(f"{V1}posts/", {"body": "Mine"}),
    lambda api, post: api.post(
        f"{V1}notifications/endpoints/webhook/", {"name": "Hook", "address": "https://hook.example/"}
    ),
    lambda api, post: api.put(f"{V1}people/ada/follow/"),
]


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("used_today", [False, True])
def test_a_token_that_may_read_changes_nothing_and_hears_which_scope_it_lacks(
    reader: APIClient, post: Post, write: Callable[[APIClient, int], Any], used_today: bool
) -> None:
    if used_today:
        assert reader.get(f"{V1}me/").status_code == 200
    answer = write(reader, post.pk)
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert (answer.json()["scope"], "write" in answer.json()["detail"]) == ("write", True)
    assert 'error="insufficient_scope", scope="write"' in answer["WWW-Authenticate"]
    assert (Like.objects.count(), Post.objects.count(), Endpoint.objects.filter(channel="webhook").count()) == (0, 1, 0)


def test_no_route_of_the_schema_that_writes_takes_a_token_that_may_read(reader: APIClient, post: Post) -> None:
    """Also one that is added later. `{anything_id}` is the post's, which is as good as any: the token comes first."""
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]  # type: ignore[no-untyped-call]
    asked = 0
    for path, method in [(path, method) for path, methods in paths.items() for method in methods]:
        if method == "get":
            continue
        where = re.sub(r"\{\w+\}", str(post.pk), path.replace("{username}", "ada"))
        answer = getattr(reader, method)(where, {})
        assert (answer.status_code, answer.json().get("scope")) == (403, "write"), (method, where)
        asked += 1
    assert asked >= 30


@pytest.mark.parametrize("path", ["/settings/tokens/", "/settings/", "/accounts/email/", "/settings/devices/"])
def test_a_token_opens_no_page(bob: Person, path: str) -> None:
    api = program(make_token(person=bob, name="all"))
    for answer in (api.get(path), api.post(path, {"name": "x"}, format="multipart")):
        assert (answer.status_code, answer["Location"].startswith("/accounts/login/")) == (302, True)


@pytest.mark.parametrize("read", ["me/", "feed/", "notifications/"])
def test_it_reads(reader: APIClient, read: str) -> None:
    assert reader.get(V1 + read).status_code == 200


@pytest.mark.parametrize("write", WRITES)
def test_a_token_that_ended_changes_nothing_and_hears_when(
    late: APIClient, post: Post, write: Callable[[APIClient, int], Any]
) -> None:
    Token.objects.update(last_used_on=timezone.now().date())
    answer = write(late, post.pk)
    assert (answer.status_code, "ended on" in answer.json()["detail"]) == (401, True)
    assert Like.objects.count() == 0
    assert late.get(f"{V1}me/").status_code == 401


def test_a_stream_ends_with_its_token(bob: Person) -> None:
    value = make_token(person=bob, name="stream", ends_at=timezone.now() + timedelta(minutes=1))
    credential = Credential("token", token_digest(value))
    admitted = admit([credential])
    assert still_open(admitted) == admitted != {}
    Token.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    assert still_open(admitted) == {} == admit([credential])


def test_what_it_made_ends_with_it(bob: Person) -> None:
    make_token(person=bob, name="hooks", ends_at=timezone.now() - timedelta(seconds=1))
    make_token(person=bob, name="stays", ends_at=timezone.now() + timedelta(days=1))
    ended = Token.objects.get(name="hooks")
    add_webhook(person=bob, name="Hook", address="https://hook.example/", token_id=ended.pk)
    revoke_ended_tokens()
    consume()
    assert list(Token.objects.values_list("name", flat=True)) == ["stays"]
    assert not Endpoint.objects.filter(person=bob, channel="webhook", disabled_at=None).exists()


def test_a_like_by_a_token_is_one_statement(bob: Person, post: Post) -> None:
    api = program(make_token(person=bob, name="liker", ends_at=timezone.now() + timedelta(days=1)))
    api.get(f"{V1}me/")  # notes that it is used today
    with CaptureQueriesContext(connection) as seen:
        assert api.put(f"{V1}posts/{post.pk}/like/").status_code == 201
    assert [each["sql"].partition(" ")[0] for each in seen] == ["EXECUTE"]


def test_the_schema_says_what_a_scope_is(client: Any) -> None:
    schema = APIClient().get(f"{V1}schema/?format=json").content.decode()
    assert "insufficient" not in schema
    assert "A token has the scope `read`" in schema


def test_a_command_makes_one_that_only_reads_and_ends(bob: Person) -> None:
    out = StringIO()
    call_command("token", "bob", "--read-only", "--days", "3", stdout=out)
    token = Token.objects.get()
    assert (token.scope, token.ends_at and (token.ends_at - timezone.now()).days) == ("read", 2)
    assert program(out.getvalue().strip()).get(f"{V1}me/").status_code == 200


@pytest.mark.parametrize("days", ["0", "-1", "99999999999"])
def test_a_command_makes_none_whose_end_is_no_number_of_days(bob: Person, days: str) -> None:
    """Least of all one without an end."""
    with pytest.raises(CommandError, match="--days must be 1 to"):
        call_command("token", "bob", f"--days={days}")
    assert not Token.objects.exists()
