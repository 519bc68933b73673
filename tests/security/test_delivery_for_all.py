"""Attacks of one account on what leaves the house for everybody."""

from collections import Counter
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from bin.fakes.script import Answer
from notifications.channels import channel, safe_http
from notifications.deliveries import outcome
from notifications.deliveries.lease import claim
from notifications.deliveries.notices import send_test
from notifications.deliveries.send import deliver
from notifications.endpoints.operations import remove_endpoint
from notifications.models import Circuit, Delivery, Endpoint, Pace
from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.notifications.activities import comment
from tests.notifications.fakes import Other, other, pass_time

pytestmark = pytest.mark.django_db
__all__ = ["other"]

A_WHILE = timedelta(minutes=4)


@pytest.mark.parametrize("name", ["x\r\ny", "x\r\nBcc: all@example.org", "a\u2028b", "a\x00b".replace("\x00", "\x85")])
def test_a_name_with_line_breaks_neither_stops_mail_nor_becomes_a_header(
    name: str, other: Other, ada: Person, bob: Person, charlie: Person
) -> None:
    """As it was stored before names were of one line."""
    endpoint = other.mail_of(ada)
    other.mail_of(charlie)
    Person.objects.filter(pk=ada.pk).update(name=name)
    for _ in range(6):
        send_test(endpoint=endpoint)
        deliver("email")
    assert Circuit.objects.get(name="email server").failures == 0
    assert {mail.to for mail in other.fakes.mail.mails} == {"ada@example.org"}
    assert not any(mail.message["Bcc"] for mail in other.fakes.mail.mails)
    comment(bob, Post.objects.create(author=charlie, body="Of Charlie"))
    pass_time(A_WHILE)
    deliver("email")
    assert other.told(charlie, "email") == 1


@pytest.mark.parametrize(
    "answer", ["rcpt 451 4.7.1 later", "rcpt 550 5.7.1 policy", "data 451 later", "data 554 5.7.1 no"]
)
def test_an_address_that_is_always_refused_holds_up_nobody_elses_mail(
    answer: str, other: Other, ada: Person, bob: Person, charlie: Person
) -> None:
    endpoint = other.mail_of(ada)
    other.mail_of(charlie)
    other.fakes.mail.answers_of["ada@example.org"] = Answer.read(answer)
    for _ in range(12):
        send_test(endpoint=endpoint)
        deliver("email")
        pass_time(timedelta(seconds=10))
    comment(bob, Post.objects.create(author=charlie, body="Of Charlie"))
    pass_time(A_WHILE)
    deliver("email")
    assert other.told(charlie, "email") == 1
    assert Circuit.objects.get(name="email server").failures == 0


def test_twenty_slow_webhooks_of_one_account_take_two_senders(
    other: Other, ada: Person, bob: Person, charlie: Person
) -> None:
    """Each at another spelling of one host."""
    endpoint, _ = other.webhook_of(ada)
    spellings = ["slow.example", "SLOW.example", "slow.example.", "slow.example:443", "@slow.example", ":@Slow.example"]
    for number in range(20):
        endpoint.pk, endpoint.host = None, spellings[number % len(spellings)]
        endpoint._state.adding = True
        endpoint.circuit = Circuit.objects.create(name=f"webhook {number}")
        endpoint.save()
        send_test(endpoint=endpoint)
    other.webhook_of(charlie)
    comment(bob, Post.objects.create(author=charlie, body="Of Charlie"))
    for _ in range(8):
        claim(channel("webhook"))
    held = Delivery.objects.filter(lease__isnull=False, next_attempt_at__gt=timezone.now())
    assert sorted(held.values_list("recipient__username", flat=True)) == ["ada", "ada", "charlie"]


def test_two_accounts_with_spellings_of_one_host_have_four_in_hand_there(
    other: Other, ada: Person, bob: Person, charlie: Person
) -> None:
    for person in (ada, bob, charlie):
        for number in range(3):
            endpoint, _ = other.webhook_of(person)
            Endpoint.objects.filter(pk=endpoint.pk).update(
                host=["slow.example", "SLOW.example.", "slow.example:443"][number]
            )
            endpoint.refresh_from_db()
            send_test(endpoint=endpoint)
    for _ in range(9):
        claim(channel("webhook"))
    assert Delivery.objects.filter(lease__isnull=False).count() == channel("webhook").caps.per_host


