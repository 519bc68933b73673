"""One row that raises, at whichever step, takes no other of its batch along."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
import pytest
from django.db import connection
from django.db.models.functions import Now

from config.channels import CHANNELS
from notifications.deliveries import outcome, send
from notifications.deliveries.lease import LEASE, Batch, claim
from notifications.deliveries.recheck import recheck
from notifications.deliveries.send import deliver
from notifications.models import Attempt, Delivery, DeliverySchedule, Endpoint, Pace
from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.notifications.activities import comment
from tests.notifications.fakes import Other, pass_time

pytestmark = pytest.mark.django_db(transaction=True)

Spoil = Callable[[Person, pytest.MonkeyPatch], None]


def asked_for_what_python_cannot_hold(person: Person, _patch: pytest.MonkeyPatch) -> None:
    """`recheck.recheck` reads a time of the year 20000, which PostgreSQL has and Python has not."""
    _sql("UPDATE notifications_delivery SET accepted_at = '20000-01-01' WHERE recipient_id = %s", person)


def held_until_no_date(person: Person, _patch: pytest.MonkeyPatch) -> None:
    """`recheck.hold_until` adds three minutes to the last moment that there is."""
    DeliverySchedule.objects.create(person=person, mail_rhythm="weekly")
    end = datetime.max.replace(tzinfo=UTC)
    Delivery.objects.filter(recipient=person).update(created_at=end, expires_at=end)


def hold_until_raises(person: Person, patch: pytest.MonkeyPatch) -> None:
    """The same for channels that hold nothing."""
    _raise_for(person, patch, "hold_until", lambda _channel, asked, _now: asked.recipient_id)


def compose_raises(person: Person, patch: pytest.MonkeyPatch) -> None:
    """What is sent cannot be put into words."""
    _raise_for(person, patch, "render", lambda _batch, asked: asked[0].recipient_id)


def rendered_without_keys(person: Person, _patch: pytest.MonkeyPatch) -> None:
    """An endpoint whose keys are none: it can be neither signed nor encrypted for."""
    Endpoint.objects.filter(person=person).update(keys=[])


def recorded_out_of_range(person: Person, _patch: pytest.MonkeyPatch) -> None:
    """Neither the outcome nor the defect can be written down: the number of attempts is at its end."""
    Delivery.objects.filter(recipient=person).update(attempts=32_767)


STAGES: dict[str, tuple[Spoil, Iterable[str]]] = {
    "ask": (asked_for_what_python_cannot_hold, CHANNELS),
    "hold": (held_until_no_date, ["email"]),
    "hold, by a defect": (hold_until_raises, CHANNELS),
    "compose": (compose_raises, CHANNELS),
    "render": (rendered_without_keys, ["webhook", "push"]),
    "record": (recorded_out_of_range, CHANNELS),
}


@pytest.fixture
def batch(other: Other, ada: Person, bob: Person, charlie: Person) -> Callable[[str], None]:
    """One delivery for each of the three, that one claim takes; Bob's is in the middle."""

    def make(name: str) -> None:
        for person in (ada, bob, charlie):
            other.endpoint_of(person, name)
            Pace.objects.create(person=person, channel=name)
            Endpoint.objects.filter(person=person).update(host=f"{person.username}.example")
        for author, actor in ((ada, bob), (bob, ada), (charlie, ada)):
            comment(actor, Post.objects.create(author=author, body="Good evening!"))
        pass_time(timedelta(minutes=4))
        Delivery.objects.exclude(channel=name).delete()

    return make


