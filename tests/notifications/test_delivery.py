"""Each channel and each failure: how it ends, after how many attempts, and why; as docs/delivery.md has it."""

import re
from datetime import timedelta

import pytest
from anymail.signals import AnymailTrackingEvent, tracking
from django.utils import translation

from config.env import CHECKOUT
from notifications.channels import channel, safe_http
from notifications.deliveries.send import deliver
from notifications.models import Attempt, Circuit, Delivery, Endpoint, Reason
from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.notifications.activities import comment, uncomment
from tests.notifications.fakes import Other, pass_time

pytestmark = pytest.mark.django_db

A_WHILE = timedelta(minutes=10)

# (channel, what the other side answers) → (state, attempts, reason, what becomes of the endpoint)
TABLE = [
    ("email", "ok", "sent", 1, "", ""),
    ("email", "451", "sent", 2, "", ""),
    ("email", "reset", "sent", 2, "", ""),
    ("email", "hang 2", "sent", 2, "", ""),
    ("email", "552", "dead", 1, "mail_refused", ""),
    ("email", "550", "dead", 1, "no_mailbox", "no_mailbox"),
    ("push", "ok", "sent", 1, "", ""),
    ("push", "400", "dead", 1, "push_answered", ""),
    ("push", "401", "sent", 2, "", ""),
    ("push", "403", "sent", 2, "", ""),
    ("push", "404", "dead", 1, "subscription_ended", "subscription_ended"),
    ("push", "410", "dead", 1, "subscription_ended", "subscription_ended"),
    ("push", "413", "sent", 1, "", ""),
    ("push", "429 7", "sent", 2, "", ""),
    ("push", "500", "sent", 2, "", ""),
    ("push", "hang 2", "sent", 2, "", ""),
    ("push", "reset", "sent", 2, "", ""),
    ("webhook", "ok", "sent", 1, "", ""),
    ("webhook", "302", "sent", 2, "", ""),
    ("webhook", "400", "sent", 2, "", ""),
    ("webhook", "410", "dead", 1, "gone", "gone"),
    ("webhook", "413", "sent", 2, "", ""),
    ("webhook", "429 7", "sent", 2, "", ""),
    ("webhook", "500", "sent", 2, "", ""),
    ("webhook", "hang 2", "sent", 2, "", ""),
    ("webhook", "reset", "sent", 2, "", ""),
    ("webhook", "drip 1", "sent", 2, "", ""),
    ("webhook", "cut", "sent", 2, "", ""),
]


def send_all(name: str, until: timedelta = A_WHILE) -> None:
    """What is due now, and what becomes due within that time, in steps."""
    deliver(name)
    for _ in range(20):
        pass_time(until / 20)
        deliver(name)


