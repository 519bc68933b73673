"""The outbox: publish a message that must not be lost, as a row in the caller's transaction.

The transactional outbox, as in Richardson, Microservices Patterns (2018), 3.3.7.
"""

import json

from django.db import connection, transaction

from socialapp.messaging import dispatch
from socialapp.messaging.messages import Message
from socialapp.messaging.models import SHARDS


def publish(*messages: Message) -> None:
    """Store messages in the current transaction, in this order, and wake workers after its commit.

    Costs one statement however many there are. Nothing here touches the broker.
    """
    if not messages:
        return
    # bulk_create costs twice the CPU for one message, and six times for a thousand.
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO messaging_outbox (shard, name, body) "
            "SELECT * FROM unnest(%s::smallint[], %s::text[], %s::jsonb[])",
            [
                [message.sharding_id % SHARDS for message in messages],
                [type(message).__name__ for message in messages],
                [json.dumps(message.to_body()) for message in messages],
            ],
        )
    wake_workers_after_commit()


def publish_sql(message: type[Message], source: str) -> str:
    """The same as a part of a larger statement: publishes one `message` per row of the CTE `source`.

    The columns of `source` are the message's fields. For paths where a round trip counts; the caller executes the
    statement and calls `wake_workers_after_commit`.
    """
    return (
        f"INSERT INTO messaging_outbox (shard, name, body) "
        f"SELECT {source}.{message.sharded_by} %% {SHARDS}, '{message.__name__}', to_jsonb({source}) FROM {source}"
    )


def wake_workers_after_commit() -> None:
    """Wake workers once the current transaction is committed (at once when there is none)."""
    transaction.on_commit(dispatch.wake_workers)
