"""Kombu's transports, as we need them. CELERY_BROKER_TRANSPORT names one of them.

With Redis, a worker goes on although an acknowledgement never reached it. Kombu
counts a task as being in hand until its acknowledgement has reached Redis, and
Celery logs one that did not and goes on. So each acknowledgement that a broken
or frozen connection swallows takes one place of the prefetch window away, and
when the last is gone the worker consumes nothing any more, connected and idle,
until somebody restarts it. Found by `bin/chaos --fault 'hang-*' --seed 12`.
"""

from typing import Any

from kombu.transport import TRANSPORT_ALIASES, pyamqp, redis


class QoS(redis.QoS):
    """Forgets the task in any case. What Redis holds of it comes back after the visibility timeout: a wake-up more."""

    _quick_ack: Any

    def ack(self, delivery_tag: str) -> None:
        try:
            super().ack(delivery_tag)
        finally:
            self._quick_ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        try:
            super().reject(delivery_tag, requeue=requeue)
        finally:
            self._quick_ack(delivery_tag)


class Channel(redis.Channel):
    """Counts what is in hand by the QoS above."""

    QoS = QoS


class Transport(redis.Transport):
    """Redis."""

    Channel = Channel


class SentinelChannel(redis.SentinelChannel):
    """Counts what is in hand by the QoS above."""

    QoS = QoS


class SentinelTransport(redis.SentinelTransport):
    """The Redis that Sentinels call the master."""

    Channel = SentinelChannel


class TLSTransport(pyamqp.SSLTransport):
    """RabbitMQ over TLS. Each node must have a certificate of its own name; kombu would ask all for the first's."""

    def establish_connection(self) -> Any:
        client: Any = self.client
        client.ssl = {**client.ssl, "server_hostname": client.hostname}
        return super().establish_connection()


# When kombu goes on to the next of several hosts, it chooses the transport anew, by the scheme of its URL.
TRANSPORT_ALIASES.update(sentinel="config.broker:SentinelTransport", amqps="config.broker:TLSTransport")
