"""The one that an endpoint's half-open breaker lets through: however it ends, the breaker is neither stuck nor wrong.

Mail's, which all share, are in test_mail.py.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from notifications.channels import channel
from notifications.channels.base import Channel
from notifications.deliveries import render, send
from notifications.deliveries.lease import LEASE, Batch, claim
from notifications.deliveries.notices import send_test
from notifications.deliveries.send import deliver
from notifications.endpoints import operations
from notifications.inbox.reading import mark_all_read
from notifications.models import Circuit, Delivery, DeliverySchedule, Endpoint
from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.notifications.activities import comment, uncomment
from tests.notifications.fakes import Other, pass_time

pytestmark = pytest.mark.django_db

CHANNELS = ["push", "webhook"]
WAITING = 5


@pytest.fixture
def half_open(other: Other, ada: Person, bob: Person) -> Callable[[str], Endpoint]:
    """Five for Ada failed in a row; each is due again, and one may probe: first the one about her post "First"."""

    def open_it(name: str) -> Endpoint:
        endpoint = other.endpoint_of(ada, name)
        other.script(name, always="500")
        for number in range(WAITING):
            comment(bob, Post.objects.create(author=ada, body="First" if number == 0 else "Another"), number + 1)
            deliver(name)
        pass_time(timedelta(minutes=20))
        first().update(next_attempt_at=Delivery.objects.earliest("next_attempt_at").created_at - timedelta(hours=1))
        assert breaker(endpoint).failures == Circuit.TRIPS_AT
        other.script(name)
        return endpoint

    return open_it


def first() -> Any:
    """The delivery that probes first."""
    return Delivery.objects.filter(group__post__body="First")


def deliver_soon(name: str) -> None:
    """What goes within as many seconds as there are deliveries: a lease would last for 120."""
    for _ in range(WAITING + 1):
        deliver(name)
        pass_time(timedelta(seconds=1))


def breaker(endpoint: Endpoint) -> Circuit:
    """As it is now."""
    return Circuit.objects.get(pk=endpoint.circuit_id)


def is_closed(endpoint: Endpoint) -> bool:
    """Nothing holds up what goes there."""
    found = breaker(endpoint)
    return (found.failures, found.open_until, found.failing_since) == (0, None, None)


def states() -> dict[str, int]:
    """How many ended how."""
    found = list(Delivery.objects.values_list("state", flat=True))
    return {state: found.count(state) for state in set(found)}


# --- It is answered ---


def test_a_push_that_is_refused_with_400_is_an_answer_and_the_others_go(
    half_open: Callable[[str], Endpoint], other: Other
) -> None:
    endpoint = half_open("push")
    other.script("push", "400")
    deliver_soon("push")
    assert is_closed(endpoint)
    assert states() == {"dead": 1, "sent": WAITING - 1}
    assert first().get().state == "dead"


@pytest.mark.parametrize("code", ["400", "404", "422"])
def test_a_webhook_that_answers_the_probe_with_4xx_is_probed_by_another_next(
    code: str, half_open: Callable[[str], Endpoint], other: Other
) -> None:
    endpoint = half_open("webhook")
    other.script("webhook", code)
    deliver("webhook")
    assert states() == {"waiting": WAITING}
    found = breaker(endpoint)
    assert found.open_until is not None
    assert found.open_until - first().get().created_at < timedelta(minutes=21)  # 10 s, not its lease of 2 min
    pass_time(timedelta(seconds=11))
    deliver_soon("webhook")
    assert is_closed(endpoint)
    pass_time(timedelta(minutes=2))
    deliver_soon("webhook")
    assert states() == {"sent": WAITING}


@pytest.mark.parametrize(("name", "code"), [("push", "404"), ("push", "410"), ("webhook", "410")])
def test_a_probe_that_finds_its_endpoint_gone_leaves_nothing_open_behind(
    name: str, code: str, half_open: Callable[[str], Endpoint], other: Other, bob: Person, ada: Person
) -> None:
    endpoint = half_open(name)
    other.script(name, code)
    deliver_soon(name)
    endpoint.refresh_from_db()
    assert endpoint.disabled_at is not None
    assert is_closed(endpoint)
    assert states() == {"dead": 1, "suppressed": WAITING - 1}

    operations.enable(endpoint=endpoint)
    comment(bob, Post.objects.create(author=ada, body="Later"), 99)
    deliver_soon(name)
    assert Delivery.objects.get(group__post__body="Later").state == "sent"


def test_a_test_that_meets_410_ends_nothing_and_closes_the_breaker(
    half_open: Callable[[str], Endpoint], other: Other
) -> None:
    endpoint = half_open("webhook")
    other.script("webhook", "410")
    Delivery.objects.filter(pk=send_test(endpoint=endpoint).pk).update(
        next_attempt_at=first().get().next_attempt_at - timedelta(hours=1)
    )
    deliver_soon("webhook")
    endpoint.refresh_from_db()
    assert endpoint.disabled_at is None
    assert is_closed(endpoint)
    assert states() == {"dead": 1, "sent": WAITING}


# --- It is not sent after all ---


def taken_back(bob: Person, _endpoint: Endpoint, _patch: pytest.MonkeyPatch) -> None:
    """By the one who did it."""
    uncomment(bob, Post.objects.get(body="First"))


def expired(_bob: Person, _endpoint: Endpoint, _patch: pytest.MonkeyPatch) -> None:
    """It waited for too long."""
    first().update(expires_at=first().get().created_at - timedelta(days=9))


def broken(_bob: Person, _endpoint: Endpoint, patch: pytest.MonkeyPatch) -> None:
    """By a defect of ours."""
    id_ = first().get().pk

    def compose(batch: Any, asked: Any) -> Any:
        if asked[0].id == id_:
            raise RuntimeError("a defect")
        return render.render(batch, asked)

    patch.setattr(send, "render", compose)


def taken_over(_bob: Person, _endpoint: Endpoint, patch: pytest.MonkeyPatch) -> None:
    """By another worker: this one finds nothing to send."""
    _after_claim(patch, lambda: first().update(lease=None))


@pytest.mark.parametrize("name", CHANNELS)
@pytest.mark.parametrize("how", [taken_back, expired, broken, taken_over])
def test_a_probe_that_is_not_sent_is_used_up_by_nobody(
    how: Callable[[Person, Endpoint, pytest.MonkeyPatch], None],
    name: str,
    half_open: Callable[[str], Endpoint],
    other: Other,
    bob: Person,
    ada: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    endpoint = half_open(name)
    how(bob, endpoint, monkeypatch)
    deliver_soon(name)
    assert is_closed(endpoint)
    assert Delivery.objects.filter(state="sent").count() == WAITING - 1
    assert first().get().state != "sent"


def test_a_push_that_was_read_meanwhile_frees_the_breaker_for_the_next_notification(
    half_open: Callable[[str], Endpoint], other: Other, ada: Person, bob: Person
) -> None:
    endpoint = half_open("push")
    mark_all_read(person_id=ada.pk)
    deliver_soon("push")
    assert states() == {"suppressed": WAITING}
    comment(bob, Post.objects.create(author=ada, body="Later"), 99)
    deliver_soon("push")
    assert is_closed(endpoint)
    assert other.told(ada, "push") == 1


def test_a_push_that_quiet_hours_hold_frees_the_breaker(
    half_open: Callable[[str], Endpoint], other: Other, ada: Person
) -> None:
    endpoint = half_open("push")
    DeliverySchedule.objects.create(person=ada, quiet_from="00:00", quiet_to="23:59")
    deliver_soon("push")
    assert states() == {"waiting": WAITING}
    DeliverySchedule.objects.all().delete()
    pass_time(timedelta(days=1))
    Delivery.objects.update(expires_at=Delivery.objects.latest("expires_at").expires_at + timedelta(days=2))
    deliver_soon("push")
    assert is_closed(endpoint)
    assert states() == {"sent": WAITING}


@pytest.mark.parametrize("name", CHANNELS)
def test_an_endpoint_that_its_owner_turned_off_meanwhile_is_well_when_it_is_on_again(
    name: str,
    half_open: Callable[[str], Endpoint],
    other: Other,
    bob: Person,
    ada: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    endpoint = half_open(name)
    _after_claim(monkeypatch, lambda: operations.disable(endpoint=endpoint))
    deliver_soon(name)
    assert states() == {"suppressed": WAITING}
    monkeypatch.undo()

    operations.enable(endpoint=endpoint)
    comment(bob, Post.objects.create(author=ada, body="Later"), 99)
    deliver_soon(name)
    assert is_closed(endpoint)
    assert Delivery.objects.get(group__post__body="Later").state == "sent"


@pytest.mark.parametrize("name", CHANNELS)
def test_an_endpoint_that_was_removed_while_its_probe_was_out_takes_its_breaker_along(
    name: str, half_open: Callable[[str], Endpoint], other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = half_open(name)
    _after_claim(monkeypatch, lambda: operations.remove_endpoint(endpoint=endpoint))
    assert deliver(name) is None
    assert states() == {}
    assert not Circuit.objects.filter(pk=endpoint.circuit_id).exists()


@pytest.mark.parametrize("name", CHANNELS)
def test_a_probe_whose_worker_died_is_probed_again_when_its_lease_ends(
    name: str, half_open: Callable[[str], Endpoint], other: Other
) -> None:
    endpoint = half_open(name)
    claim(channel(name))  # and then it died
    deliver_soon(name)
    assert states() == {"waiting": WAITING}
    pass_time(LEASE)
    deliver_soon(name)
    assert is_closed(endpoint)
    assert states() == {"sent": WAITING}


# --- What is about one message opens nothing ---


@pytest.mark.parametrize("code", ["400", "413", "422"])
def test_a_message_that_a_receiver_always_refuses_holds_up_no_other(
    code: str, other: Other, ada: Person, bob: Person, post: Post
) -> None:
    endpoint, receiver = other.webhook_of(ada)
    other.script("webhook", always=code)
    comment(bob, post)
    for _ in range(9):
        pass_time(timedelta(hours=1))
        deliver("webhook")
    assert Delivery.objects.get().attempts == 9
    other.script("webhook")
    Delivery.objects.update(next_attempt_at=Delivery.objects.get().expires_at)
    comment(bob, Post.objects.create(author=ada, body="Another"), 99)
    deliver("webhook")
    assert sum(receiver.times.values()) == 1
    assert is_closed(endpoint)


def _after_claim(patch: pytest.MonkeyPatch, do: Callable[[], object]) -> None:
    """Between claim and send, once."""

    def claim_and(of: Channel) -> tuple[list[Batch], bool]:
        patch.setattr(send, "claim", claim)
        found = claim(of)
        do()
        return found

    patch.setattr(send, "claim", claim_and)
