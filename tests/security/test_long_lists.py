"""Work and answer never grow with a stranger's list: it is refused by its length, before anybody looks into it."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from socialapp.api.parsers import MOST_JSON_BYTES
from socialapp.users.models import Person
from tests.people import logged_in

V1 = "/api/social/v1/"
MOST_OF_AN_ANSWER = 10_000

# Each is the most that a body holds of them, 64 KB.
LISTS = [
    ("post", "notifications/read/", {"ids": [1] * 20_000}),
    ("post", "notifications/unread/", {"ids": ["n1"] * 10_000}),
    ("post", "posts/", {"body": "x", "pictures": [1] * 20_000}),
    ("post", "posts/", {"body": "x", "pictures": [{}] * 15_000}),
    ("patch", "notifications/preferences/", {"preferences": [{}] * 15_000}),
]


@pytest.fixture
def ada_api(api_of: Callable[[Person | None], APIClient], ada: Person) -> APIClient:
    """The attacker's program: of an ordinary account."""
    return api_of(ada)


@pytest.mark.parametrize(("method", "route", "body"), LISTS)
def test_nothing_in_a_list_that_is_too_long_is_looked_at(
    ada_api: APIClient, method: str, route: str, body: dict[str, Any]
) -> None:
    with mock.patch("rest_framework.fields.ListField.run_child_validation") as looked_into:
        answer = getattr(ada_api, method)(V1 + route, body)
    assert (answer.status_code, looked_into.call_count) == (400, 0)
    assert len(answer.content) < MOST_OF_AN_ANSWER


def test_the_list_of_a_post_that_is_edited_is_bounded_too(ada_api: APIClient) -> None:
    post = ada_api.post(V1 + "posts/", {"body": "x"}).json()["id"]
    with mock.patch("rest_framework.fields.ListField.run_child_validation") as looked_into:
        answer = ada_api.patch(f"{V1}posts/{post}/", {"pictures": [{}] * 15_000})
    assert (answer.status_code, looked_into.call_count) == (400, 0)


@pytest.mark.parametrize(
    "body", [{"ids": ["x" * 30] * 1_000}, {"ids": [{"a": 1}] * 1_000}, {"ids": ["x" * 60_000]}], ids=str
)
def test_an_answer_names_some_of_what_is_wrong_and_not_all(ada_api: APIClient, body: dict[str, Any]) -> None:
    answer = ada_api.post(V1 + "notifications/read/", body)
    assert answer.status_code == 400
    assert 1 <= len(answer.json()["errors"]) <= 20
    assert len(answer.content) < MOST_OF_AN_ANSWER


def test_a_wrong_word_is_not_sent_back_at_its_full_length(ada_api: APIClient) -> None:
    cell = {"kind": "x" * 60_000, "channel": "inbox", "from_whom": "everyone"}
    answer = ada_api.patch(V1 + "notifications/preferences/", {"preferences": [cell]})
    assert answer.status_code == 400
    assert len(answer.content) < MOST_OF_AN_ANSWER


@pytest.mark.parametrize("route", ["posts/", "notifications/read/", "notifications/endpoints/webhook/"])
def test_json_beyond_64_kb_is_refused_unread(ada_api: APIClient, route: str) -> None:
    body = b'{"body": "' + b"x" * MOST_JSON_BYTES + b'"}'
    with mock.patch("rest_framework.parsers.json.load") as read:
        answer = ada_api.generic("POST", V1 + route, body, content_type="application/json")  # type: ignore[arg-type]
    assert (answer.status_code, answer["Content-Type"], read.call_count) == (413, "application/problem+json", 0)


def test_the_longest_post_passes_however_its_characters_are_escaped(ada_api: APIClient) -> None:
    body = json.dumps({"body": "\N{FOX FACE}" * 5_000})
    assert len(body) > 60_000
    assert ada_api.generic("POST", V1 + "posts/", body, content_type="application/json").status_code == 201


Described = tuple[str, dict[str, Any]]


def bodies_and_parameters() -> Iterator[Described]:
    """(where, schema) of all that clients may send."""
    described = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    named = described["components"]["schemas"]
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            where = f"{method.upper()} {path}"
            for parameter in operation.get("parameters", []):
                yield from within(f"{where} {parameter['name']}", parameter["schema"], named)
            for content in operation.get("requestBody", {}).get("content", {}).values():
                yield from within(where, content["schema"], named)


def within(where: str, schema: dict[str, Any], named: dict[str, Any]) -> Iterator[Described]:
    """The schema and all that it is made of."""
    schema = named[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    yield where, schema
    parts = [(where, inner) for key in ("allOf", "oneOf") for inner in schema.get(key, [])]
    parts += [(f"{where} {name}", inner) for name, inner in schema.get("properties", {}).items()]
    parts += [(where, schema["items"])] if "items" in schema else []
    for place, inner in parts:
        yield from within(place, inner, named)


def test_each_list_that_may_be_sent_has_a_greatest_length() -> None:
    lists = {where: schema for where, schema in bodies_and_parameters() if schema.get("type") == "array"}
    assert {where.rpartition(" ")[2] for where in lists} >= {"ids", "pictures", "preferences"}
    assert [where for where, schema in lists.items() if "maxItems" not in schema] == []


def test_each_text_that_may_be_sent_has_a_greatest_length() -> None:
    def is_bounded(schema: dict[str, Any]) -> bool:
        return not {"maxLength", "enum", "pattern"}.isdisjoint(schema) or schema.get("format") in {
            "date-time",
            "binary",  # up to 10 MB, of pictures
        }

    texts = {where: schema for where, schema in bodies_and_parameters() if schema.get("type") == "string"}
    assert len(texts) > 50
    assert [where for where, schema in texts.items() if not is_bounded(schema)] == []


def test_no_object_that_may_be_sent_has_keys_of_the_senders_own() -> None:
    objects = {where: schema for where, schema in bodies_and_parameters() if schema.get("type") == "object"}
    assert [where for where, schema in objects.items() if schema.get("additionalProperties")] == []


@pytest.mark.parametrize(
    "address", ["/theme/", "/accounts/login/", "/posts/", "/settings/", "/settings/notifications/"]
)
def test_a_form_of_very_many_fields_is_a_bad_request(ada: Person, address: str) -> None:
    fields = "&".join(f"a{number}=" for number in range(500))
    for browser in (Client(raise_request_exception=False), logged_in(ada)):
        answer = browser.post(address, fields, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 400


def test_a_form_of_very_many_files_is_a_bad_request(ada: Person) -> None:
    parts = "".join(
        f'--x\r\nContent-Disposition: form-data; name="f{number}"; filename="a"\r\n\r\nb\r\n' for number in range(50)
    )
    answer = logged_in(ada).post("/posts/", f"{parts}--x--\r\n", content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 400


def test_a_form_that_is_too_large_is_told_so(ada: Person) -> None:
    answer = logged_in(ada).post("/posts/", {"body": "x" * 2_000_000})
    assert answer.status_code == 413
