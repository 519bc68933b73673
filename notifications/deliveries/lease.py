"""Claims due deliveries in whole batches, under a lease that is committed before anything is sent.

One claim of a channel at a time (an advisory lock, held for milliseconds), so
that what is in flight can be counted, by host, person and pace, and a breaker
that is half open lets one through. People with fewer deliveries in flight go first; slow
receivers have a small share of the senders (docs/adr/0035). A lease is `next_attempt_at` in
the future and a number: the deliveries of a dead worker are due again when the lease ends.
"""

import sys
import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from django.db import connection, transaction

from notifications.channels.base import Caps, Channel
from notifications.deliveries.sql import lease as sql
from notifications.deliveries.sql.outcome import NEW_ID
from notifications.models import Circuit

LOCK_SPACE = 2  # first half of the advisory lock's number; messaging's consumer has 1
ROWS = 30
PROBE_ROWS = 100  # of which the one that failed least often probes the breaker that all share
BATCHES = 8
# What a sender has taken and not begun (`recheck.recheck` begins it) is due again after this, for any other: so nothing
# waits for long behind a receiver that hangs.
UNTIL_BEGUN = timedelta(seconds=1)
# Longer than a send may take: a mail server that needs 10 s for each step of one mail needs more than a minute.
# Until it ends, no other worker sends the deliveries of a dead one.
LEASE = timedelta(seconds=120)
# What cannot go now because of others (a host is busy, a breaker is open) is looked at again after this, or later.
ASIDE = timedelta(seconds=1)

# So long somebody whose receiver was slow to answer is one of the slow.
SLOW_FOR = timedelta(hours=1)


@dataclass(frozen=True)
class Probe:
    """The one delivery that a breaker lets through when it is half open. For others it is open until then.

    That is as long as its claim lasts. If its worker is killed, it is unknown until then that no answer comes; the
    next delivery probes at the same moment at which this one is due again, and the breaker had been open for up to
    5 minutes already.
    """

    circuit_id: int
    open_until: datetime


@dataclass(frozen=True)
class Batch:
    """Deliveries to one endpoint that are sent as one message, held by `lease`.

    Its `id` is the same at each attempt, and unique: a delivery that leaves the batch is never sent under it.
    """

    id: int
    lease: uuid.UUID
    probe: Probe | None = None


@dataclass(frozen=True)
class _Due:
    id: int
    endpoint_id: int
    recipient_id: int
    batch: int | None
    host: str
    pace: str  # "quick", "slow", or "new": nothing was sent there yet
    held: bool
    alone: bool  # a test or a warning
    attempts: int
    failing: bool  # the last thing that was sent there
    circuit_id: int
    failures: int
    is_open: bool | None
    open_until: datetime | None

    @property
    def half_open(self) -> bool:
        return self.failures >= Circuit.TRIPS_AT


@dataclass(frozen=True)
class _Busy:
    """Counts the deliveries in flight for each host, for each person, and of each pace."""

    hosts: Counter[str]
    people: Counter[int]
    paces: Counter[str]

    def has_room(self, caps: Caps, row: _Due) -> bool:
        return (
            self.hosts[normal_host(row.host)] < caps.per_host
            and self.people[row.recipient_id] < caps.per_person
            and self.paces[row.pace] < caps.of_pace.get(row.pace, sys.maxsize)
        )

    def add(self, row: _Due) -> None:
        self.hosts[normal_host(row.host)] += 1
        self.people[row.recipient_id] += 1
        self.paces[row.pace] += 1

    def without_room(self, caps: Caps) -> dict[str, Any]:
        """Return what the statement leaves out: hosts and people without room. Other spellings may be found."""
        return {
            "hosts": [host for host, count in self.hosts.items() if count >= caps.per_host],
            "people": [person for person, count in self.people.items() if count >= caps.per_person],
            "paces": [pace for pace, most in caps.of_pace.items() if self.paces[pace] >= most],
        }


@transaction.atomic
def claim(channel: Channel) -> tuple[list[Batch], bool]:
    """Claim up to BATCHES batches. Returns them, and whether more may be due."""
    values: dict[str, Any] = {"channel": channel.name, "rows": ROWS, "slow_for": SLOW_FOR}
    with connection.cursor() as cursor:
        cursor.execute(sql.LOCK, [LOCK_SPACE, crc32(channel.name.encode()) >> 1])
        failures, is_open = _shared(cursor, channel.shared_circuit)
        if is_open:
            return [], False
        if failures >= Circuit.TRIPS_AT:
            values["rows"] = PROBE_ROWS
        cursor.execute(sql.BUSY, values)
        leases = cursor.fetchall()
        busy = _Busy(
            Counter(normal_host(host) for _, host, _, _ in leases),
            Counter(person for _, _, person, _ in leases),
            Counter(pace for _, _, _, pace in leases),
        )
        for caps in (channel.caps.halved(), channel.caps):
            cursor.execute(sql.DUE, values | busy.without_room(caps))
            due = [_Due(*row) for row in cursor.fetchall()]
            chosen, aside, more = _choose(channel, caps, due, busy)
            batches = _lease(cursor, channel, chosen)
            if aside:
                columns: dict[str, Any] = {
                    "ids": [row.id for row in aside],
                    "untils": [row.open_until for row in aside],
                }
                cursor.execute(sql.ASIDE, columns | {"aside": ASIDE})
            if batches or more:
                return batches, more
    return [], False


