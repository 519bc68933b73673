"""What a person with many rows asks of the database, run inside of the product: inbox, badge, home feed, being told."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from benchmarks.database.seed import FEEDER, LONELY, READER, STAR
from benchmarks.database.timed import cost_of
from notifications.deliveries import plan
from notifications.inbox import operations, queries, reading, unread_counts
from notifications.inbox.operations import Activity
from notifications.models import Kind, NotificationGroup
from socialapp.api.pagination import Cursor
from socialapp.feeds.queries import home_feed


def costs(rounds: int) -> dict[str, dict[str, Any]]:
    """{what: its Cost}. Leaves the rows as they were."""
    found = _costs_of(_unread_calls(), rounds)
    reading.mark_all_read(person_id=READER)
    found |= _costs_of(_read_calls(), rounds)
    reading.undo_mark_all_read(person_id=READER)
    return found


def _costs_of(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, dict[str, Any]]:
    return {name: asdict(cost_of(call, rounds)) for name, call in calls.items()}


def _unread_calls() -> dict[str, Callable[[], object]]:
    """While nothing is read."""
    inbox, feed, activity = _place_in_inbox(), _place_in_feed(), _another_deed()
    return {
        "home, first page": lambda: home_feed(FEEDER),
        "home, page in the middle": lambda: home_feed(FEEDER, feed),
        "home, all silent for a day": lambda: home_feed(LONELY),
        "inbox, first page": lambda: queries.inbox(READER),
        "inbox, page in the middle": lambda: queries.inbox(READER, token=inbox),
        "inbox, unread only": lambda: queries.inbox(READER, unread=True),
        "mark all read": lambda: reading.mark_all_read(person_id=READER),
        "badge, nothing read": lambda: unread_counts.unread_count(READER),
        "told of one more activity": lambda: plan.plan(operations.notify([activity])),
    }


def _read_calls() -> dict[str, Callable[[], object]]:
    """While all is read."""
    return {
        "badge, all read": lambda: unread_counts.unread_count(READER),
        "inbox, unread only, all read": lambda: queries.inbox(READER, unread=True),
    }


def _place_in_inbox() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seq, item_id_at(at) FROM notifications_group WHERE recipient_id = %s "
            "AND seq >= (SELECT seq / 2 FROM notifications_inbox WHERE person_id = %s) ORDER BY seq LIMIT 1",
            [READER, READER],
        )
        return Cursor(cursor.fetchone()).token()


def _another_deed() -> Activity:
    """Somebody mentions reader below a post that mentions them."""
    group = NotificationGroup.objects.filter(recipient_id=READER, kind=Kind.MENTION).order_by("seq")[0]
    return Activity(READER, Kind.MENTION, group.post_id, STAR, 1, datetime.now(UTC))


def _place_in_feed() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM posts_post ORDER BY id OFFSET (SELECT count(*) / 2 FROM posts_post) LIMIT 1")
        return Cursor(cursor.fetchone()).token()
