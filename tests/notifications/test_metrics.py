"""What /metrics says of messages and deliveries is what the rows say, and costs the same however many there are."""

import re
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from notifications import tasks as channels
from notifications.history import audit
from notifications.history.metrics import Ledger
from notifications.models import AuditRun, Circuit, Delivery, Kind
from socialapp.follows.operations import follow
from socialapp.messaging import consumer, dispatch
from socialapp.messaging.models import OutboxMessage
from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.notifications.activities import comment
from tests.notifications.fakes import Other, pass_time
from tests.socialapp.test_metrics import samples

pytestmark = pytest.mark.django_db(transaction=True)


def value(name: str, *labels: str) -> float | None:
    """Of the metric with these labels, in the order of their names; None if there is none."""
    registry = CollectorRegistry()
    registry.register(Ledger())
    return samples(generate_latest(registry).decode(), f"socialapp_{name}").get(labels)


def test_messages_are_counted_and_the_oldest_is_that_of_all_shards() -> None:
    assert (value("outbox_waiting"), value("outbox_oldest_seconds"), value("outbox_dead")) == (0, 0, 0)
    now = timezone.now()
    for shard, age in ((7, 60), (0, 5)):
        OutboxMessage.objects.create(shard=shard, name="Later", body={}, created_at=now - timedelta(seconds=age))
    OutboxMessage.objects.create(shard=1, name="Later", body={}, dead_lettered_at=now)
    assert (value("outbox_waiting"), value("outbox_dead")) == (2, 1)
    assert 60 <= (value("outbox_oldest_seconds") or 0) < 70


def test_deliveries_are_counted_by_channel_and_state_and_their_lag_by_kind(
    other: Other, ada: Person, bob: Person, post: Post
) -> None:
    follow(follower_id=ada.pk, followee_id=bob.pk)
    consumer.consume()
    other.webhook_of(ada)
    comment(bob, post)
    assert value("deliveries", "webhook", "waiting") == 1
    pass_time(timedelta(minutes=2))
    assert value("deliveries", "webhook", "due") == 1
    assert 115 < (value("deliveries_lag_seconds", "webhook", Kind.COMMENT) or 0) < 130
    channels.deliver(queue="webhook")
    assert value("deliveries", "webhook", "waiting") == 0
    assert value("deliveries_lag_seconds", "webhook", Kind.COMMENT) is None
    assert value("deliveries_ended", "webhook", Kind.COMMENT, "sent") == 1
    assert 0 < (value("deliveries_seconds", "webhook", Kind.COMMENT, "0.99") or 0) < 60
    Delivery.objects.update(state=Delivery.State.DEAD, reason="gone")
    assert value("deliveries", "webhook", "dead") == 1
    assert value("deliveries_ended", "webhook", Kind.COMMENT, "dead") == 1


def test_open_breakers_are_counted_by_channel() -> None:
    for name, failures in (("email server", 5), ("webhook a", 9), ("webhook b", 5), ("webhook c", 4), ("push d", 0)):
        Circuit.objects.create(name=name, failures=failures)
    Circuit.objects.create(name="push e", failures=1, last_error="signature_refused")
    found = {channel: value("breakers_open", channel) for channel in ("email", "push", "webhook")}
    assert found == {"email": 1, "push": 0, "webhook": 2}
    assert value("push_signature_refused") == 1


def test_the_last_audit_is_told_with_what_it_found(ada: Person) -> None:
    assert value("audit_well") is None
    audit.run()
    assert value("audit_well") == 1
    assert value("audit_findings", "missing") == 0
    run = AuditRun.objects.get()
    assert value("audit_timestamp_seconds") == pytest.approx(run.at.timestamp())
    AuditRun.objects.create(took_ms=1, is_well=False, findings={"missing": 3})
    assert (value("audit_well"), value("audit_findings", "missing")) == (0, 3)


def test_a_queue_lacks_a_worker_until_one_serves_it() -> None:
    broker = dispatch.redis_client()
    broker.delete("push", dispatch.KEY.format(queue="push"), dispatch.LAST_SEEN.format(queue="push"))
    assert (value("queue_depth", "push"), value("queue_unserved", "push")) == (0, 0)
    dispatch.wake_workers_now("push")
    assert (value("queue_depth", "push"), value("queue_unserved", "push")) == (1, 1)
    dispatch.acknowledge("push")
    assert (value("queue_depth", "push"), value("queue_unserved", "push")) == (1, 0)
    broker.delete("push")


def test_while_the_broker_is_away_no_depth_is_made_up(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    monkeypatch.setattr(dispatch._process, "redis", None)
    assert value("queue_depth", "push") is None
    assert value("outbox_waiting") == 0


def test_the_sessions_with_the_database_are_counted() -> None:
    assert (value("database_sessions", "active") or 0) >= 1
    assert (value("database_sessions_max") or 0) >= 50


@pytest.fixture
def crowded(ada: Person, post: Post) -> None:
    """As after years: 30,000 deliveries that were sent, as many circuits that are well, and pictures."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO notifications_circuit (name) SELECT 'webhook ' || n FROM generate_series(1, 30000) n"
        )
        cursor.execute(
            "INSERT INTO notifications_endpoint (person_id, channel, name, address, keys, host, circuit_id) "
            "SELECT %s, 'webhook', '', 'https://a.example', '{}', 'a.example', min(id) FROM notifications_circuit",
            [ada.pk],
        )
        cursor.execute(
            "INSERT INTO notifications_delivery (endpoint_id, recipient_id, channel, host, kind, state, finished_at, "
            "accepted_at, expires_at) SELECT endpoint.id, person_id, channel, host, 'test', 'sent', "
            "now() - interval '1 day', now(), now() "
            "FROM notifications_endpoint AS endpoint CROSS JOIN generate_series(1, 30000)"
        )
        cursor.execute(
            "INSERT INTO media_picture (owner_id, kind, token, state, width, height, fault, has_upload) "
            "SELECT %s, 'post', n, 'ready', 9, 9, '', false FROM generate_series(1, 30000) n",
            [ada.pk],
        )
        cursor.execute(
            "INSERT INTO messaging_outbox (shard, name, body) SELECT n %% 64, 'Later', '{}' "
            "FROM generate_series(1, 30000) n",
            [],
        )
        cursor.execute("ANALYZE notifications_circuit, notifications_delivery, media_picture, messaging_outbox")


def test_no_figure_is_looked_for_through_a_table(crowded: None) -> None:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert value("ledger_readable") == 1
    statements = [
        query["sql"] for query in asked.captured_queries if query["sql"].startswith(("SELECT", "WITH", "\nWITH"))
    ]
    assert len(statements) > 20
    slow = []
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(f"EXPLAIN {statement}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            # A LIMIT ends such a look after 10,000 rows that count; those that do not must not be read.
            if re.search(r"Seq Scan on (notifications_(circuit|delivery)|media_picture)", plan):
                slow.append((statement, plan))
    assert slow == []
