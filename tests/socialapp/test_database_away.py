"""While the database is away, answers say that one should try again, and name no fault of ours."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from rest_framework.test import APIClient

from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.people import logged_in

pytestmark = pytest.mark.django_db(transaction=True)

ApiOf = Callable[[Person | None], APIClient]


def end_session() -> None:
    """As a restart of PostgreSQL ends it."""
    with suppress(OperationalError), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def test_the_api_answers_503_and_takes_the_same_again(ada: Person, api_of: ApiOf) -> None:
    api = api_of(ada)

    def send() -> Any:
        return api.post("/api/social/v1/posts/", {"body": "Hello"}, format="json", headers={"Idempotency-Key": "one"})

    end_session()
    answer = send()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "Send it again" in answer.json()["detail"]
    connection.close()  # as the next request does
    assert [send().status_code for _ in range(2)] == [201, 200]
    assert Post.objects.count() == 1


def test_a_page_answers_503_and_says_what_to_do(ada: Person) -> None:
    browser = logged_in(ada)
    browser.raise_request_exception = False
    end_session()
    answer = browser.get("/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "Back in a moment" in answer.text
    connection.close()
    assert browser.get("/").status_code == 200


def test_any_other_fault_is_still_500(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_person_id: int) -> None:
        raise RuntimeError("A defect.")

    monkeypatch.setattr("socialapp.feeds.web.home_feed", fail)
    browser = Client(raise_request_exception=False)
    browser.force_login(ada, "allauth.account.auth_backends.AuthenticationBackend")
    answer = browser.get("/")
    assert answer.status_code == 500
    assert "This one is our fault" in answer.text
