"""The road of a message: in order, once, through failures, and without the broker when it must."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection, connections, transaction

from notifications.models import GroupMember, NotificationGroup
from reactions import operations as reactions
from socialapp.messaging import consumer, dispatch, outbox
from socialapp.messaging.messages import CATALOGUE, PersonFollowed, ReactionAdded, ReactionRemoved
from socialapp.messaging.models import OutboxMessage
from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.processes import processes

HEARD: list[Any] = []
BAD: set[int] = set()


class Refused(Exception):
    """What the handler of these tests raises for actors in BAD."""


def hear(messages: list[Any]) -> None:
    """Keeps what it hears."""
    for message in messages:
        if message.actor_id in BAD:
            raise Refused(f"not {message.actor_id}")
    HEARD.extend(messages)


@pytest.fixture(autouse=True)
def _nothing_heard_yet() -> Iterator[None]:
    HEARD.clear()
    BAD.clear()
    yield
    consumer._handlers.cache_clear()


@pytest.fixture
def heard(settings: Any) -> list[Any]:
    """What was handled, by the handler of these tests instead of the product's."""
    settings.MESSAGE_HANDLERS = {
        name: [f"{__name__}.hear"] for name in ("ReactionAdded", "ReactionRemoved", "PersonFollowed")
    }
    consumer._handlers.cache_clear()
    return HEARD


def like_of(actor: int, recipient: int = 1) -> ReactionAdded:
    """That somebody liked something."""
    return ReactionAdded(recipient_id=recipient, actor_id=actor, kind="like", post_id=1, at=_at())


def unlike_of(actor: int, recipient: int = 1) -> ReactionRemoved:
    """That they took it back."""
    return ReactionRemoved(recipient_id=recipient, actor_id=actor, kind="like", post_id=1, at=_at())


def _at() -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC)


def let_time_pass() -> None:
    """What was set back is due now."""
    OutboxMessage.objects.update(retry_at=None)


@pytest.mark.django_db
def test_messages_arrive_in_the_order_in_which_they_were_said(heard: list[Any]) -> None:
    said = [like_of(actor) for actor in range(50)]
    outbox.publish(*said)
    assert consumer.consume() == 50
    assert heard == said
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_of_one_batch_the_last_word_counts(heard: list[Any]) -> None:
    outbox.publish(like_of(7), unlike_of(7), like_of(8), like_of(7), unlike_of(8))
    consumer.consume()
    assert sorted(heard, key=lambda message: message.actor_id) == [like_of(7), unlike_of(8)]


@pytest.mark.django_db
def test_what_is_rolled_back_was_never_said(heard: list[Any]) -> None:
    with transaction.atomic():
        outbox.publish(like_of(7))
        transaction.set_rollback(True)
    assert (consumer.consume(), heard) == (0, [])


@pytest.mark.django_db
def test_a_message_that_keeps_failing_is_set_aside_and_holds_up_nobody(heard: list[Any]) -> None:
    BAD.add(13)
    outbox.publish(*(like_of(actor) for actor in range(30)))
    assert consumer.consume() == 29
    assert {message.actor_id for message in heard} == set(range(30)) - BAD
    for _ in range(consumer.ATTEMPTS):
        let_time_pass()
        consumer.consume()
    (row,) = OutboxMessage.objects.all()
    assert (row.attempts, row.dead_lettered_at is not None) == (consumer.ATTEMPTS, True)
    assert row.error.rstrip().endswith("Refused: not 13")
    assert consumer.consume() == 0
    BAD.clear()
    assert consumer.send_again([row.pk]) == 1
    assert consumer.consume() == 1
    assert heard[-1] == like_of(13)


@pytest.mark.django_db
def test_what_was_set_back_is_moot_after_a_later_word_on_the_same(heard: list[Any]) -> None:
    BAD.add(13)
    outbox.publish(like_of(13))
    consumer.consume()
    BAD.clear()
    outbox.publish(unlike_of(13))
    consumer.consume()
    let_time_pass()
    consumer.consume()
    assert heard == [unlike_of(13)]
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_an_old_worker_ignores_fields_it_does_not_know_and_leaves_messages_it_does_not_know(heard: list[Any]) -> None:
    body = PersonFollowed(recipient_id=1, actor_id=2, at=_at()).to_body()
    OutboxMessage.objects.create(shard=1, name="PersonFollowed", body=body | {"mood": "good"})
    OutboxMessage.objects.create(shard=1, name="PersonWaved", body=body)
    assert consumer.consume() == 1
    assert [message.actor_id for message in heard] == [2]
    assert [row.name for row in OutboxMessage.objects.all()] == ["PersonWaved"]


