"""The outbox: publish a message that must not be lost, as a row in the caller's transaction.

The transactional outbox, as in Richardson, Microservices Patterns (2018), 3.3.7.
"""

import json
from typing import Any

from django.db import connection, transaction

from socialapp.messaging import dispatch
from socialapp.messaging.messages import Message
from socialapp.messaging.models import SHARDS
from socialapp.web import request_ids


def publish(*messages: Message) -> None:
    """Store messages in the current transaction, in this order, and wake workers after its commit.

    Costs one statement however many there are. Nothing here touches the broker. A message without a `request_id` gets
    that of the request, or of the message, that is handled now.
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
                [json.dumps(_body(message)) for message in messages],
            ],
        )
    wake_workers_after_commit()


def publish_sql(message: type[Message], source: str, *, of_one_request: bool = True) -> str:
    """The same as a part of a larger statement: publishes one `message` per row of the CTE `source`.

    The columns of `source` are the message's fields. For paths where a round trip counts; the caller executes the
    statement with the values of `request()`, and calls `wake_workers_after_commit`. Where rows are of several requests,
    `request_id` is a column of `source`, too.
    """
    body = f"to_jsonb({source})"
    if of_one_request:
        body += " || jsonb_build_object('request_id', %(request_id)s::text)"
    return (
        f"INSERT INTO messaging_outbox (shard, name, body) "
        f"SELECT {source}.{message.sharded_by} %% {SHARDS}, '{message.__name__}', {body} FROM {source}"
    )


def request() -> dict[str, Any]:
    """Return the values that a statement with `publish_sql` in it needs: the id of the request."""
    return {"request_id": request_ids.current.get()}


def _body(message: Message) -> dict[str, Any]:
    body = message.to_body()
    return body if message.request_id else body | {"request_id": request_ids.current.get()}


def wake_workers_after_commit() -> None:
    """Wake workers once the current transaction is committed (at once when there is none)."""
    transaction.on_commit(dispatch.wake_workers)
