"""Hold every inbox against the truth: each standing fact is in one inbox once, and nothing else is."""

import time
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from notifications.models import AuditRun

# One statement, so one snapshot: reactions that come in meanwhile are in all of it or in none.
# What an account that is deleted had in its inbox is being removed, and is nobody's to miss.
_AUDIT = """
WITH fact AS MATERIALIZED (
    SELECT fact.recipient_id, fact.kind, coalesce(fact.post_id, 0) AS post_id, fact.actor_id, fact.reply_id
    FROM ({facts}) AS fact
    JOIN users_person AS recipient ON recipient.id = fact.recipient_id AND recipient.deleted_at IS NULL
), held AS MATERIALIZED (
    SELECT found.recipient_id, found.kind, coalesce(found.post_id, 0) AS post_id,
           member.actor_id, member.reply_id, count(*) AS times, bool_or(member.active) AS active
    FROM notifications_groupmember AS member JOIN notifications_group AS found ON found.id = member.group_id
    JOIN users_person AS recipient ON recipient.id = found.recipient_id AND recipient.deleted_at IS NULL
    WHERE member.active OR member.suppressed_reason <> '' GROUP BY 1, 2, 3, 4, 5
), said AS MATERIALIZED (
    SELECT (body->>'recipient_id')::bigint AS recipient_id, coalesce(body->>'kind', 'follow') AS kind,
           coalesce((body->>'post_id')::bigint, 0) AS post_id, (body->>'actor_id')::bigint AS actor_id,
           coalesce((body->>'reply_id')::bigint, 0) AS reply_id, bool_or(dead_lettered_at IS NULL) AS waits
    FROM messaging_outbox
    WHERE name IN ('ReactionAdded', 'ReactionRemoved', 'PersonFollowed', 'PersonUnfollowed')
    GROUP BY 1, 2, 3, 4, 5
), compared AS (
    SELECT fact.actor_id IS NOT NULL AS due, held.actor_id IS NOT NULL AS there, coalesce(held.times, 0) AS times,
           coalesce(held.active, false) AS active, recipient_id, kind, post_id, actor_id, reply_id
    FROM fact FULL JOIN held USING (recipient_id, kind, post_id, actor_id, reply_id)
), counted AS (
    SELECT count(*) FILTER (WHERE due) AS accepted,
           count(*) FILTER (WHERE due AND active) AS delivered,
           count(*) FILTER (WHERE due AND there AND NOT active) AS suppressed,
           count(*) FILTER (WHERE (due AND NOT there OR active AND NOT due) AND said.waits) AS pending,
           count(*) FILTER (WHERE (due AND NOT there OR active AND NOT due) AND NOT said.waits) AS set_aside,
           count(*) FILTER (WHERE due AND NOT there AND said.waits IS NULL) AS missing,
           coalesce(sum(times - 1) FILTER (WHERE there), 0)::bigint AS double,
           count(*) FILTER (WHERE active AND NOT due AND said.waits IS NULL) AS uncaused
    FROM compared LEFT JOIN said USING (recipient_id, kind, post_id, actor_id, reply_id)
), miscounted AS (
    SELECT count(*) AS miscounted FROM (
        SELECT found.count, count(DISTINCT member.actor_id) FILTER (WHERE member.active) AS people
        FROM notifications_group AS found LEFT JOIN notifications_groupmember AS member ON member.group_id = found.id
        GROUP BY found.id
    ) AS groups WHERE groups.count <> groups.people
)
SELECT accepted, delivered, suppressed, pending, set_aside, missing, double, uncaused, miscounted
FROM counted, miscounted
"""
# Each activity that is in an inbox, and each endpoint that its recipient had by then: covered by one delivery.
# What ended long ago is purged; an endpoint that was added in the same moment may or may not have been known.
_OUTSIDE = """
WITH pair AS (
    SELECT member.id, (
        SELECT array_agg(delivery.state) FROM notifications_delivery AS delivery
        WHERE delivery.endpoint_id = endpoint.id AND delivery.group_id = member.group_id
          AND member.id BETWEEN delivery.first_member AND delivery.last_member
    ) AS states
    FROM notifications_endpoint AS endpoint
    JOIN notifications_group AS found ON found.recipient_id = endpoint.person_id
    JOIN notifications_groupmember AS member ON member.group_id = found.id
    WHERE member.suppressed_reason = '' AND member.delivered_at > endpoint.created_at + interval '5 seconds'
      AND member.delivered_at > clock_timestamp() - %(kept)s
)
SELECT count(*) FILTER (WHERE states = '{sent}'), count(*) FILTER (WHERE states = '{suppressed}'),
       count(*) FILTER (WHERE states = '{dead}'), count(*) FILTER (WHERE states = '{waiting}'),
       count(*) FILTER (WHERE states IS NULL), count(*) FILTER (WHERE cardinality(states) > 1)
FROM pair
"""
# What was sent as one is recorded as one. Mails of before ids were of one mail are named after a delivery in them.
_IDS = """
SELECT count(*) FROM (
    SELECT FROM notifications_delivery WHERE channel = 'email' AND state = 'sent' AND batch IS NOT NULL
    GROUP BY endpoint_id, batch
    HAVING max(finished_at) - min(finished_at) > interval '1 second' AND NOT bool_or(id = batch)
) AS mail
"""
KEPT = timedelta(days=30)  # how long deliveries that ended are kept


@dataclass(frozen=True)
class Findings:
    """How many of each.

    accepted = delivered + suppressed + those of pending and set_aside that are not there yet + missing.
    suppressed: the recipient muted or blocked who did it, or does not want this kind; or who did it is suspended.
    uncaused: in an inbox without a fact. miscounted: groups whose number is not that of their people.

    Of each activity in an inbox and each endpoint of its recipient: sent, suppressed (with the reason), dead,
    waiting; unplanned: no delivery tells of it; planned_twice: more than one does.
    shared_ids: ids under which two mails went, of which the recipient's server may have dropped one.
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
        """Nothing is lost, doubled or made up. What is pending or set aside is neither."""
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
    """Recompute what all inboxes must hold from the truth that settings.AUDIT_SOURCES names. Three statements."""
    facts = " UNION ALL ".join(f"({import_string(path)})" for path in settings.AUDIT_SOURCES)
    kept: dict[str, Any] = {"kept": KEPT}
    with transaction.atomic(), connection.cursor() as cursor:
        # Millions of rows are compared by hash joins, which want room.
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute(_AUDIT.format(facts=facts))
        inside = cursor.fetchone()
        cursor.execute(_OUTSIDE, kept)
        outside = cursor.fetchone()
        cursor.execute(_IDS)
        return Findings(*inside, *outside, *cursor.fetchone())


def run() -> AuditRun:
    """Audit, and keep what was found, for the admin's page."""
    started = time.monotonic()
    findings = audit()
    took_ms = int((time.monotonic() - started) * 1_000)
    return AuditRun.objects.create(took_ms=took_ms, is_well=findings.is_well, findings=asdict(findings))