@pytest.mark.django_db
def test_a_message_that_cannot_be_read_is_set_back_alone(heard: list[Any]) -> None:
    OutboxMessage.objects.create(shard=1, name="PersonFollowed", body={"actor_id": 2})
    outbox.publish(like_of(5))
    assert consumer.consume() == 1
    assert "cannot be read" in OutboxMessage.objects.get().error


@pytest.mark.parametrize("name", CATALOGUE)
def test_each_message_survives_the_journey(name: str) -> None:
    people = {"recipient_id": 7, "actor_id": 8, "person_id": 7, "author_id": 6}
    values: dict[str, Any] = {
        **people,
        "kind": "like",
        "post_id": 9,
        "shard": 3,
        "at": _at(),
        "until": 5,
        "approve": True,
        "accepted": True,
        "notice_id": 4,
    }
    values |= {"request_id": "0123456789abcdef"}
    kind = CATALOGUE[name]
    needed = {field.name for field in fields(kind)}
    message = kind(**{name: value for name, value in values.items() if name in needed})
    assert kind.from_body(json.loads(json.dumps(message.to_body()))) == message


@pytest.mark.django_db(transaction=True)
def test_a_shard_that_another_drain_holds_is_left_to_it(heard: list[Any]) -> None:
    """A second connection holds the advisory lock, as another worker in the middle of its batch would."""
    outbox.publish(like_of(7, recipient=3))
    (row,) = OutboxMessage.objects.all()
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [consumer.LOCK_SPACE, row.shard])
            assert consumer.consume() == 0
            cursor.execute("ROLLBACK")
    finally:
        other.close()
    assert consumer.consume() == 1


@pytest.mark.django_db(transaction=True)
def test_effect_and_end_of_a_message_are_one(
    post: Post, bob: Person, monkeypatch: pytest.MonkeyPatch, deliver: Callable[[], int]
) -> None:
    """The worker dies after the effect and before the end: nothing happened, and next time it happens once."""
    reactions.like(post_id=post.pk, person_id=bob.pk)

    def die(_claimed: object) -> None:
        assert GroupMember.objects.count() == 1
        connection.connection.close()

    monkeypatch.setattr(consumer, "_finish", die)
    with pytest.raises(Exception, match="closed"):
        deliver()
    connection.close()
    monkeypatch.undo()
    assert GroupMember.objects.count() == 0
    assert deliver() == 1
    assert deliver() == 0
    assert (GroupMember.objects.count(), NotificationGroup.objects.get().count) == (1, 1)


@pytest.fixture
def told() -> Iterator[list[str]]:
    """In order: when the door was opened, and when something was handled."""
    events: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dispatch, "acknowledge", lambda: events.append("opened"))
        patch.setattr(consumer, "GATHER_S", 0.001)
        yield events


@pytest.fixture
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message came a moment ago."""
    monkeypatch.setattr(consumer._rate, "met_at", time.monotonic())


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing came for long."""
    monkeypatch.setattr(consumer._rate, "met_at", 0.0)


def _telling(told: list[str]) -> Callable[[], tuple[bool, int]]:
    handle = consumer._consume_batch

    def telling() -> tuple[bool, int]:
        told.append("handled")
        return handle()

    return telling


@pytest.mark.django_db
def test_a_message_after_a_lull_is_handled_with_the_door_open(
    heard: list[Any], told: list[str], quiet: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "_consume_batch", _telling(told))
    outbox.publish(like_of(1))
    assert consumer.consume() == 1
    assert told == ["opened", "handled"]


