"""The state of deliveries for admins. Each figure is bounded, so that it costs the same at ten million rows."""

import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext

from notifications.history import sql
from notifications.models import AuditRun, Circuit, Delivery, EndpointNotice, FanOut, Reason
from socialapp import broker
from socialapp.messaging import dispatch
from socialapp.messaging.models import OutboxMessage

MINUTES = 30


@dataclass
class Lane:
    """One channel. `minutes` has (sent, dead) of each of the last MINUTES, the oldest first."""

    name: str
    waiting: int
    due: int
    oldest_s: float | None
    in_flight: int
    dead: int
    minutes: list[tuple[int, int]] = field(default_factory=list)

    @property
    def bars(self) -> list[dict[str, Any]]:
        """The chart: an SVG of MINUTES by 40 units."""
        title = gettext("%(sent)s sent, %(dead)s dead")
        most = max([sent + dead for sent, dead in self.minutes] + [1])
        return [
            {"x": n, "sent": 40 * sent / most, "dead": 40 * dead / most, "y": 40 - 40 * (sent + dead) / most,
             "dead_y": 40 - 40 * dead / most, "title": title % {"sent": sent, "dead": dead}}
            for n, (sent, dead) in enumerate(self.minutes)
        ]  # fmt: skip

    @property
    def per_minute(self) -> int:
        """Sent in the last whole minute."""
        return self.minutes[-2][0] if len(self.minutes) > 1 else 0


@dataclass(frozen=True)
class Cell:
    """Deliveries of one kind by one channel that ended in MINUTES. Times are seconds from acceptance to delivery."""

    channel: str
    kind: str
    sent: int
    dead: int
    suppressed: int
    p50: float | None
    p99: float | None

    @property
    def success(self) -> float | None:
        """The percentage sent, of deliveries that were sent or given up; None without any."""
        ended = self.sent + self.dead
        return 100 * self.sent / ended if ended else None


@dataclass(frozen=True)
class Queue:
    """A queue of the broker. `unheard`: it holds tasks and no worker has served it for a while."""

    name: str
    depth: int | None
    unheard: bool


@dataclass(frozen=True)
class Board:
    """Everything that the dashboard shows."""

    at: datetime
    lanes: list[Lane]
    cells: list[Cell]
    queues: list[Queue]
    messages: tuple[int, float | None, int]  # waiting, age of the oldest in seconds, dead letters
    refused_pushes: int  # browsers whose push service refuses our signature
    breakers: list[Circuit]
    jobs: list[FanOut]
    audit: AuditRun | None


def board() -> Board:
    """Small queries, six for each channel, and a round trip to the broker; where that is away, its part is empty."""
    lanes, cells = _lanes()
    return Board(
        at=timezone.now(),
        lanes=lanes,
        cells=cells,
        queues=queues(),
        messages=_messages(),
        refused_pushes=Circuit.objects.filter(failures__gt=0, last_error=Reason.SIGNATURE_REFUSED)[: sql.CAP].count(),
        breakers=list(Circuit.objects.filter(failures__gte=Circuit.TRIPS_AT).order_by("-open_until")[:20]),
        jobs=list(
            FanOut.objects.filter(state__in=[FanOut.State.RUNNING, FanOut.State.PAUSED])
            .select_related("author")
            .order_by("pk")[:20]
        ),
        audit=AuditRun.objects.order_by("-pk").first(),
    )


def _messages() -> tuple[int, float | None, int]:
    waiting = OutboxMessage.objects.filter(dead_lettered_at=None)
    oldest = waiting.order_by("pk").values_list("created_at", flat=True).first()
    age = (timezone.now() - oldest).total_seconds() if oldest else None
    return waiting[: sql.CAP].count(), age, OutboxMessage.objects.filter(dead_lettered_at__isnull=False).count()


def queues() -> list[Queue]:
    """The depth of each queue, and whether a worker serves it."""
    names = [*settings.QUEUE_TASKS, "housekeeping"]
    try:
        statuses = dispatch.queue_statuses(names)
    except broker.ERRORS:
        return [Queue(name, None, unheard=True) for name in names]
    now = time.time()
    return [
        Queue(
            name,
            depth,
            unheard=bool(depth) and name in settings.QUEUE_TASKS and now - heard_at > dispatch.SILENCE_S,
        )
        for name, (depth, heard_at) in statuses.items()
    ]


def _lane(name: str) -> Lane:
    deliveries = Delivery.objects.filter(channel=name)
    waiting = deliveries.filter(state=Delivery.State.WAITING)
    dead = deliveries.filter(state=Delivery.State.DEAD).exclude(kind=EndpointNotice.TEST)
    due = waiting.filter(bulk__in=[False, True], next_attempt_at__lte=Now())
    # The first of each is one entry of the index, which begins with `bulk`.
    ages = due.annotate(age=Now() - F("next_attempt_at")).order_by("next_attempt_at").values_list("age", flat=True)
    oldest = [age.total_seconds() for bulk in (False, True) if (age := ages.filter(bulk=bulk).first())]
    return Lane(
        name=name,
        waiting=waiting[: sql.CAP].count(),
        due=due[: sql.CAP].count(),
        oldest_s=max(oldest, default=None),
        in_flight=waiting.filter(lease__isnull=False, next_attempt_at__gt=Now()).count(),
        dead=dead[: sql.CAP].count(),
    )


def _lanes() -> tuple[list[Lane], list[Cell]]:
    minutes: defaultdict[str, dict[datetime, tuple[int, int]]] = defaultdict(dict)
    cells, lanes = [], [_lane(name) for name in settings.CHANNELS]
    with connection.cursor() as cursor:
        span: Any = timedelta(minutes=MINUTES)
        cursor.execute(sql.ENDED, [span])
        for channel, kind, minute, sent, dead, suppressed, times in cursor.fetchall():
            if minute:
                minutes[channel][minute] = (sent, dead)
            else:
                cells.append(Cell(channel, kind, sent, dead, suppressed, *(times or (None, None))))
    now = timezone.now().replace(second=0, microsecond=0)
    for lane in lanes:
        lane.minutes = [
            minutes[lane.name].get(now - timedelta(minutes=back), (0, 0)) for back in reversed(range(MINUTES))
        ]
    return lanes, sorted(cells, key=lambda cell: (cell.channel, cell.kind))
