"""The reads of a person with many rows, run inside of the product: inbox, badge, home feed; near the top and deep."""

from datetime import datetime
from django.db import connection
from benchmarks.rows.seed import FEEDER, READER
from benchmarks.rows.timed import Cost, cost_of
from notifications import operations, queries, unread
from socialapp.feeds.queries import home_feed
from socialapp.http.keyset import Cursor

DEEP = 0.5


def inbox() -> dict[str, Cost]:
    """Of reader."""
    deep = _deep_in_inbox()
    costs = {
        "inbox, first page": cost_of(lambda: queries.inbox(READER)),
        "inbox, deep page": cost_of(lambda: queries.inbox(READER, token=deep)),
        "inbox, deep page backwards": cost_of(lambda: queries.inbox(READER, token=_back(deep))),
        "inbox, unread only": cost_of(lambda: queries.inbox(READER, unread=True)),
        "inbox, one kind": cost_of(lambda: queries.inbox(READER, kind="share")),
        "inbox, one kind, deep": cost_of(lambda: queries.inbox(READER, kind="share", token=deep)),
        "badge, all unread": cost_of(lambda: unread.unread_count(READER)),
        "mark all read": cost_of(lambda: operations.mark_all_read(person_id=READER)),
    }
    operations.mark_all_read(person_id=READER)
    costs["badge, all read"] = cost_of(lambda: unread.unread_count(READER))
    costs["inbox, all read, first page"] = cost_of(lambda: queries.inbox(READER))
    costs["inbox, unread only, all read"] = cost_of(lambda: queries.inbox(READER, unread=True))
    operations.undo_mark_all_read(person_id=READER)
    return costs

def home():
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(created_at), min(created_at) FROM posts_post")
        newest, oldest = cursor.fetchone()
    middle = Cursor((oldest + (newest - oldest) * DEEP, 0)).token()
    return {"home, first page": cost_of(lambda: home_feed(FEEDER)), "home, deep page": cost_of(lambda: home_feed(FEEDER, middle)),
            "home, deep page backwards": cost_of(lambda: home_feed(FEEDER, _back(middle)))}

def _deep_in_inbox() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq, at FROM notifications_group WHERE recipient_id = %s AND seq >= (SELECT seq / 2 FROM notifications_inbox WHERE person_id = %s) ORDER BY seq LIMIT 1", [READER, READER])
        seq, at = cursor.fetchone()
    return Cursor((seq, at.isoformat(), 0)).token()

def _back(token: str) -> str:
    from socialapp.http.keyset import read_token
    from notifications.queries import KEY_READERS
    import base64, json
    d, *key = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    return Cursor(tuple(key), backwards=True).token()