@pytest.mark.parametrize(("name", "answer", "state", "attempts", "reason", "endpoint_off"), TABLE)
def test_each_failure_ends_as_the_table_says(
    name: str,
    answer: str,
    state: str,
    attempts: int,
    reason: str,
    endpoint_off: str,
    other: Other,
    ada: Person,
    bob: Person,
    post: Post,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(safe_http, "TIMEOUT_S", 1.0)
    endpoint = other.endpoint_of(ada, name)
    other.script(name, answer)
    comment(bob, post)
    send_all(name)

    delivery = Delivery.objects.get(endpoint=endpoint)
    assert (delivery.state, delivery.attempts, delivery.reason) == (state, attempts, reason)
    assert Attempt.objects.filter(delivery=delivery).count() == attempts
    endpoint.refresh_from_db()
    assert endpoint.disabled_reason == endpoint_off
    assert other.told(ada, name) == (state == "sent")


def test_the_table_is_the_documented_one() -> None:
    told = (CHECKOUT / "docs" / "delivery.md").read_text()
    rows = set(re.findall(r"^\| (\w+) \| `([\w ]+)` \| (\w+) \| (\d) \| (?:`(\w+)` )?\|", told, re.MULTILINE))
    assert rows == {(name, answer, state, str(attempts), reason) for name, answer, state, attempts, reason, _ in TABLE}


def test_each_reason_is_documented() -> None:
    told = (CHECKOUT / "docs" / "delivery.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|$", told, re.MULTILINE)
    with translation.override("en"):
        labels = [(reason.value, re.sub(r"%\((\w+)\)s", r"*\1*", str(reason.label))) for reason in Reason]
    assert rows == labels


def test_retry_after_is_honoured(other: Other, ada: Person, bob: Person, post: Post) -> None:
    other.webhook_of(ada)
    other.script("webhook", "429 3600")
    comment(bob, post)
    deliver("webhook")
    for _ in range(5):
        pass_time(timedelta(minutes=11))
        deliver("webhook")
    assert Delivery.objects.get().attempts == 1
    pass_time(timedelta(minutes=6))
    deliver("webhook")
    assert (Delivery.objects.get().state, Delivery.objects.get().attempts) == ("sent", 2)


def test_what_outlasts_its_worth_is_a_dead_letter(other: Other, ada: Person, bob: Person, post: Post) -> None:
    other.webhook_of(ada)
    other.script("webhook", always="500")
    comment(bob, post)
    deliver("webhook")
    for _ in range(100):
        pass_time(timedelta(hours=1))
        deliver("webhook")
    delivery = Delivery.objects.get()
    assert delivery.state == "dead"
    assert delivery.reason_text in {"gave up: answered 500", "not sent in time"}
    # After the doubling, one try every 3 hours: no storm on one who is down.
    assert 30 <= delivery.attempts <= 60


def test_an_outage_shorter_than_the_horizon_loses_nothing(other: Other, ada: Person, bob: Person, post: Post) -> None:
    """SMTP dead for ten minutes, then alive: all delivered, each once."""
    people = [ada, bob]
    for person in people:
        other.mail_of(person)
    other.script("email", always="reset")
    comment(bob, post)
    pass_time(timedelta(minutes=4))
    for _ in range(20):
        deliver("email")
        pass_time(timedelta(seconds=30))
    assert other.told(ada, "email") == 0
    other.script("email")
    for _ in range(20):
        deliver("email")
        pass_time(timedelta(seconds=30))
    assert other.told(ada, "email") == 1
    assert Delivery.objects.get().state == "sent"


def test_the_breaker_opens_and_lets_one_probe_through(other: Other, ada: Person, bob: Person, post: Post) -> None:
    endpoint, receiver = other.webhook_of(ada)
    other.script("webhook", always="500")
    for number in range(20):
        comment(bob, post, number + 1)
        deliver("webhook")
    assert Circuit.objects.get(pk=endpoint.circuit_id).failures == Circuit.TRIPS_AT
    assert Attempt.objects.count() == Circuit.TRIPS_AT
    pass_time(timedelta(seconds=30))
    deliver("webhook")
    assert Attempt.objects.count() == Circuit.TRIPS_AT + 1
    other.script("webhook")
    for _ in range(10):
        pass_time(timedelta(minutes=6))
        deliver("webhook")
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    assert Circuit.objects.get(pk=endpoint.circuit_id).failures == 0
    assert set(receiver.times.values()) == {1}


def test_liked_and_unliked_fifty_times_is_one_push(other: Other, ada: Person, bob: Person, post: Post) -> None:
    _, browser = other.browser_of(ada)
    for _ in range(50):
        comment(bob, post)
        deliver("push")
        uncomment(bob, post)
        deliver("push")
        pass_time(timedelta(minutes=2))
    assert len(browser.messages) == 1
    assert Delivery.objects.count() == 1


def test_what_is_taken_back_in_time_is_not_sent(other: Other, ada: Person, bob: Person, post: Post) -> None:
    other.mail_of(ada)
    comment(bob, post)
    uncomment(bob, post)
    pass_time(timedelta(minutes=4))
    deliver("email")
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.reason, delivery.attempts) == ("suppressed", "taken_back", 0)


