"""Checks again at the moment of sending: is it still wanted? One statement per batch, which also renews its lease."""

import json
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db import connection

from notifications.channels.base import Channel
from notifications.deliveries.lease import LEASE, Batch
from notifications.deliveries.plan import channel_columns, ensure_mail_endpoints
from notifications.deliveries.sql import NEXT_VERSION
from notifications.models import ChannelName, Delivery, EndpointNotice, FromWhom, Kind, Reason, Rhythm
from notifications.preferences.sql import BLOCKED, FOLLOWED, MUTED
from socialapp.sql import one_of

State = Delivery.State
SUPERSEDED = "superseded"  # the decision: the next version, which waits too, takes it over
_MEMBER = {
    "recipient": "delivery.recipient_id",
    "actor": "member.actor_id",
    "post": "delivery.post_of_group",
    "thread": "post.thread",
    "kind": "delivery.kind",
}
_FRESH = """
EXISTS (SELECT FROM notifications_groupmember AS member WHERE member.group_id = delivery.group_id AND member.active
        AND member.id BETWEEN delivery.first_member AND delivery.last_member {and_also})
"""
_UNMUTED = f"AND NOT {MUTED.format(**_MEMBER)} AND NOT {BLOCKED.format(**_MEMBER)}"
_WANTED = f"""{_UNMUTED} AND (
    coalesce(preference.from_whom, usual.from_whom) = '{FromWhom.EVERYONE}'
    OR (coalesce(preference.from_whom, usual.from_whom) = '{FromWhom.FOLLOWING}' AND {FOLLOWED.format(**_MEMBER)})
)"""
_AUTHOR = {
    "recipient": "delivery.recipient_id",
    "actor": "author.id",
    "post": "post.id",
    "thread": "NULL",
    "kind": f"'{Kind.POST}'",
}

# What ends all sessions of a person when it changes; as `notifications.endpoints.browsers.sealed`.
SEALED = "encode(sha256(convert_to({person}.password || ' ' || {person}.sessions_ended, 'UTF8')), 'hex')"