@pytest.mark.parametrize(("stage", "name"), [(stage, name) for stage, (_, names) in STAGES.items() for name in names])
def test_the_others_of_the_batch_are_delivered_and_the_one_is_tried_again(
    stage: str, name: str, batch: Callable[[str], None], other: Other, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch(name)
    STAGES[stage][0](bob, monkeypatch)
    claims = _counted(monkeypatch)
    deliver(name)
    assert claims[0] == 3
    others = Delivery.objects.exclude(recipient=bob)
    assert list(others.values_list("state", "attempts")) == [("sent", 1)] * 2
    assert _of(bob).filter(state="waiting", lease=None).count() == (stage != "record")
    if stage != "record":
        attempt = Attempt.objects.get(delivery__in=_of(bob))
        assert (attempt.outcome, attempt.reason) == ("temporary", "defect")
        soon = attempt.next_attempt_at - attempt.at if attempt.next_attempt_at else timedelta(0)
        assert timedelta(seconds=1) < soon < timedelta(seconds=3)
        assert _of(bob).filter(next_attempt_at=attempt.next_attempt_at).exists()
    assert not Delivery.objects.filter(endpoint__circuit__failures__gt=0).exists()


@pytest.mark.parametrize("name", CHANNELS)
def test_what_is_mended_before_the_third_try_is_delivered(
    name: str, batch: Callable[[str], None], other: Other, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch(name)
    with monkeypatch.context() as patch:
        compose_raises(bob, patch)
        deliver(name)
        pass_time(timedelta(seconds=3))
        deliver(name)
    assert _of(bob).filter(attempts=2, state="waiting").count() == 1
    pass_time(timedelta(seconds=5))
    deliver(name)
    assert _of(bob).filter(attempts=3, state="sent").count() == 1


@pytest.mark.parametrize("name", CHANNELS)
def test_a_row_that_somebody_has_locked_holds_up_no_other_and_is_sent_after_its_lease(
    name: str, batch: Callable[[str], None], other: Other, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Locked after the claim, which skips what is locked already; the database itself is well."""
    batch(name)
    parameters = connection.get_connection_params()
    wanted = ("host", "port", "user", "password", "dbname")
    locker = psycopg2.connect(**{key: parameters[key] for key in wanted if key in parameters})

    def claim_and_lock(channel: Any) -> tuple[list[Batch], bool]:
        found = claim(channel)
        with locker.cursor() as cursor:
            cursor.execute("SELECT 1 FROM notifications_delivery WHERE recipient_id = %s FOR UPDATE", [bob.pk])
        return found

    monkeypatch.setattr(send, "claim", claim_and_lock)
    _sql("SET lock_timeout = '200ms'")
    try:
        deliver(name)
        assert set(Delivery.objects.exclude(recipient=bob).values_list("state", flat=True)) == {"sent"}
        assert _of(bob).filter(state="waiting", attempts=0).exists()
    finally:
        locker.rollback()
        locker.close()
        _sql("RESET lock_timeout")
        monkeypatch.undo()
    pass_time(LEASE)
    deliver(name)
    assert _of(bob).filter(state="sent", attempts=1).exists()


def test_a_database_that_is_away_is_no_fault_of_the_row(
    batch: Callable[[str], None], bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    def gone(*_args: Any) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    batch("webhook")
    monkeypatch.setattr(outcome, "sent", gone)
    with pytest.raises(OperationalError):
        deliver("webhook")
    assert not Attempt.objects.exists()


def _of(person: Person) -> Any:
    return Delivery.objects.filter(recipient=person)


def _counted(patch: pytest.MonkeyPatch) -> list[int]:
    """How many each claim took."""
    counts: list[int] = []

    def counted(channel: Any) -> tuple[list[Batch], bool]:
        found = claim(channel)
        counts.append(len(found[0]))
        return found

    patch.setattr(send, "claim", counted)
    return counts


def _raise_for(person: Person, patch: pytest.MonkeyPatch, name: str, whose: Callable[..., int]) -> None:
    usual = getattr(send, name)

    def broken(*args: Any) -> Any:
        if whose(*args) == person.pk:
            raise RuntimeError("a defect")
        return usual(*args)

    patch.setattr(send, name, broken)


def _sql(statement: str, person: Person | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [person.pk] if person else [])


@pytest.mark.parametrize("name", CHANNELS)
def test_a_post_that_goes_between_the_check_and_the_words_is_in_no_message(
    name: str, batch: Callable[[str], None], bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch(name)

    def check_and_lose(channel: Any, found: Batch) -> Any:
        checked = recheck(channel, found)
        if checked[0].recipient_id == bob.pk:
            Post.objects.filter(author=bob).update(deleted_at=Now())
        return checked

    monkeypatch.setattr(send, "recheck", check_and_lose)
    deliver(name)
    monkeypatch.undo()
    pass_time(timedelta(minutes=1))
    deliver(name)
    assert _of(bob).get().state == "suppressed"
    assert list(Attempt.objects.filter(delivery__in=_of(bob)).values_list("reason", flat=True)) == ["defect"]
