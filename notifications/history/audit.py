"""The audit: compares every inbox with the facts; each fact must be in one inbox once, and nothing else."""

import time
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.aggregates import BoolOr
from django.db import connection, transaction
from django.db.models import F, Max, Min, Q
from django.utils.module_loading import import_string

from notifications.history import sql
from notifications.models import AuditRun, ChannelName, Delivery

# Deliveries that ended are kept for as long on every site (config/env/retention.py), also on one that keeps them for
# longer from now on.
KEPT_EVERYWHERE = timedelta(days=7)
EXAMPLES = 20


@dataclass(frozen=True)
class Findings:
    """How many the audit found of each.

    accepted = delivered + suppressed + those of pending and set_aside that are not there yet + missing.
    suppressed: the recipient muted or blocked the actor, or does not want this kind; or the actor is suspended.
    uncaused: in an inbox without a fact. miscounted: groups whose number is not that of their people.

    For each activity in an inbox and each endpoint of its recipient: sent, suppressed (with the reason), dead,
    waiting; unplanned: it is in no delivery; planned_twice: it is in more than one.
    shared_ids: ids under which two mails were sent, one of which the recipient's server may have dropped.
    """

    accepted: int
    delivered: int
    suppressed: int
    pending: int
    set_aside: int
    missing: int
    double: int
    uncaused: int
    miscounted: int
    sent: int
    suppressed_reason: int
    dead: int
    waiting: int
    unplanned: int
    planned_twice: int
    shared_ids: int = 0

    @property
    def is_well(self) -> bool:
        """Nothing is lost, doubled or made up. What is pending or a dead letter is neither."""
        return not any(
            (
                self.missing,
                self.double,
                self.uncaused,
                self.miscounted,
                self.unplanned,
                self.planned_twice,
                self.shared_ids,
            )
        )


def audit() -> Findings:
    """Compute what all inboxes must hold from settings.AUDIT_SOURCES, and compare. Three statements."""
    kept: dict[str, Any] = {"kept": KEPT_EVERYWHERE}
    with transaction.atomic(), connection.cursor() as cursor:
        # Millions of rows are compared by hash joins, which want room.
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute(sql.inside(_facts()))
        inside = cursor.fetchone()
        cursor.execute(sql.OUTSIDE, kept)
        outside = cursor.fetchone()
        return replace(Findings(*inside, *outside), shared_ids=_shared_ids())


def examples() -> list[str]:
    """Name some of what is missing, double or uncaused now: after an audit that found any. One statement."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute(sql.examples(_facts()), {"most": EXAMPLES})
        return [
            f"{finding}: {kind} for person {recipient}, post {post or '-'}, by person {actor}, reply {reply or '-'}"
            for finding, kind, recipient, post, actor, reply in cursor.fetchall()
        ]


def _facts() -> str:
    return " UNION ALL ".join(f"({import_string(path)})" for path in settings.AUDIT_SOURCES)


def _shared_ids() -> int:
    """Count mails that were sent as one and recorded at several times.

    Mails of before ids were of one mail are named after a delivery in them.
    """
    sent = Delivery.objects.filter(channel=ChannelName.EMAIL, state=Delivery.State.SENT, batch__isnull=False)
    mails = sent.values("endpoint", "batch").annotate(
        took=Max("finished_at") - Min("finished_at"), is_named_after_one=BoolOr(Q(pk=F("batch")))
    )
    return mails.filter(took__gt=timedelta(seconds=1), is_named_after_one=False).count()


def run() -> AuditRun:
    """Audit, and store the findings for the admin's page."""
    started = time.monotonic()
    findings = audit()
    took_ms = int((time.monotonic() - started) * 1_000)
    return AuditRun.objects.create(took_ms=took_ms, is_well=findings.is_well, findings=asdict(findings))
