"""Take what is due: whole bundles, under a lease that is committed before anything is sent.

One claim of a channel at a time (an advisory lock, held for milliseconds), so
that what is in flight per host can be counted, and a breaker that is half open
lets one through. A lease is `next_attempt_at` in the future and a number: what
a dead worker held is due again when the lease ends.
"""

import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from django.db import connection, transaction

from notifications.channels.base import Channel
from notifications.models import Circuit

LOCK_SPACE = 2  # first half of the advisory lock's number; messaging's drains have 1
ROWS = 200
BUNDLES = 8
# Longer than a send may take: a mail server that needs 10 s for each step of one mail needs more than a minute.
# Until it ends, nobody else sends what a dead worker held.
LEASE = timedelta(seconds=120)
# What cannot go now because of others (a host is busy, a breaker is open) is looked at again after this, or later.
ASIDE = timedelta(seconds=1)

_BUSY = """
SELECT host, count(DISTINCT lease) FROM notifications_delivery
WHERE channel = %(channel)s AND state = 'waiting' AND lease IS NOT NULL AND next_attempt_at > clock_timestamp()
GROUP BY host
"""
_DUE = """
SELECT delivery.id, delivery.endpoint_id, delivery.bundle, delivery.host, delivery.reason = 'quiet hours' AS held,
       endpoint.circuit_id, coalesce(circuit.failures, 0), circuit.open_until > clock_timestamp() AS is_open,
       circuit.open_until
FROM notifications_delivery AS delivery
JOIN notifications_endpoint AS endpoint ON endpoint.id = delivery.endpoint_id
-- What waits for a disabled endpoint is not sent but suppressed: no breaker holds that up.
LEFT JOIN notifications_circuit AS circuit ON circuit.id = endpoint.circuit_id AND endpoint.disabled_at IS NULL
WHERE delivery.channel = %(channel)s AND delivery.state = 'waiting' AND delivery.next_attempt_at <= clock_timestamp()
ORDER BY delivery.bulk, delivery.next_attempt_at LIMIT %(rows)s
FOR UPDATE OF delivery SKIP LOCKED
"""
_LEASE = """
UPDATE notifications_delivery AS delivery
SET lease = claimed.lease, bundle = claimed.bundle, next_attempt_at = clock_timestamp() + %(lease)s
FROM unnest(%(ids)s::bigint[], %(bundles)s::bigint[], %(leases)s::uuid[]) AS claimed(id, bundle, lease)
WHERE delivery.id = claimed.id
"""
_GATHER = """
UPDATE notifications_delivery AS delivery
SET lease = claimed.lease, bundle = claimed.bundle, next_attempt_at = clock_timestamp() + %(lease)s
FROM unnest(%(endpoints)s::bigint[], %(bundles)s::bigint[], %(leases)s::uuid[]) AS claimed(endpoint_id, bundle, lease)
WHERE delivery.endpoint_id = claimed.endpoint_id AND delivery.state = 'waiting' AND delivery.bundle IS NULL
"""
_ASIDE = """
UPDATE notifications_delivery AS delivery
SET next_attempt_at = greatest(clock_timestamp() + %(aside)s, aside.until), lease = NULL
FROM unnest(%(ids)s::bigint[], %(untils)s::timestamptz[]) AS aside(id, until) WHERE delivery.id = aside.id
"""
# Half open: whoever looks while the probe is out finds the breaker open.
_PROBE = "UPDATE notifications_circuit SET open_until = clock_timestamp() + %(lease)s WHERE id = ANY(%(circuits)s)"


@dataclass(frozen=True)
class Bundle:
    """Deliveries to one endpoint that go as one, held by `lease`. Its `id` is the same at each attempt."""

    id: int
    lease: uuid.UUID


@dataclass(frozen=True)
class _Due:
    id: int
    endpoint_id: int
    bundle: int | None
    host: str
    held: bool
    circuit_id: int
    failures: int
    is_open: bool | None
    open_until: datetime | None


@transaction.atomic
def claim(channel: Channel) -> tuple[list[Bundle], bool]:
    """At most BUNDLES, and whether more may be due."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_SPACE, crc32(channel.name.encode()) >> 1])
        cursor.execute(_DUE, {"channel": channel.name, "rows": ROWS})
        due = [_Due(*row) for row in cursor.fetchall()]
        if not due:
            return [], False
        cursor.execute(_BUSY, {"channel": channel.name})
        chosen, aside, more = _choose(channel, due, Counter(dict(cursor.fetchall())))
        _lease(cursor, channel, chosen)
        if aside:
            columns: dict[str, Any] = {"ids": [row.id for row in aside], "untils": [row.open_until for row in aside]}
            cursor.execute(_ASIDE, columns | {"aside": ASIDE})
    return [bundle for bundle, _ in chosen], more


def _choose(
    channel: Channel, due: Sequence[_Due], busy: Counter[str]
) -> tuple[list[tuple[Bundle, list[_Due]]], list[_Due], bool]:
    """Which bundles go now; the rows that are put aside; and whether another worker would find more to do."""
    by_key: defaultdict[tuple[str, int], list[_Due]] = defaultdict(list)
    for row in due:
        by_key[_key(channel, row)].append(row)
    chosen: list[tuple[Bundle, list[_Due]]] = []
    aside: list[_Due] = []
    probed: set[int] = set()
    more = len(due) == ROWS
    for rows in by_key.values():
        first = rows[0]
        half_open = first.failures >= Circuit.TRIPS_AT
        if first.is_open or (half_open and first.circuit_id in probed):
            aside += rows
        elif busy[first.host] >= channel.in_flight_per_host:
            # They stay due, for who sends there now and looks again; unless there may be others behind them.
            aside += rows if len(due) == ROWS else []
        elif len(chosen) == BUNDLES:
            more = True
        else:
            chosen.append((Bundle(first.bundle or min(row.id for row in rows), uuid.uuid4()), rows))
            busy[first.host] += 1
            probed.update([first.circuit_id] if half_open else [])
    return chosen, aside, more


def _key(channel: Channel, row: _Due) -> tuple[str, int]:
    """What goes as one: what did before; all for an endpoint, where the channel gathers or quiet hours did."""
    if row.bundle:
        return "bundle", row.bundle
    if channel.gathers or row.held:
        return "endpoint", row.endpoint_id
    return "delivery", row.id


def _lease(cursor: Any, channel: Channel, chosen: Sequence[tuple[Bundle, list[_Due]]]) -> None:
    flat = [(row, bundle) for bundle, rows in chosen for row in rows]
    cursor.execute(
        _LEASE,
        {
            "ids": [row.id for row, _ in flat],
            "bundles": [bundle.id for _, bundle in flat],
            "leases": [str(bundle.lease) for _, bundle in flat],
            "lease": LEASE,
        },
    )
    if channel.gathers:
        fresh = [(bundle, rows[0]) for bundle, rows in chosen if rows[0].bundle is None]
        cursor.execute(
            _GATHER,
            {
                "endpoints": [row.endpoint_id for _, row in fresh],
                "bundles": [bundle.id for bundle, _ in fresh],
                "leases": [str(bundle.lease) for bundle, _ in fresh],
                "lease": LEASE,
            },
        )
    if probed := [rows[0].circuit_id for _, rows in chosen if rows[0].failures >= Circuit.TRIPS_AT]:
        cursor.execute(_PROBE, {"circuits": probed, "lease": LEASE})