@pytest.mark.django_db(transaction=True)
def test_a_consumer_does_not_stay_for_messages_that_another_has(
    heard: list[Any], told: list[str], brisk: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another thread of its process may handle a backlog and make the rate brisk for both."""
    monkeypatch.setattr(consumer, "_consume_batch", _telling(told))
    monkeypatch.setattr(dispatch, "wait_for_signal", lambda _seconds: told.append("waited"))
    monkeypatch.setattr(consumer, "LULL_S", 20.0)
    outbox.publish(like_of(1))
    row = OutboxMessage.objects.get()
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [consumer.LOCK_SPACE, row.shard])
            assert consumer.consume() == 0
    finally:
        other.close()
    assert told == ["handled", "opened", "handled"]


@pytest.mark.django_db(transaction=True)
def test_what_comes_while_a_consumer_waits_is_handled_before_it_acknowledges(
    heard: list[Any], brisk: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each wakes it by its signal; when none comes, it has no patience for the next."""
    handle, actors = consumer._consume_batch, iter(range(2, 6))
    before: list[int] = []

    def handle_and_hear_more() -> tuple[bool, int]:
        done = handle()
        for actor in actors:
            outbox.publish(like_of(actor))
            break
        return done

    monkeypatch.setattr(consumer, "_consume_batch", handle_and_hear_more)
    monkeypatch.setattr(consumer, "LONGEST_STAY_S", 60.0)
    monkeypatch.setattr(consumer, "LULL_S", 6.0)
    monkeypatch.setattr(dispatch, "acknowledge", lambda: before.append(len(heard)))
    outbox.publish(like_of(1))
    assert consumer.consume() == 5
    assert (heard, before) == ([like_of(actor) for actor in range(1, 6)], [5])


def test_a_consumer_waits_as_long_without_a_broker(frozen_broker: None) -> None:
    """Otherwise it would spin."""
    begun = time.monotonic()
    dispatch.wait_for_signal(0.4)
    assert time.monotonic() - begun >= 0.4


@pytest.mark.django_db
def test_what_comes_as_the_door_opens_is_seen(heard: list[Any], brisk: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "acknowledge", lambda: outbox.publish(like_of(1)))
    assert consumer.consume() == 1


@pytest.mark.django_db
def test_a_drain_that_has_much_to_do_opens_to_others(
    heard: list[Any], told: list[str], brisk: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "LONGEST_STAY_S", 3_600)
    monkeypatch.setattr(consumer, "LULL_S", 3_600)
    outbox.publish(*(like_of(actor) for actor in range(consumer.MANY)))
    assert consumer.consume() == consumer.MANY
    assert told == ["opened"]


@pytest.mark.django_db
def test_a_drain_leaves_its_process_to_others_though_messages_keep_coming(
    heard: list[Any], told: list[str], brisk: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "LONGEST_STAY_S", 0.05)
    monkeypatch.setattr(consumer, "LULL_S", 3_600)
    consumer.consume()
    assert told == ["opened"]


@pytest.mark.django_db
def test_the_sweep_does_not_stay(heard: list[Any], told: list[str], brisk: None) -> None:
    outbox.publish(like_of(1))
    assert (consumer.sweep(), told) == (1, [])


@pytest.fixture
def frozen_broker() -> Iterator[None]:
    """The tests' own Valkey, stopped: connections stay and nothing answers."""
    port = str(urlsplit(settings.CELERY_BROKER_URL).port)
    ids = [p.id for p in processes() if "valkey-server" in p.command and f":{port} " in f"{p.command} "]
    if not ids:
        pytest.skip("REDIS_URL names a server that is not ours to stop")
    os.kill(ids[0], signal.SIGSTOP)
    yield
    os.kill(ids[0], signal.SIGCONT)


@pytest.mark.django_db(transaction=True)
def test_a_frozen_broker_holds_nobody_up(frozen_broker: None, post: Post, ada: Person, bob: Person) -> None:
    """A reaction's time with the broker frozen is less than one timeout of it: the request never touches it."""
    begun = time.monotonic()
    for _ in range(20):
        reactions.like(post_id=post.pk, person_id=bob.pk)
        reactions.unlike(post_id=post.pk, person_id=bob.pk)
    timeout = settings.CELERY_BROKER_TRANSPORT_OPTIONS["socket_timeout"]
    # 40 reactions that each waited for one timeout would take 10 s.
    assert time.monotonic() - begun < 40 * timeout / 2
    assert OutboxMessage.objects.count() == 40