def slow_webhooks(other: Other, people: list[Person], count: int = 2) -> None:
    """Each at a host of its own, with a test that is due."""
    for person in people:
        for number in range(count):
            endpoint, _ = other.webhook_of(person)
            Endpoint.objects.filter(pk=endpoint.pk).update(host=f"slow{number}.{person.username}.example")
            endpoint.refresh_from_db()
            send_test(endpoint=endpoint)


def in_hand() -> Counter[str]:
    """By people."""
    return Counter(Delivery.objects.filter(lease__isnull=False).values_list("recipient__username", flat=True))


def test_many_accounts_with_many_slow_hosts_hold_two_of_eight_senders(
    other: Other, ada: Person, bob: Person, charlie: Person
) -> None:
    crowd = [Person.objects.create(username=f"crowd{number}") for number in range(8)]
    Pace.objects.bulk_create([Pace(person=person, channel="webhook", slow_at=timezone.now()) for person in crowd])
    slow_webhooks(other, crowd)
    other.webhook_of(charlie)
    comment(bob, Post.objects.create(author=charlie, body="Of Charlie"))
    for _ in range(8):
        claim(channel("webhook"))
    held = in_hand()
    assert (held.pop("charlie"), held.total()) == (1, 2)


def test_accounts_that_never_answered_yet_leave_half_of_the_senders_to_those_that_did(
    other: Other, ada: Person, bob: Person, charlie: Person
) -> None:
    slow_webhooks(other, [Person.objects.create(username=f"crowd{number}") for number in range(8)])
    other.webhook_of(charlie)
    Pace.objects.create(person=charlie, channel="webhook")
    comment(bob, Post.objects.create(author=charlie, body="Of Charlie"))
    for _ in range(8):
        claim(channel("webhook"))
    held = in_hand()
    assert (held.pop("charlie"), held.total()) == (1, 4)


def test_who_was_slow_is_slow_by_another_endpoint_too(
    other: Other, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcome, "SLOW_MS", 200)
    monkeypatch.setattr(safe_http, "TIMEOUT_S", 0.4)
    endpoint, _ = other.webhook_of(ada)
    send_test(endpoint=endpoint)
    deliver("webhook")
    assert Pace.objects.get().slow_at is None
    other.script("webhook", "hang 2")
    send_test(endpoint=endpoint)
    deliver("webhook")
    remove_endpoint(endpoint=endpoint)
    endpoint, _ = other.webhook_of(ada)
    send_test(endpoint=endpoint)
    deliver("webhook")
    assert Pace.objects.filter(slow_at__gt=timezone.now() - timedelta(minutes=1)).count() == 1


def test_many_accounts_at_one_host_hold_two_senders_while_others_wait(
    other: Other, bob: Person, charlie: Person
) -> None:
    crowd = [Person.objects.create(username=f"crowd{number}") for number in range(8)]
    Pace.objects.bulk_create([Pace(person=person, channel="webhook") for person in [*crowd, charlie]])
    slow_webhooks(other, crowd, 1)
    Endpoint.objects.update(host="one.example")
    Delivery.objects.update(host="one.example")
    other.webhook_of(charlie)
    comment(bob, Post.objects.create(author=charlie, body="Of Charlie"))
    claim(channel("webhook"))
    held = in_hand()
    assert (held.pop("charlie"), held.total()) == (1, 2)
    for _ in range(7):
        claim(channel("webhook"))
    assert in_hand().total() == 1 + channel("webhook").caps.per_host


def test_a_person_who_has_one_in_hand_comes_after_one_who_has_none(
    other: Other, ada: Person, bob: Person, charlie: Person
) -> None:
    slow_webhooks(other, [ada], 3)
    slow_webhooks(other, [charlie], 1)
    for _ in range(2):
        claim(channel("webhook"))
    assert in_hand() == {"ada": 1, "charlie": 1}


def test_a_time_zone_of_ones_own_making_is_refused(ada: Person, client: Client) -> None:
    client.force_login(ada)
    for zone in ("localtime", "Factory", "posixrules", "../../etc/passwd", "Mars/Olympus", "", "\x00", "a" * 10_000):
        answer = client.patch("/api/social/v1/notifications/schedule/", {"time_zone": zone}, "application/json")
        assert answer.status_code == 400, zone
