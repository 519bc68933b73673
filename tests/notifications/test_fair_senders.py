"""Real sender processes: what waits for one person, or hangs there, is not in the way of another's."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from bin.fakes.push import Browser
from bin.fakes.webhooks import Receiver
from config.env import CHECKOUT
from notifications.deliveries.notices import send_test
from notifications.models import Attempt, Delivery, Endpoint
from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.notifications.activities import comment
from tests.notifications.fakes import Other

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

FLOOD = 1_000
# As a channel's worker: some threads, each of which sends what is due, until there is nothing more to read.
SENDERS = """
import sys, threading, time
import django
django.setup()
from notifications.deliveries.send import deliver
def run():
    while True:
        deliver(sys.argv[1])
        time.sleep(0.05)
for _ in range(4):
    threading.Thread(target=run, daemon=True).start()
sys.stdin.read()
"""


@contextmanager
def senders(name: str, other: Other) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two processes of four senders each, as many as one machine has, on the tests' database."""
    db = connection.settings_dict
    environment = os.environ | {
        "DATABASE_URL": f"postgres://{db['USER']}:{db['PASSWORD']}@{db['HOST']}:{db['PORT']}/{db['NAME']}",
        "SOCIALAPP_ALLOWED_PRIVATE_HOSTS": other.fakes.url.removeprefix("http://"),
        "PYTHONPATH": str(CHECKOUT),
    }
    command = [sys.executable, "-c", SENDERS, name]
    found = [subprocess.Popen(command, env=environment, stdin=subprocess.PIPE) for _ in range(2)]
    try:
        yield found
    finally:
        for process in found:
            process.communicate()


def wait_until_sent(person: Person, alive: list[subprocess.Popen[bytes]]) -> None:
    """Something arrived at an endpoint of this person, and its sender knows."""
    while not Delivery.objects.filter(recipient=person, state="sent").exists():
        assert all(process.poll() is None for process in alive)
        time.sleep(0.02)


def endpoint_of(person: Person, name: str, other: Other) -> tuple[Endpoint, Browser | Receiver]:
    """And what answers there."""
    return other.browser_of(person) if name == "push" else other.webhook_of(person)


def flood(endpoint: Endpoint, count: int) -> None:
    """So many are due there."""
    send_test(endpoint=endpoint)
    (found,) = Delivery.objects.values()
    one: dict[str, Any] = {**found}
    due_at = one.pop("next_attempt_at") - timedelta(minutes=1)
    one.pop("id")
    Delivery.objects.all().delete()
    Delivery.objects.bulk_create(Delivery(**one, next_attempt_at=due_at) for _ in range(count))


@pytest.mark.parametrize("name", ["push", "webhook"])
def test_anothers_arrives_while_one_persons_receiver_hangs(
    name: str, other: Other, ada: Person, bob: Person, charlie: Person
) -> None:
    endpoint, there = endpoint_of(ada, name, other)
    there.hangs = 4
    flood(endpoint, 20)
    endpoint_of(charlie, name, other)
    with senders(name, other) as alive:
        while Delivery.objects.filter(recipient=ada, lease__isnull=False).count() < 2:
            assert all(process.poll() is None for process in alive)
            time.sleep(0.02)
        comment(bob, Post.objects.create(author=charlie, body="Of Charlie"))
        wait_until_sent(charlie, alive)
        there.hangs = 0
        while not Attempt.objects.filter(delivery__recipient=ada).exists():
            time.sleep(0.02)
    first = Attempt.objects.earliest("id")
    assert first.delivery.recipient == charlie


@pytest.mark.parametrize("name", ["push", "webhook"])
def test_anothers_arrives_before_one_persons_thousand_are_through(
    name: str, other: Other, ada: Person, bob: Person, charlie: Person
) -> None:
    endpoint, _ = endpoint_of(ada, name, other)
    endpoint_of(charlie, name, other)
    flood(endpoint, FLOOD)
    comment(bob, Post.objects.create(author=charlie, body="Of Charlie"))
    with senders(name, other) as alive:
        wait_until_sent(charlie, alive)
        before = Delivery.objects.filter(recipient=ada, state="sent").count()
    assert before < FLOOD / 2
