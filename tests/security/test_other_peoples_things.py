"""Insecure direct object references: Bob asks for Ada's things by their ids. By the API and by the pages.

Each attack is also made by Ada, to whom the things belong: it is not refused for another reason.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from notifications.models import Endpoint
from socialapp.users.models import Person, Token
from tests.people import logged_in
from tests.security.conftest import SECRET
from tests.security.rows import all_rows

API = [
    ("get", "pictures/{picture}/", {}),
    ("delete", "pictures/{picture}/", {}),
    ("post", "posts/", {"body": "Mine.", "pictures": ["{picture}"]}),
    ("patch", "posts/{post}/", {"body": "Mine."}),
    ("delete", "posts/{post}/", {}),
    ("patch", "posts/{comment}/", {"body": "Mine."}),
    ("delete", "posts/{comment}/", {}),
    ("get", "notifications/endpoints/{endpoint}/", {}),
    ("patch", "notifications/endpoints/{endpoint}/", {"enabled": False}),
    ("delete", "notifications/endpoints/{endpoint}/", {}),
    ("post", "notifications/endpoints/{endpoint}/test/", {}),
    ("post", "notifications/endpoints/{endpoint}/secret/", {}),
    ("get", "notifications/endpoints/{endpoint}/deliveries/", {}),
    (
        "post",
        "notifications/endpoints/{endpoint}/replay/",
        {"since": "2020-01-01T00:00:00Z", "until": "2099-01-01T00:00:00Z"},
    ),
    ("get", "notifications/deliveries/{delivery}/", {}),
    ("post", "notifications/deliveries/{delivery}/resend/", {}),
    ("delete", "notifications/mutes/{mute}/", {}),
]

PAGES = [
    ("post", "/inbox/n{group}/", {}),
    ("get", "/inbox/n{group}/why/", {}),
    ("post", "/inbox/n{group}/mute/", {}),
    ("post", "/inbox/n{group}/mute/", {"what": "kind"}),
    ("get", "/settings/devices/{endpoint}/", {}),
    ("post", "/settings/devices/{endpoint}/", {"since": "2020-01-01T00:00", "until": "2099-01-01T00:00"}),
    ("post", "/settings/devices/{endpoint}/off/", {}),
    ("post", "/settings/devices/{endpoint}/on/", {}),
    ("post", "/settings/devices/{endpoint}/remove/", {}),
    ("post", "/settings/devices/{endpoint}/rotate/", {}),
    ("post", "/settings/devices/{endpoint}/test/", {}),
    ("get", "/settings/devices/tests/{delivery}/", {}),
    ("post", "/settings/devices/{endpoint}/{delivery}/again/", {}),
    ("post", "/settings/tokens/{token}/revoke/", {}),
    ("post", "/settings/security/log-ins/{log_in}/end/", {}),
    ("get", "/accounts/2fa/webauthn/keys/{passkey}/edit/", {}),
    ("post", "/accounts/2fa/webauthn/keys/{passkey}/edit/", {"name": "Mine"}),
    ("post", "/accounts/2fa/webauthn/keys/{passkey}/remove/", {}),
    ("post", "/settings/muted/{mute}/end/", {}),
    ("get", "/posts/{post}/edit/", {}),
    ("post", "/posts/{post}/edit/", {"body": "Mine."}),
    ("post", "/posts/{post}/delete/", {}),
    ("post", "/posts/{deleted}/restore/", {}),
    ("post", "/posts/{post}/history/{version}/remove/", {}),
    ("get", "/posts/{comment}/edit/", {}),
    ("post", "/posts/{comment}/edit/", {"body": "Mine."}),
    ("post", "/posts/{comment}/delete/", {}),
    ("post", "/posts/{gone}/restore/", {}),
]

# Marking takes ids of anything; of what is another's, nothing comes.
IGNORED = [
    ("api", "post", "notifications/read/", {"ids": ["n{group}"]}),
    ("api", "post", "notifications/read/", {"ids": ["n{group}", "p{post}"]}),
    ("api", "post", "notifications/read/", {"all": True}),
    ("pages", "post", "/inbox/n{group}/read/", {}),
    ("pages", "post", "/inbox/read/", {}),
]


def filled_in(value: Any, things: dict[str, int]) -> Any:
    """The ids in a body, as numbers where a number alone is asked for."""
    if isinstance(value, dict):
        return {name: filled_in(each, things) for name, each in value.items()}
    if isinstance(value, list):
        return [filled_in(each, things) for each in value]
    if value == "{picture}":
        return {"id": things["picture"]}
    return value.format(**things) if isinstance(value, str) else value


@pytest.mark.parametrize(("method", "route", "body"), API)
def test_a_program_is_refused_what_is_another_persons(
    things: dict[str, int],
    ada: Person,
    bob: Person,
    api_of: Callable[[Person | None], APIClient],
    method: str,
    route: str,
    body: dict[str, Any],
) -> None:
    bobs, adas = api_of(bob), api_of(ada)
    # Only the token that made a webhook gets its secret.
    Endpoint.objects.filter(pk=things["endpoint"]).update(token_id=Token.objects.filter(person=ada).latest("id").pk)
    address, filled = "/api/social/v1/" + route.format(**things), filled_in(body, things)
    before = all_rows()
    answer = getattr(bobs, method)(address, filled)
    # Deleting a picture that one does not have is no error: it is gone, as far as one may know.
    known = {"posts/": 400, "pictures/{picture}/": 204 if method == "delete" else 404}
    assert answer.status_code in ({known[route]} if route in known else {403, 404})
    assert SECRET not in answer.text
    assert all_rows() == before
    assert getattr(adas, method)(address, filled).status_code < 400


@pytest.mark.parametrize(("method", "address", "form"), PAGES)
def test_a_browser_is_refused_what_is_another_persons(
    things: dict[str, int], ada: Person, bob: Person, method: str, address: str, form: dict[str, str]
) -> None:
    address = address.format(**things)
    browser = logged_in(bob)
    browser.get("/settings/security/")  # now he is in the list of log-ins
    before = all_rows()
    answer = getattr(browser, method)(address, form)
    assert answer.status_code in {403, 404}
    assert SECRET not in answer.text
    assert all_rows() == before
    assert getattr(logged_in(ada), method)(address, form).status_code < 400


@pytest.mark.parametrize(("method", "address", "form"), [*PAGES, ("get", "/inbox/", {}), ("get", "/settings/", {})])
def test_a_browser_without_an_account_is_asked_to_log_in(
    things: dict[str, int], method: str, address: str, form: dict[str, str]
) -> None:
    before = all_rows()
    answer = getattr(Client(), method)(address.format(**things), form)
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/")
    assert all_rows() == before


@pytest.mark.parametrize(("method", "route", "body"), API)
def test_a_program_without_a_token_is_refused(
    things: dict[str, int], method: str, route: str, body: dict[str, Any]
) -> None:
    before = all_rows()
    answer = getattr(APIClient(), method)("/api/social/v1/" + route.format(**things), filled_in(body, things))
    assert answer.status_code == 401
    assert all_rows() == before


@pytest.mark.parametrize(("by", "method", "address", "body"), IGNORED)
def test_marking_another_persons_entries_changes_nothing_of_theirs(
    things: dict[str, int],
    ada: Person,
    bob: Person,
    api_of: Callable[[Person | None], APIClient],
    by: str,
    method: str,
    address: str,
    body: dict[str, Any],
) -> None:
    bobs = api_of(bob) if by == "api" else logged_in(bob)
    getattr(bobs, method)(
        ("/api/social/v1/" if by == "api" else "") + address.format(**things), filled_in(body, things)
    )
    inbox = api_of(ada).get("/api/social/v1/notifications/").json()["results"]
    assert [(entry["kind"], entry["unread"]) for entry in inbox] == [("like", True)]


@pytest.mark.parametrize(
    ("method", "route", "body"),
    [
        ("get", "dead-letters/", {}),
        ("post", "dead-letters/", {"dry_run": False}),
        ("get", "notifications/why/?recipient=ada&actor=charlie&kind=like&post={post}", {}),
    ],
)
def test_what_is_for_operators_is_refused(
    things: dict[str, int],
    bob: Person,
    api_of: Callable[[Person | None], APIClient],
    method: str,
    route: str,
    body: dict[str, Any],
) -> None:
    bobs = api_of(bob)
    before = all_rows()
    answer = getattr(bobs, method)("/api/social/v1/" + route.format(**things), body)
    assert answer.status_code == 403
    assert SECRET not in answer.text
    assert all_rows() == before


@pytest.mark.parametrize(
    "page",
    ["", "login/", "users/person/", "users/person/1/change/", "posts/post/", "notifications/delivery/dashboard/"],
)
def test_the_admin_sends_members_to_the_log_in_page_of_all(bob: Person, page: str) -> None:
    """With its limits on guessing; `/admin/login/` has none of its own."""
    for browser in (logged_in(bob), Client()):
        answer = browser.get(f"/admin/{page}", follow=True)
        assert 'name="login"' in answer.text or answer.status_code == 403 or answer.redirect_chain[-1][0] == "/"
        assert "Site administration" not in answer.text
