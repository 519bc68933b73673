"""What the database says of messages, deliveries and queues, for Prometheus: the same from whichever process answers.

Each figure is bounded as the dashboard's are, and each statement by a timeout.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import product

from django.conf import settings
from django.db import Error, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import F
from django.db.models.functions import Now
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from notifications.history import dashboard, sql
from notifications.history.dashboard import Board
from notifications.models import Circuit, Delivery
from socialapp.media.models import Picture
from socialapp.media.models import State as PictureState

logger = logging.getLogger(__name__)

# Each statement has so long; Prometheus itself gives up after ten seconds.
TIMEOUT = "3s"
# How many of a channel's longest due deliveries are searched for each kind's oldest.
OLDEST = 1_000

Values = Mapping[tuple[str, ...], float | None]


class Ledger(Collector):
    """The state of messages, deliveries by channel and kind, breakers, queues and sessions, and the last audit."""

    def collect(self) -> Iterator[Metric]:
        found: list[Metric] = []
        is_readable = False
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = '{TIMEOUT}'")
                board = dashboard.board()
                parts = (_messages, _deliveries, _endpoints, _queues, _audit)
                found = [metric for part in parts for metric in part(board)]
                found += [*_lags(), *_sessions(cursor)]
            is_readable = True
        except Error as error:
            logger.warning("Metrics could not be read from the database: %s", " ".join(str(error).split()))
        yield _gauge(
            "ledger_readable", "Whether the database answered in time; at 0, metrics of it are missing.", is_readable
        )
        yield from found


def _messages(board: Board) -> Iterator[Metric]:
    waiting, oldest, dead = board.messages
    yield _gauge("outbox_waiting", f"Messages that wait to be handled, at most {sql.CAP}.", waiting)
    yield _gauge("outbox_oldest_seconds", "Age of the message that waits longest; 0 if none does.", oldest or 0)
    yield _gauge("outbox_dead", "Messages that were given up: dead letters.", dead)
    pictures = Picture.objects.filter(state=PictureState.WAITING)[: sql.CAP].count()
    yield _gauge("pictures_waiting", f"Pictures that wait to be prepared, at most {sql.CAP}.", pictures)


def _deliveries(board: Board) -> Iterator[Metric]:
    yield _gauges("deliveries", f"Deliveries. `waiting` includes `due` and `in_flight`. At most {sql.CAP} of each.",
                  "channel state", {
        (lane.name, state): getattr(lane, state)
        for lane in board.lanes for state in ("waiting", "due", "in_flight", "dead")
    })  # fmt: skip
    yield _gauges("deliveries_ended", f"Deliveries that ended in the last {dashboard.MINUTES} minutes.",
                  "channel kind state", {
        (cell.channel, cell.kind, state): getattr(cell, state)
        for cell in board.cells for state in ("sent", "dead", "suppressed")
    })  # fmt: skip
    yield _gauges("deliveries_seconds", f"From acceptance to delivery, in the last {dashboard.MINUTES} minutes.",
                  "channel kind quantile", {
        (cell.channel, cell.kind, quantile): seconds
        for cell in board.cells for quantile, seconds in (("0.5", cell.p50), ("0.99", cell.p99))
    })  # fmt: skip


def _lags() -> Iterator[Metric]:
    """The age of each kind's oldest due delivery, among the OLDEST of its channel."""
    longest: dict[tuple[str, ...], float] = {}
    for channel, bulk in product(settings.CHANNELS, (False, True)):
        due = Delivery.objects.filter(channel=channel, bulk=bulk, state=Delivery.State.WAITING)
        due = due.filter(next_attempt_at__lte=Now()).annotate(age=Now() - F("next_attempt_at"))
        for kind, age in due.order_by("next_attempt_at").values_list("kind", "age")[:OLDEST]:
            longest[channel, kind] = max(age.total_seconds(), longest.get((channel, kind), 0))
    yield _gauges(
        "deliveries_lag_seconds", "How long the oldest of those that are due has been.", "channel kind", longest
    )


def _endpoints(board: Board) -> Iterator[Metric]:
    names = Circuit.objects.filter(failures__gte=Circuit.TRIPS_AT).values_list("name", flat=True)[: sql.CAP]
    opened = Counter(name.split()[0] for name in names)  # the channel, and a UUID or "server"
    yield _gauges("breakers_open", f"Endpoints or servers that are left alone for now, at most {sql.CAP}.", "channel",
                  {(channel,): opened[channel] for channel in settings.CHANNELS})  # fmt: skip
    yield _gauge(
        "push_signature_refused", "Browsers whose push service refuses our VAPID signature.", board.refused_pushes
    )


def _queues(board: Board) -> Iterator[Metric]:
    yield _gauges("queue_depth", "Tasks that a queue of the broker holds; missing while the broker is away.", "queue",
                  {(queue.name,): queue.depth for queue in board.queues})  # fmt: skip
    yield _gauges("queue_unserved", "Whether a queue holds tasks, and no worker has served it for a while.", "queue",
                  {(queue.name,): queue.unheard for queue in board.queues})  # fmt: skip


def _audit(board: Board) -> Iterator[Metric]:
    if audit := board.audit:
        yield _gauge("audit_timestamp_seconds", "When the last audit ended.", audit.at.timestamp())
        yield _gauge("audit_well", "Whether the last audit found nothing lost, doubled or made up.", audit.is_well)
        yield _gauges("audit_findings", "What the last audit found.", "finding",
                      {(name,): number for name, number in audit.findings.items()})  # fmt: skip


def _sessions(cursor: CursorWrapper) -> Iterator[Metric]:
    cursor.execute(sql.SESSIONS)
    sessions = cursor.fetchall()
    yield _gauges("database_sessions", "Sessions with this database, by what they do.", "state",
                  {(state,): number for state, number, _limit in sessions})  # fmt: skip
    yield _gauge("database_sessions_max", "Sessions that PostgreSQL allows in all.", sessions[0][2])


def _gauge(name: str, text: str, value: float) -> Metric:
    return _gauges(name, text, "", {(): value})


def _gauges(name: str, text: str, labels: str, values: Values) -> Metric:
    family = GaugeMetricFamily(f"socialapp_{name}", text, labels=labels.split())
    for key, value in values.items():
        if value is not None:
            family.add_metric(key, value)
    return family
