"""Webhooks' secrets, and a receiver as strict as those that people write with the standard's libraries."""

import json
import threading
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
import urllib3
from django.core.exceptions import ValidationError
from django.db import connection
from standardwebhooks import Webhook

from bin.fakes.webhooks import Receiver
from notifications.channels.webhook import new_secret, signed_headers
from notifications.deliveries.send import deliver
from notifications.endpoints import operations
from notifications.models import Endpoint
from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.notifications.activities import comment
from tests.notifications.fakes import Other

BODY = '{"type":"notification.like","timestamp":"2026-11-28T12:00:00+00:00","data":{"text":"Grüße"}}'


# --- Secrets ---


def secrets_of(endpoint: Endpoint) -> list[str]:
    endpoint.refresh_from_db()
    return [secret["secret"] for secret in endpoint.keys["secrets"]]


def accepts(receiver: Receiver, secret: str, person: Person, post: Post, number: int) -> bool:
    """Whether a receiver that knows this secret takes what comes."""
    receiver.secret = secret
    before = len(receiver.messages)
    comment(person, post, number)
    deliver("webhook")
    return len(receiver.messages) == before + 1


@pytest.mark.django_db
def test_each_secret_signs_until_its_own_day_is_over_however_often_one_rotates(
    other: Other, ada: Person, bob: Person, post: Post
) -> None:
    endpoint, receiver = other.webhook_of(ada)
    first = receiver.secret
    second = operations.rotate_secret(endpoint=endpoint)
    third = operations.rotate_secret(endpoint=endpoint)
    assert secrets_of(endpoint) == [third, second, first]
    assert [accepts(receiver, secret, bob, post, n) for n, secret in enumerate([first, second, third], 1)] == [True] * 3

    one_day_on(endpoint, first)
    endpoint.refresh_from_db()
    fourth = operations.rotate_secret(endpoint=endpoint)
    assert secrets_of(endpoint) == [fourth, third, second]
    headers = signed_headers("msg_1", BODY, endpoint.keys)
    for secret in (second, third, fourth):
        Webhook(secret).verify(BODY, headers)
    assert len(headers["webhook-signature"].split(" ")) == 3


@pytest.mark.django_db
def test_no_secret_ends_early_to_make_room_for_another(other: Other, ada: Person) -> None:
    endpoint, receiver = other.webhook_of(ada)
    for _ in range(operations.SECRETS_AT_ONCE - 1):
        operations.rotate_secret(endpoint=endpoint)
    with pytest.raises(ValidationError, match="secrets within a day"):
        operations.rotate_secret(endpoint=endpoint)
    assert receiver.secret in secrets_of(endpoint)
    assert len(secrets_of(endpoint)) == operations.SECRETS_AT_ONCE
    one_day_on(endpoint, receiver.secret)
    operations.rotate_secret(endpoint=endpoint)


