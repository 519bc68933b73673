"""Which activities of a person are to go from inboxes while the person is suspended, and to come back afterwards.

They are looked for from the facts (settings.AUDIT_SOURCES), because members have no index by actor: each index is
paid for by every reaction (ADR 28).
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from notifications.inbox.sql import leave
from notifications.models import Reason
from socialapp.messaging.models import SHARDS

_SHOWN, _HIDDEN = "member.active", f"member.suppressed_reason = '{Reason.SUSPENDED}'"
_ACTIVITY = "found.id, fact.recipient_id, found.kind, found.post_id, member.actor_id, member.reply_id, member.at"
Row = tuple[int, int, str, int | None, int, int, Any]  # a group's id; recipient, kind, post, actor, comment, at


def shown(person_id: int, shard: int, limit: int) -> Sequence[Row]:
    """What of the person is in inboxes of the shard."""
    return _members(_ACTIVITY, _SHOWN, person_id, shard, limit)


def hidden(person_id: int, shard: int, limit: int) -> Sequence[Row]:
    """What of the person was taken out of inboxes of the shard, or did not get into them, by a suspension."""
    return _members(_ACTIVITY, _HIDDEN, person_id, shard, limit)


def shards_to_settle(person_id: int) -> list[int]:
    """The shards with inboxes in which activities of this person have to be hidden, or to come back."""
    person = "(SELECT suspended_at IS NOT NULL FROM users_person WHERE id = %(person)s)"
    state = f"CASE WHEN {person} THEN {_SHOWN} ELSE {_HIDDEN} END"
    return [shard for (shard,) in _members(f"DISTINCT fact.recipient_id %% {SHARDS}", state, person_id, None, SHARDS)]


def _members(columns: str, state: str, person_id: int, shard: int | None, limit: int) -> list[Any]:
    values: dict[str, Any] = {"person": person_id, "shard": shard, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(leave.members(columns, _facts(), state), values)
        rows: list[Any] = cursor.fetchall()
    return rows


@cache
def _facts() -> str:
    return " UNION ALL ".join(f"({import_string(path)})" for path in settings.AUDIT_SOURCES)
