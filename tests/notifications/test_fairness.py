"""One person's slow receivers do not hold up other people's deliveries."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from notifications.channels import channel, safe_http
from notifications.channels.base import TemporaryFailure
from notifications.deliveries.lease import claim, normal_host
from notifications.deliveries.notices import send_test
from notifications.deliveries.recheck import recheck
from notifications.deliveries.send import deliver, send
from notifications.endpoints.operations import add_webhook
from notifications.models import Circuit, Delivery, Endpoint, Pace
from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.notifications.activities import comment
from tests.notifications.fakes import Other, pass_time

pytestmark = pytest.mark.django_db


def webhooks_of(person: Person, other: Other, count: int) -> None:
    """With a test to each that is due; each at a host of its own, as far as we are asked."""
    for number in range(count):
        endpoint, _ = add_webhook(person=person, name=f"{number}", address=f"{other.fakes.url}/hooks/slow{number}")
        Endpoint.objects.filter(pk=endpoint.pk).update(host=f"slow{number}.example")
        endpoint.refresh_from_db()
        send_test(endpoint=endpoint)


def test_a_person_has_two_in_hand_and_the_next_one_in_hand_is_anothers(
    other: Other, ada: Person, charlie: Person, bob: Person
) -> None:
    webhooks_of(ada, other, 20)
    other.webhook_of(charlie)
    comment(bob, Post.objects.create(author=charlie, body="Of Charlie"))
    in_hand: list[str] = []
    for _ in range(5):
        batches, _more = claim(channel("webhook"))
        in_hand += Delivery.objects.filter(lease__in=[b.lease for b in batches]).values_list(
            "recipient__username", flat=True
        )
    assert sorted(in_hand) == ["ada", "ada", "charlie"]


def test_many_that_are_due_hide_nobody_behind_them(other: Other, ada: Person, charlie: Person, bob: Person) -> None:
    other.webhook_of(ada)
    one = Endpoint.objects.get()
    for _ in range(450):
        send_test(endpoint=one)
    claim(channel("webhook"))
    claim(channel("webhook"))  # her two
    _, receiver = other.webhook_of(charlie)
    comment(bob, Post.objects.create(author=charlie, body="Of Charlie"))
    deliver("webhook")
    assert sum(receiver.times.values()) == 1


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_behind_a_receiver_that_hangs(other: Other, ada: Person, charlie: Person, bob: Person) -> None:
    """Two senders; each claims one at a time, so the second is free for others while the first two hang."""
    webhooks_of(ada, other, 6)
    _, receiver = other.webhook_of(charlie)
    other.script("webhook", "hang 4", "hang 4")

    def run(_number: int) -> None:
        try:
            deliver("webhook")
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as senders:
        hanging = [senders.submit(run, number) for number in range(2)]
        while Delivery.objects.filter(lease__isnull=False).count() < 2:
            time.sleep(0.05)
        comment(bob, Post.objects.create(author=charlie, body="Of Charlie"))
        senders.submit(run, 3).result()
        assert sum(receiver.times.values()) == 1
        assert not any(sender.done() for sender in hanging)


def test_what_a_sender_took_and_did_not_begin_is_anothers_after_a_second(
    other: Other, ada: Person, bob: Person, charlie: Person
) -> None:
    """As it would be behind a receiver that hangs, for ever if its worker died."""
    for person in (ada, bob, charlie):
        other.webhook_of(person)
        Pace.objects.create(person=person, channel="webhook")
        Endpoint.objects.filter(person=person).update(host=f"{person.username}.example")
        send_test(endpoint=Endpoint.objects.get(person=person))
    webhook = channel("webhook")
    taken, _ = claim(webhook)
    assert len(taken) == 3
    assert claim(webhook) == ([], False)
    assert len(recheck(webhook, taken[0])) == 1
    pass_time(timedelta(seconds=1))
    again, _ = claim(webhook)
    assert [batch.id for batch in again] == [batch.id for batch in taken[1:]]
    assert recheck(webhook, taken[1]) == []
    for batch in [taken[0], taken[1], *again]:
        send(webhook, batch)
    assert [other.told(person, "webhook") for person in (ada, bob, charlie)] == [1, 1, 1]


@pytest.mark.parametrize(
    "spelling",
    ["Example.ORG", "example.org.", "example.org:443", "@example.org", ":@EXAMPLE.org.:443", "example.org:80"],
)
def test_a_host_is_one_however_it_is_spelled(spelling: str) -> None:
    assert normal_host(spelling) == "example.org"


def test_other_ports_are_other_hosts() -> None:
    assert normal_host("Example.org:8443") == "example.org:8443"


@pytest.mark.parametrize("url", ["https://@example.org/", "https://:@example.org/", "https://a@example.org/"])
def test_an_address_with_anything_before_an_at_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        safe_http.check_url(url)


def test_a_name_server_that_hangs_has_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_args: Any, **_options: Any) -> list[Any]:
        time.sleep(2)
        return []

    monkeypatch.setattr(safe_http, "TIMEOUT_S", 0.4)
    monkeypatch.setattr(socket, "getaddrinfo", hang)
    with pytest.raises(TemporaryFailure, match="name_server_silent"):
        safe_http.post("https://slow.example/hook", b"{}", {})


def test_a_push_that_is_asked_to_wait_a_day_is_tried_once_more(
    other: Other, ada: Person, bob: Person, post: Post
) -> None:
    other.browser_of(ada)
    other.script("push", "429 86400")
    comment(bob, post)
    deliver("push")
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("waiting", 1)
    assert timedelta(0) < delivery.expires_at - delivery.next_attempt_at < timedelta(hours=9)
    pass_time(timedelta(hours=17))
    deliver("push")
    assert Delivery.objects.get().state == "sent"


def test_a_push_service_that_asks_for_a_day_is_asked_again_within_the_hour(
    other: Other, ada: Person, bob: Person, post: Post
) -> None:
    other.browser_of(ada)
    other.script("push", "429 86400")
    comment(bob, post)
    deliver("push")
    comment(bob, Post.objects.create(author=ada, body="Another"))
    deliver("push")
    assert other.told(ada, "push") == 0
    pass_time(timedelta(hours=1))
    deliver("push")
    assert other.told(ada, "push") == 1


def test_what_is_asked_for_lets_nothing_expire(other: Other, ada: Person, bob: Person, post: Post) -> None:
    other.browser_of(ada)
    comment(bob, Post.objects.create(author=ada, body="Another"))
    Delivery.objects.update(
        expires_at=timezone.now() + timedelta(minutes=9), next_attempt_at=timezone.now() + timedelta(minutes=1)
    )
    other.script("push", "429 86400")
    comment(bob, post)
    deliver("push")
    assert Circuit.objects.filter(open_until__lt=timezone.now() + timedelta(minutes=7)).count() == 1
    pass_time(timedelta(minutes=8))
    deliver("push")
    assert other.told(ada, "push") == 1


def test_a_test_that_fails_turns_nothing_off_and_the_admin_sees_it(
    other: Other, ada: Person, bob: Person, client: Any, settings: LazySettings
) -> None:
    endpoint, _ = other.webhook_of(ada)
    other.script("webhook", "410")
    send_test(endpoint=endpoint)
    deliver("webhook")
    endpoint.refresh_from_db()
    assert (endpoint.disabled_at, endpoint.last_error) == (None, "gone")
    bob.is_staff = bob.is_superuser = True
    bob.save()
    client.force_login(bob)
    page = client.get("/admin/notifications/delivery/dead-letters/").content.decode()
    assert "gone" in page
    assert "<strong>0</strong> dead letters fit" in page