def test_read_on_one_device_cancels_the_rest(other: Other, ada: Person, bob: Person, post: Post) -> None:
    from notifications.inbox.reading import mark_all_read

    other.mail_of(ada)
    _, receiver = other.webhook_of(ada)
    comment(bob, post)
    mark_all_read(person_id=ada.pk)
    pass_time(timedelta(minutes=4))
    deliver("email")
    deliver("webhook")
    found = dict(Delivery.objects.values_list("channel", "reason"))
    assert found == {"email": "read", "webhook": ""}
    assert len(receiver.messages) == 1


def test_a_burst_is_one_mail(other: Other, ada: Person, bob: Person, charlie: Person, post: Post) -> None:
    other.mail_of(ada)
    comment(bob, post, 1)
    comment(charlie, post, 2)
    from socialapp.follows.operations import follow
    from socialapp.messaging.consumer import consume

    follow(follower_id=bob.pk, followee_id=ada.pk)
    consume()
    pass_time(timedelta(minutes=4))
    deliver("email")

    (mail,) = other.fakes.mail.mails
    assert mail.message["Subject"] == "Charlie and Bob commented on your post, and 1 more"
    assert "Bob followed you" in mail.part("plain")
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.message["Message-ID"].startswith(f"<delivery-{Delivery.objects.order_by('id')[0].batch}@")
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_later_versions_join_what_waits(other: Other, ada: Person, bob: Person, charlie: Person, post: Post) -> None:
    _, browser = other.browser_of(ada)
    comment(bob, post, 1)
    deliver("push")
    comment(charlie, post, 2)
    comment(bob, post, 3)
    deliver("push")
    assert len(browser.messages) == 1  # within a minute of the last one, none
    pass_time(timedelta(minutes=2))
    deliver("push")
    assert [message["title"] for message in browser.messages] == [
        "Bob commented on your post",
        "Bob and Charlie commented on your post",
    ]
    # The later replaces the earlier: one visible per group.
    assert len(browser.waiting) == 1
    assert Delivery.objects.filter(state="sent").count() == 2


def test_a_dead_subscription_does_not_suppress_the_mail(other: Other, ada: Person, bob: Person, post: Post) -> None:
    other.mail_of(ada)
    other.browser_of(ada)
    other.script("push", "410")
    comment(bob, post)
    deliver("push")
    pass_time(timedelta(minutes=4))
    deliver("email")
    assert dict(Delivery.objects.values_list("channel", "state")) == {"push": "dead", "email": "sent"}
    assert Endpoint.objects.get(channel="push").disabled_at is not None


def test_what_a_dead_worker_held_is_sent_when_its_lease_ends(
    other: Other, ada: Person, bob: Person, post: Post
) -> None:
    from notifications.deliveries.lease import LEASE, claim

    _, receiver = other.webhook_of(ada)
    comment(bob, post)
    batches, _ = claim(channel("webhook"))
    assert len(batches) == 1
    deliver("webhook")
    assert receiver.messages == []
    pass_time(LEASE)
    deliver("webhook")
    assert set(receiver.times.values()) == {1}


def test_who_lost_the_lease_changes_nothing(other: Other, ada: Person, bob: Person, post: Post) -> None:
    from notifications.deliveries.lease import LEASE, claim
    from notifications.deliveries.send import send

    _, receiver = other.webhook_of(ada)
    comment(bob, post)
    (late,), _ = claim(channel("webhook"))
    pass_time(LEASE)
    deliver("webhook")
    assert send(channel("webhook"), late) is None
    assert set(receiver.times.values()) == {1}
    assert Delivery.objects.get().attempts == 1


@pytest.mark.parametrize(
    ("event_type", "reject_reason", "off"),
    [
        ("bounced", "bounced", True),
        ("bounced", "timed_out", False),
        ("complained", None, True),
        ("delivered", None, False),
    ],
)
def test_what_a_mail_provider_says_of_an_address(
    event_type: str, reject_reason: str | None, off: bool, other: Other, ada: Person
) -> None:
    endpoint = other.mail_of(ada)
    event = AnymailTrackingEvent(event_type=event_type, recipient="Ada@example.org", reject_reason=reject_reason)
    tracking.send(sender=None, event=event, esp_name="Test")
    endpoint.refresh_from_db()
    assert (endpoint.disabled_at is not None) == off