@pytest.mark.django_db(transaction=True)
def test_two_rotations_at_once_lose_no_secret(other: Other, ada: Person) -> None:
    endpoint, receiver = other.webhook_of(ada)
    made: list[str] = []
    ready = threading.Barrier(4)

    def rotate() -> None:
        mine = Endpoint.objects.get(pk=endpoint.pk)
        ready.wait()
        made.append(operations.rotate_secret(endpoint=mine))
        connection.close()

    threads = [threading.Thread(target=rotate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(secrets_of(endpoint)) == {receiver.secret, *made}


def one_day_on(endpoint: Endpoint, secret: str) -> None:
    """As if the day of this secret were over."""
    endpoint.refresh_from_db()
    for kept in endpoint.keys["secrets"]:
        if kept["secret"] == secret:
            kept["until"] = (datetime.fromisoformat(kept["until"]) - timedelta(days=1)).isoformat()
    endpoint.save()


# --- What the receiver refuses ---


def header(name: str, value: str) -> Any:
    return lambda parts: parts["headers"].update({name: value})


def resigned(**changed: Any) -> Any:
    """Signed as it should be, but for other words."""
    return lambda parts: parts.update(signed(parts["secret"], **changed))


def signed(secret: str, body: str = BODY, id_: str = "msg_1", at: str = "") -> dict[str, Any]:
    at = at or str(int(time.time()))
    signature = Webhook(secret).sign(id_, datetime.fromtimestamp(float(at)).astimezone(), body)
    if datetime.now().astimezone().utcoffset() or "." in at:  # the library signs UTC, and whole seconds, only
        signature = Webhook(secret).sign(id_, datetime.utcfromtimestamp(float(at)), body)  # noqa: DTZ004
    return {
        "body": body.encode(),
        "headers": {
            "webhook-id": id_,
            "webhook-timestamp": at,
            "webhook-signature": signature,
            "Content-Type": "application/json",
        },
    }


WRONG: list[tuple[str, Any, str]] = [
    ("another body", lambda p: p.update(body=BODY.replace("like", "love").encode()), "No matching signature"),
    ("the same JSON in other bytes", lambda p: p.update(body=json.dumps(json.loads(BODY)).encode()), "No matching"),
    ("another secret", lambda p: p.update(signed(new_secret())), "No matching signature"),
    ("no id", lambda p: p["headers"].pop("webhook-id"), "webhook-id comes 0 times"),
    ("no timestamp", lambda p: p["headers"].pop("webhook-timestamp"), "webhook-timestamp comes 0 times"),
    ("no signature", lambda p: p["headers"].pop("webhook-signature"), "webhook-signature comes 0 times"),
    ("an id with a dot", resigned(id_="msg.1"), "webhook-id is empty"),
    ("too old", resigned(at=str(int(time.time()) - 10_000)), "Message timestamp too old"),
    ("too new", resigned(at=str(int(time.time()) + 10_000)), "Message timestamp too new"),
    ("a fraction of a second", resigned(at=f"{int(time.time())}.5"), "webhook-timestamp is no number"),
    ("a time in words", header("webhook-timestamp", "now"), "webhook-timestamp is no number"),
    ("a signature of another kind", header("webhook-signature", "v1a,abc"), "webhook-signature is no list"),
    ("a signature without a kind", header("webhook-signature", "abc"), "webhook-signature is no list"),
    ("no JSON", resigned(body="hello"), "Expecting value"),
    ("no object", resigned(body="[1]"), "the payload has no type"),
    ("no data", resigned(body='{"type":"a","timestamp":"2026-11-28T12:00:00Z"}'), "the payload has no type"),
    ("a time without a zone", resigned(body=BODY.replace("+00:00", "")), "the payload's type is no words"),
    ("no content type", header("Content-Type", "text/plain"), "Content-Type is not application/json"),
]


@pytest.mark.parametrize(("wrong", "rule"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_the_receiver_refuses_what_the_standards_verifiers_refuse(wrong: Any, rule: str, other: Other) -> None:
    receiver = other.fakes.webhook.receiver("ada")
    receiver.secret = new_secret()
    parts = {"secret": receiver.secret, **signed(receiver.secret)}
    address = f"{other.fakes.url}/hooks/ada"
    assert urllib3.request("POST", address, body=parts["body"], headers=parts["headers"]).status == 204
    wrong(parts)
    answer = urllib3.request("POST", address, body=parts["body"], headers=parts["headers"])
    assert answer.status == 400
    assert rule in answer.data.decode()
    assert len(receiver.messages) == 1


@pytest.mark.parametrize("secret", ["whsec_", "whsec_AAAA", "AAAA", "whsec_" + "A" * 120, "whsec_!!!!"])
def test_a_receiver_with_no_secret_of_the_standard_takes_nothing(secret: str, other: Other) -> None:
    receiver = other.fakes.webhook.receiver("ada")
    receiver.secret = secret
    parts = signed(new_secret())
    answer = urllib3.request("POST", f"{other.fakes.url}/hooks/ada", body=parts["body"], headers=parts["headers"])
    assert answer.status == 400