# A test or a warning is only checked for whether it can be sent.
_ASK = f"""
WITH renewed AS (
    UPDATE notifications_delivery SET next_attempt_at = clock_timestamp() + %(lease_for)s
    WHERE batch = %(batch)s AND lease = %(lease)s AND state = '{State.WAITING}' RETURNING *
), delivery AS (
    SELECT renewed.*, found.post_id AS post_of_group, found.unread_seq, found.count
    FROM renewed LEFT JOIN notifications_group AS found ON found.id = renewed.group_id
)
SELECT delivery.id, delivery.endpoint_id, delivery.recipient_id, delivery.kind, delivery.group_id,
    delivery.post_id, delivery.text, delivery.reason, delivery.attempts, delivery.accepted_at, delivery.created_at,
    delivery.expires_at - clock_timestamp(), endpoint.address, endpoint.keys, endpoint.circuit_id,
    coalesce(timing.time_zone, 'UTC'), timing.quiet_from, timing.quiet_to,
    coalesce(timing.mail_rhythm, '{Rhythm.IMMEDIATE}'), coalesce(timing.digest_at, time '08:00'),
    coalesce((SELECT name FROM notifications_era), ''),
    CASE
        WHEN delivery.expires_at <= clock_timestamp() THEN '{Reason.EXPIRED}'
        WHEN endpoint.disabled_at IS NOT NULL THEN '{Reason.ENDPOINT_DISABLED}'
        WHEN endpoint.keys->>'session' IS NOT NULL AND NOT EXISTS (
            SELECT FROM django_session AS session WHERE session.session_key = endpoint.keys->>'session'
             AND session.expire_date > clock_timestamp()) THEN '{Reason.LOGGED_OUT}'
        WHEN endpoint.keys->>'sealed' <> {SEALED.format(person="recipient")} THEN '{Reason.LOGGED_OUT}'
        WHEN delivery.channel = '{ChannelName.EMAIL}' AND NOT EXISTS (
            SELECT FROM account_emailaddress AS confirmed WHERE confirmed.user_id = delivery.recipient_id
             AND confirmed.verified AND confirmed."primary" AND confirmed.email = endpoint.address)
            THEN '{Reason.ADDRESS_UNCONFIRMED}'
        WHEN recipient.suspended_at IS NOT NULL OR recipient.deleted_at IS NOT NULL
            THEN '{Reason.ACCOUNT_CLOSED}'
        WHEN delivery.kind IN {one_of(EndpointNotice)} THEN ''
        WHEN author.id IS NOT NULL AND (post.deleted_at IS NOT NULL OR post.hidden_at IS NOT NULL
             OR author.suspended_at IS NOT NULL OR author.deleted_at IS NOT NULL) THEN '{Reason.POST_GONE}'
        WHEN coalesce(preference.from_whom, usual.from_whom) = '{FromWhom.NO_ONE}' THEN '{Reason.NOT_WANTED}'
        WHEN delivery.kind = '{Kind.POST}' THEN CASE
            WHEN NOT EXISTS (SELECT FROM notifications_bell AS bell WHERE bell.person_id = delivery.recipient_id
                             AND bell.author_id = author.id)
              OR NOT {FOLLOWED.format(**_AUTHOR)}
              OR {BLOCKED.format(recipient="author.id", actor="delivery.recipient_id")}
                THEN '{Reason.BELL_OFF}'
            WHEN {MUTED.format(**_AUTHOR)} OR {BLOCKED.format(**_AUTHOR)} THEN '{Reason.MUTED}'
            WHEN %(reading_cancels)s AND (post.created_at <= mark.posts_at OR EXISTS (
                SELECT FROM notifications_postmark AS marked WHERE marked.person_id = delivery.recipient_id
                 AND marked.post_id = post.id AND NOT marked.unread)) THEN '{Reason.READ}'
            ELSE '' END
        WHEN delivery.count = 0 OR NOT {_FRESH.format(and_also="")} THEN '{Reason.TAKEN_BACK}'
        WHEN NOT {_FRESH.format(and_also=_UNMUTED)} THEN '{Reason.MUTED}'
        WHEN NOT {_FRESH.format(and_also=_WANTED)} THEN '{Reason.NOT_WANTED}'
        WHEN %(reading_cancels)s AND coalesce(delivery.unread_seq, 0) <= coalesce(mark.seq, 0) THEN '{Reason.READ}'
        WHEN %(replaces)s AND EXISTS (
            SELECT FROM notifications_delivery AS later WHERE later.endpoint_id = delivery.endpoint_id
             AND later.group_id = delivery.group_id AND later.state = '{State.WAITING}'
             AND later.last_member = {NEXT_VERSION.format(of="delivery")}) THEN '{SUPERSEDED}'
        ELSE ''
    END
FROM delivery
JOIN notifications_endpoint AS endpoint ON endpoint.id = delivery.endpoint_id
JOIN users_person AS recipient ON recipient.id = delivery.recipient_id
LEFT JOIN posts_post AS post ON post.id = coalesce(delivery.post_id, delivery.post_of_group)
LEFT JOIN users_person AS author ON author.id = post.author_id
LEFT JOIN notifications_deliveryschedule AS timing ON timing.person_id = delivery.recipient_id
LEFT JOIN notifications_readmark AS mark ON mark.person_id = delivery.recipient_id
LEFT JOIN notifications_preference AS preference ON preference.person_id = delivery.recipient_id
 AND preference.kind = delivery.kind AND preference.channel = delivery.channel
LEFT JOIN unnest(%(cell_kinds)s::text[], %(cell_channels)s::text[], %(cell_from_whom)s::text[])
    AS usual(kind, channel, from_whom) ON usual.kind = delivery.kind AND usual.channel = delivery.channel
ORDER BY delivery.id
"""


@dataclass(frozen=True)
class CheckedDelivery:
    """A delivery in hand, where it goes, its recipient's hours, and the decision: "" to send it."""

    id: int
    endpoint_id: int
    recipient_id: int
    kind: str
    group_id: int | None
    post_id: int | None
    text: str
    reason: str
    attempts: int
    accepted_at: datetime
    created_at: datetime
    ttl: timedelta
    address: str
    keys: dict[str, Any]
    circuit_id: int
    time_zone: str
    quiet_from: time | None
    quiet_to: time | None
    mail_rhythm: str
    digest_at: time
    era: str
    decision: str  # a Reason not to, SUPERSEDED, or ""


def recheck(channel: Channel, batch: Batch) -> list[CheckedDelivery]:
    """Those of the batch that are still ours. Empty when the lease ended and another took it over.

    Mail goes to the address that is the primary one at this moment, whatever it was when the mail began to wait.
    """
    if channel.name == ChannelName.EMAIL:
        ours = Delivery.objects.filter(batch=batch.id, lease=batch.lease, state=Delivery.State.WAITING)
        ensure_mail_endpoints(set(ours.values_list("recipient_id", flat=True)))
    values: dict[str, Any] = {
        "batch": batch.id,
        "lease": str(batch.lease),
        "lease_for": LEASE,
        "replaces": channel.collapses,
        "reading_cancels": channel.reading_cancels,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ASK, values | channel_columns())
        # Django leaves JSON to its field; here it comes as text.
        return [CheckedDelivery(*(*row[:13], json.loads(row[13]), *row[14:])) for row in cursor.fetchall()]
