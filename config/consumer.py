"""What a Celery worker consumes with: CELERY_WORKER_CONSUMER."""

from functools import partial
from typing import Any

from celery.worker import consumer

DELAYED_DELIVERY = "celery.worker.consumer.delayed_delivery:DelayedDelivery"


class Consumer(consumer.Consumer):
    """Celery's own, for tasks that never have an ETA, and a broker that is back soon (docs/adr/0047)."""

    class Blueprint(consumer.Consumer.Blueprint):  # type: ignore[misc, valid-type]
        """Without the 28 queues in which RabbitMQ would hold tasks that have an ETA."""

        default_steps = [step for step in consumer.Consumer.Blueprint.default_steps if step != DELAYED_DELIVERY]

    def ensure_connected(self, conn: Any) -> Any:
        """Try each second until a broker answers. Celery's pauses grow to half a minute."""
        conn.ensure_connection = partial(conn.ensure_connection, interval_start=1, interval_step=0)
        return super().ensure_connected(conn)