def _shared(cursor: Any, circuit: str) -> tuple[int, bool]:
    """Return the failures of the channel's shared breaker, and whether it is open."""
    if circuit:
        cursor.execute(sql.SHARED, [circuit])
        if row := cursor.fetchone():
            return int(row[0]), bool(row[1])
    return 0, False


def _choose(
    channel: Channel, caps: Caps, due: Sequence[_Due], busy: _Busy
) -> tuple[list[list[_Due]], list[_Due], bool]:
    """Return the rows to send now, one list a batch; those to put aside; and whether another worker would find more."""
    by_key: defaultdict[tuple[str, int], list[_Due]] = defaultdict(list)
    for row in due:
        by_key[_key(channel, row)].append(row)
    in_turn = sorted(by_key.values(), key=lambda rows: _turn(rows[0]))
    chosen: list[list[_Due]] = []
    aside: list[_Due] = []
    probed: set[int] = set()
    more = len(due) >= ROWS
    for rows in in_turn:
        first = rows[0]
        if first.half_open and first.circuit_id in probed and channel.shared_circuit:
            continue  # due still, as soon as the probe is back
        if first.is_open or (first.half_open and first.circuit_id in probed):
            aside += rows
        elif not busy.has_room(caps, first):
            # They stay due for the worker that sends there now and looks again, unless others may wait behind them.
            aside += rows if len(due) >= ROWS else []
        elif chosen and (len(chosen) == BATCHES or not _goes_along(caps, chosen[0][0], first)):
            more = True
        else:
            chosen.append(rows)
            busy.add(first)
            probed.update([first.circuit_id] if first.half_open else [])
    return chosen, aside, more


def _goes_along(caps: Caps, begun: _Due, other: _Due) -> bool:
    """Return whether one sender may take both. A probe is taken alone, and so is a delivery of a bounded share."""
    alone = begun.half_open or other.half_open
    return not alone and begun.pace not in caps.of_pace and other.pace not in caps.of_pace


def _turn(first: _Due) -> tuple[bool, int]:
    """Sort probes: first the recipient who failed least often, so that no mail that always fails delays others."""
    return (first.failing, first.attempts) if first.half_open else (False, 0)


def _key(channel: Channel, row: _Due) -> tuple[str, int]:
    """Return the key of a batch: as before; per endpoint if the channel or quiet hours batch; else per delivery."""
    if row.batch:
        return "batch", row.batch
    if (channel.batches_deliveries or row.held) and not row.alone:
        return "endpoint", row.endpoint_id
    return "delivery", row.id


def _lease(cursor: Any, channel: Channel, chosen: Sequence[list[_Due]]) -> list[Batch]:
    if not chosen:
        return []
    batches = [Batch(_id_for(cursor, channel, rows), uuid.uuid4()) for rows in chosen]
    pairs = list(zip(batches, chosen, [LEASE] + [UNTIL_BEGUN] * (len(chosen) - 1), strict=True))
    flat = [(row, batch, lasts) for batch, rows, lasts in pairs for row in rows]
    cursor.execute(
        sql.TAKE,
        {
            "ids": [row.id for row, _, _ in flat],
            "batches": [batch.id for _, batch, _ in flat],
            "leases": [str(batch.lease) for _, batch, _ in flat],
            "lasts": [lasts for _, _, lasts in flat],
        },
    )
    # The others were begun or changed by somebody at this moment.
    ours = {id_ for (id_,) in cursor.fetchall()}
    pairs = [(batch, rows, lasts) for batch, rows, lasts in pairs if batch.id in ours]
    if gathering := [pair for pair in pairs if _key(channel, pair[1][0])[0] != "delivery"]:
        cursor.execute(
            sql.GATHER,
            {
                "endpoints": [rows[0].endpoint_id for _, rows, _ in gathering],
                "batches": [batch.id for batch, _, _ in gathering],
                "leases": [str(batch.lease) for batch, _, _ in gathering],
                "lasts": [lasts for _, _, lasts in gathering],
                "new": [rows[0].batch is None for _, rows, _ in gathering],
                "fresh_too": [
                    channel.batches_deliveries and not all(row.held for row in rows) for _, rows, _ in gathering
                ],
            },
        )
    probes = _probe(cursor, [rows for _, rows, _ in pairs])
    return [replace(batch, probe=probes.get(rows[0].circuit_id)) for batch, rows, _ in pairs]


def _id_for(cursor: Any, channel: Channel, rows: list[_Due]) -> int:
    """Return the id of a batch: of one delivery its own, of several a new one."""
    kind, id_ = _key(channel, rows[0])
    if kind != "endpoint":
        return id_
    cursor.execute(f"SELECT {NEW_ID}")
    return int(cursor.fetchone()[0])


def _probe(cursor: Any, chosen: Sequence[list[_Due]]) -> dict[int, Probe]:
    """Open the circuits of these batches for all others until the probe has ended. Returns the probes by circuit."""
    circuits = [rows[0].circuit_id for rows in chosen if rows[0].half_open]
    if not circuits:
        return {}
    cursor.execute(sql.PROBE, {"circuits": circuits, "lease": LEASE})
    return {id_: Probe(id_, until) for id_, until in cursor.fetchall()}


def normal_host(host: str) -> str:
    """Return the normal spelling of a host, also for addresses that were stored before addresses were normalized."""
    name, colon, port = host.rpartition("@")[2].lower().rpartition(":")
    if not colon or not port.isdigit():
        return host.rpartition("@")[2].lower().rstrip(":").rstrip(".")
    return name.rstrip(".") if port in {"443", "80"} else f"{name.rstrip('.')}:{port}"
