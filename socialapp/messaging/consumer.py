"""Claims waiting messages in batches and calls their handlers. Effect and end of a message commit together.

Order: messages of one shard are handled in the order in which they were published, because a consumer holds an advisory
lock on each shard it takes from. Rows are deleted by id, never by a cursor, so one that commits late is not skipped.

A message that no consumer holds or will look for would wait for the sweep. So a consumer continues until nothing is
waiting, except in shards that another consumer holds: that one looks again after it has released them.

Where messages come all the time, a task for each would cost more than its work. So a consumer that starts soon after
the last message leaves the queue unacknowledged, so that no other task is enqueued, and waits for more: for the
signal that is sent instead of the task. Then it acknowledges and looks a last time. If it dies there, the sweep is a
second away.
"""

import json
import logging
import random
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Case, DurationField, ExpressionWrapper, F, When
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from socialapp.messaging import dispatch, sql
from socialapp.messaging.messages import CATALOGUE, Message
from socialapp.messaging.models import SHARDS, OutboxMessage
from socialapp.web.request_ids import working_for

logger = logging.getLogger(__name__)

# The larger, the less work for each; and the longer others wait for the rows that a batch has locked (ADR 18).
BATCH = 2_000
# The part of a batch for each of several shards, read in order from the index, however much waits behind it.
SHARE = BATCH // 4
# With more waiting than one batch, a consumer takes from this many shards and leaves the rest to other consumers.
SHARDS_WHEN_BUSY = SHARDS // 8
ATTEMPTS = 5
LOCK_SPACE = 1  # first half of the advisory lock's number

# A consumer stays while messages come so close to each other, and leaves its process to other tasks now and then.
LULL_S = 0.025
LONGEST_STAY_S = 0.5
# What gathers meanwhile: the more there is, the longer it is let to, so that work per message falls as load rises.
GATHER_S, LONGEST_GATHER_S = 0.001, 0.010
# With this many at once there is work for other consumers, too: the queue is acknowledged.
MANY = 100

Handler = Callable[[list[Any]], None]
Row = tuple[int, str, str]  # id, name, body as JSON text


@dataclass(frozen=True)
class Claimed:
    """A row of the outbox that this transaction holds, and the message it carries."""

    id: int
    message: Message


class Unreadable(Exception):
    """The body of a row is not one of its message. The row fails alone, like any other failure."""


class _ArrivalRate:
    """Measures how often messages reach this process."""

    met_at = 0.0

    def is_brisk(self) -> bool:
        return time.monotonic() - self.met_at < LULL_S


_rate = _ArrivalRate()


def consume() -> int:
    """Handle waiting messages that no other consumer holds. Returns how many ended.

    Raises OperationalError or InterfaceError when the database is away; then the last batch had no effect.
    """
    total = _poll_while_busy()
    dispatch.acknowledge()
    return total + _consume_until_empty()


def sweep() -> int:
    """Like `consume`, for messages whose wake-up was lost. Leaves the queue as it is. Returns how many ended."""
    dispatch.heartbeat()
    return _consume_until_empty()


def _consume_until_empty() -> int:
    total, held = 0, True
    while held and _is_waiting():
        held, ended = _consume_batch()
        total += ended
    if total:
        _rate.met_at = time.monotonic()
    return total


def _poll_while_busy() -> int:
    """Handle messages before the queue is acknowledged, until none comes for a while, or many come at once."""
    total, until = 0, time.monotonic() + LONGEST_STAY_S
    while _rate.is_brisk() and time.monotonic() < until:
        held, ended = _consume_batch()
        total += ended
        if ended >= MANY or (not held and _is_waiting()):  # another consumer, perhaps a thread of this one, has them
            break
        if ended:
            _rate.met_at = time.monotonic()
        if ended > 1:
            time.sleep(min(GATHER_S * ended, LONGEST_GATHER_S))
        else:
            dispatch.wait_for_signal(min(LULL_S, until - time.monotonic()))
    return total


def _is_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql.WAITING, {"names": _known_names()})
        return bool(cursor.fetchone()[0])


def _consume_batch() -> tuple[bool, int]:
    """Return whether any shard was held (then another look is due), and how many messages ended."""
    with transaction.atomic():
        waiting, held, rows = _claim()
        if waiting > BATCH and held:
            # More than one can carry: another may come.
            dispatch.wake_workers()
        ended = _handle(rows) if rows else 0
    return bool(held), ended


