"""Programs with a token go past the middleware that is for people in a browser."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.test.client import ClientHandler

from socialapp.api.fast_path import FastPath
from socialapp.users.models import Person, Token
from socialapp.users.queries import token_digest

V1 = "/api/social/v1/"
PROTECTED = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "private",
}


@pytest.fixture
def bearer(ada: Person) -> dict[str, str]:
    """Ada's program."""
    Token.objects.create(person=ada, name="shell", digest=token_digest("sa_x"))
    return {"Authorization": "Bearer sa_x"}


def test_it_leads_to_the_last_line_of_the_middleware() -> None:
    handler: Any = ClientHandler()
    handler.load_middleware()
    step = handler._middleware_chain
    while not isinstance(getattr(step, "__wrapped__", step), FastPath):
        step = step.get_response
    fast_path, skipped = step.__wrapped__, []
    step = fast_path.get_response
    while step is not fast_path.get_answer:
        skipped.append(f"{type(step.__wrapped__).__module__}.{type(step.__wrapped__).__name__}")
        step = step.get_response
    assert skipped == settings.BROWSER_MIDDLEWARE
    assert step.__qualname__.startswith("AccountMiddleware")


def test_what_protects_is_not_skipped(client: Client, bearer: dict[str, str]) -> None:
    answer = client.get(V1 + "me/", headers=bearer)
    assert answer.status_code == 200
    assert {name: answer.headers.get(name) for name in PROTECTED} == PROTECTED
    assert "Accept-Language" in answer.headers["Vary"]
    assert not answer.cookies


def test_problems_still_speak_the_language_of_the_program(client: Client, ada: Person) -> None:
    answer = client.get(V1 + "me/", headers={"Authorization": "Bearer no", "Accept-Language": "de"})
    assert (answer.status_code, answer.headers["Content-Language"]) == (401, "de")


def test_a_session_still_opens_the_api_to_its_browser(client: Client, ada: Person) -> None:
    client.force_login(ada)
    assert client.get(V1 + "me/").json()["username"] == "ada"


def test_another_scheme_than_bearer_opens_nothing_and_breaks_nothing(client: Client, ada: Person) -> None:
    client.force_login(ada)
    assert client.get(V1 + "me/", headers={"Authorization": "Basic YTpi"}).status_code == 401


@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_no_route_is_told_as_json(method: str, bearer: dict[str, str]) -> None:
    send: Any = getattr(Client(enforce_csrf_checks=True), method)
    answer = send(V1 + "nowhere/", headers=bearer)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_pages_are_pages_whatever_they_bring(client: Client, bearer: dict[str, str]) -> None:
    assert "Content-Security-Policy" in client.get("/", headers=bearer).headers


@pytest.mark.parametrize(
    ("accept", "query", "status"),
    [("*/*", "", 200), ("application/json", "", 200), ("text/html", "", 406), ("*/*", "?format=xml", 200)],
)
def test_formats_are_negotiated_when_somebody_asks(
    accept: str, query: str, status: int, client: Client, bearer: dict[str, str]
) -> None:
    assert client.get(f"{V1}me/{query}", headers=bearer | {"Accept": accept}).status_code == status
