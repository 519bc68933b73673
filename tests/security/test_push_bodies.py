"""What a browser sends about its push subscription is read as carefully as any other body."""

import json

import pytest

from socialapp.users.models import Person
from tests.people import logged_in

HOSTILE = {
    "100,000 lists in each other": "[" * 100_000,
    "60,000 objects in each other": '{"endpoint":' * 60_000,
    "NUL in an address": json.dumps({"endpoint": "https://push.example/\0"}),
    "a lone surrogate in an address": json.dumps({"endpoint": "https://push.example/\ud800"}),
    "a list for an address": json.dumps({"endpoint": ["https://push.example/"]}),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=list(HOSTILE))
@pytest.mark.parametrize("path", ["/settings/devices/push/", "/settings/devices/push/state/"])
def test_a_hostile_body_about_push_is_refused(ada: Person, path: str, body: str) -> None:
    answer = logged_in(ada).post(path, body, content_type="application/json")

    assert answer.status_code == 400