def _claim() -> tuple[int, int, list[Row]]:
    with connection.cursor() as cursor:
        cursor.execute(
            sql.CLAIM,
            {
                "names": _known_names(),
                "batch": BATCH,
                "share": SHARE,
                "busy": SHARDS_WHEN_BUSY,
                "shards": SHARDS,
                "offset": random.randrange(SHARDS),  # noqa: S311  spreads consumers over shards, no secret
                "space": LOCK_SPACE,
            },
        )
        rows = cursor.fetchall()
    waiting, held = rows[0][:2]
    return waiting, held, [(id_, name, body) for _, _, id_, name, body in rows if id_ is not None]


def _known_names() -> list[str]:
    return [name for name in settings.MESSAGE_HANDLERS if name in CATALOGUE]


def _handle(rows: Sequence[Row]) -> int:
    """Handle rows as one batch; when that fails, in halves, until the failing row stands alone and is rescheduled."""
    try:
        with transaction.atomic():
            claimed = _read(rows)
            with working_for(_request_of(claimed)):
                _dispatch(_coalesce(claimed))
            _finish(claimed)
    except Exception as error:  # a handler may fail in any way
        if _is_passing(error):
            raise
        return _handle_apart(rows, error)
    return len(rows)


def _request_of(claimed: Sequence[Claimed]) -> str:
    """Return the id of the request that all these follow from; "" when they are of several."""
    requests = {row.message.request_id for row in claimed}
    return requests.pop() if len(requests) == 1 else ""


def _handle_apart(rows: Sequence[Row], error: Exception) -> int:
    if len(rows) == 1:
        _reschedule(rows[0], error)
        return 0
    middle = len(rows) // 2
    return _handle(rows[:middle]) + _handle(rows[middle:])


def _is_passing(error: Exception) -> bool:
    """Return whether no message is at fault: no connection, conflicting locks (SQLSTATE 40, 55), no resources (53)."""
    if connection.connection is None or connection.connection.closed:
        return True
    code = getattr(error.__cause__, "pgcode", None)
    return isinstance(error, DatabaseError) and code is not None and code[:2] in {"40", "53", "55"}


def _read(rows: Sequence[Row]) -> list[Claimed]:
    """Parse all bodies at once, which takes half the time. Raises Unreadable."""
    try:
        bodies = json.loads(f"[{','.join([body for _, _, body in rows])}]")
        return [
            Claimed(id_, CATALOGUE[name].from_body(body)) for (id_, name, _), body in zip(rows, bodies, strict=True)
        ]
    except (TypeError, ValueError, KeyError) as error:
        raise Unreadable(f"Among the messages {[id_ for id_, _, _ in rows]}, one cannot be read: {error}") from error


def _coalesce(claimed: Sequence[Claimed]) -> list[Message]:
    """Drop each message that a later one with the same key replaces."""
    last: dict[object, Message] = {}
    for row in claimed:
        key = row.message.key or row.id
        last.pop(key, None)
        last[key] = row.message
    return list(last.values())


def _dispatch(messages: Sequence[Message]) -> None:
    by_name: defaultdict[str, list[Message]] = defaultdict(list)
    for message in messages:
        by_name[type(message).__name__].append(message)
    for name, batch in by_name.items():
        for handler in _handlers(tuple(settings.MESSAGE_HANDLERS[name])):
            handler(batch)


@cache
def _handlers(paths: tuple[str, ...]) -> tuple[Handler, ...]:
    return tuple(import_string(path) for path in paths)


def _finish(claimed: Sequence[Claimed]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.FINISH, {"ids": [row.id for row in claimed], "keys": [row.message.key for row in claimed]})


def _reschedule(row: Row, error: Exception) -> None:
    """Try a message again after 1, 4, 9 and 16 seconds; then make it a dead letter."""
    try:
        message = _read([row])[0].message
        key, request_id = message.key, message.request_id
    except Unreadable:
        key = request_id = ""
    with working_for(request_id):
        logger.warning("%s %d could not be handled: %s", row[1], row[0], type(error).__name__)
    text = "".join(traceback.format_exception(error))
    tried = F("attempts") + 1
    OutboxMessage.objects.filter(pk=row[0]).update(
        attempts=tried,
        error=text[-20_000:].replace("\0", ""),
        key=key,
        retry_at=Now() + ExpressionWrapper(tried * tried * timedelta(seconds=1), DurationField()),
        dead_lettered_at=Case(When(attempts__gte=ATTEMPTS - 1, then=Now())),
    )


def send_again(ids: Sequence[int]) -> int:
    """Let dead letters wait again, and wake workers. Returns how many there were."""
    dead = OutboxMessage.objects.filter(pk__in=ids, dead_lettered_at__isnull=False)
    count = dead.update(dead_lettered_at=None, retry_at=None)
    transaction.on_commit(dispatch.wake_workers)
    return count
