"""The badge, and how far an inbox has come: one statement for as many people as are asked about."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

from notifications.inbox.sql import reading


@dataclass(frozen=True, slots=True)
class InboxState:
    """How someone's inbox stands. `seq` and `version` grow with each change: of what is in it, and of what is read.

    `unread` is at most UNREAD_CAP, which stands for that many or more. `at` is the
    database's time, in microseconds since 1970.
    """

    seq: int
    version: int
    unread: int
    at: int


def inbox_states(person_ids: Collection[int]) -> dict[int, InboxState]:
    """{person id: InboxState}. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(reading.STATES, {"people": list(person_ids)})
        return {person_id: InboxState(*values) for person_id, *values in cursor.fetchall()}


def unread_count(person_id: int) -> int:
    """How many entries are unread; UNREAD_CAP stands for that many or more. One statement."""
    return inbox_states([person_id])[person_id].unread


def marks(person_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """{person id: (seq, version)} and nothing else, so cheap enough to ask about thousands every few seconds."""
    with connection.cursor() as cursor:
        cursor.execute(reading.MARKS, {"people": list(person_ids)})
        return {person_id: (seq, version) for person_id, seq, version in cursor.fetchall()}
