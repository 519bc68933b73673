"""An acknowledgement that the broker does not hear must not take the worker's place for the next task."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from kombu import Queue

from config.celery import app

QUEUE = Queue("test-acknowledging", durable=False, auto_delete=True)


@pytest.fixture
def channel() -> Iterator[Any]:
    """Of a consumer that may have one task in hand, with two waiting."""
    with app.connection_for_read() as connection:
        queue = QUEUE(connection.default_channel)
        queue.declare()
        queue.purge()
        producer = connection.Producer()
        for number in range(2):
            producer.publish({"number": number}, routing_key=QUEUE.name, serializer="json")
        channel: Any = connection.channel()
        channel.basic_qos(0, 1, False)
        yield channel
        queue.purge()


@pytest.mark.parametrize("how", ["ack", "reject"])
def test_a_place_is_free_again_though_the_broker_did_not_hear(
    channel: Any, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    message = channel.basic_get(QUEUE.name)
    assert not channel.qos.can_consume()

    def frozen(*_args: object) -> None:
        raise redis.TimeoutError("Timeout reading from socket")

    monkeypatch.setattr(channel.qos, "_remove_from_indices", frozen)
    log_error = message.ack_log_error if how == "ack" else message.reject_log_error
    log_error(logging.getLogger(__name__), (redis.RedisError,))

    assert channel.qos.can_consume()
    monkeypatch.undo()
    assert channel.basic_get(QUEUE.name) is not None
