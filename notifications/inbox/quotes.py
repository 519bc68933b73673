"""What the replies say that a notification is about, read when it is shown."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import connection

from notifications.inbox.sql import reading
from notifications.models import Kind
from socialapp.posts.models import Post

QUOTED = {Kind.COMMENT, Kind.REPLY}
Span = tuple[int, int]  # of the members of a group: the first and the last id


@dataclass(frozen=True)
class Quote:
    """A reply, by its id and its text, or its content warning. Nothing, and 0, for one that may not be seen."""

    reply_id: int
    text: str


HIDDEN = Quote(0, "")


def newest_quotes(group_ids: Collection[int], spans: Mapping[int, Span]) -> dict[int, tuple[Quote, int]]:
    """{group id: its newest reply that its recipient may see, and how many members it has}. At most two statements.

    The quote is HIDDEN when there is none. At most 1,000 are counted. `spans` restricts which
    members of a group are looked at for the quote.
    """
    if not group_ids:
        return {}
    ids = sorted(set(group_ids))
    everything = (0, 2**63 - 1)
    with connection.cursor() as cursor:
        cursor.execute(
            reading.NEWEST_REPLIES,
            {
                "groups": ids,
                "firsts": [spans.get(id_, everything)[0] for id_ in ids],
                "lasts": [spans.get(id_, everything)[1] for id_ in ids],
            },
        )
        rows: list[tuple[int, list[int], int]] = cursor.fetchall()
    reply_ids = {id_ for _, newest, _ in rows for id_ in newest}
    replies = Post.objects.standing().in_bulk(reply_ids) if reply_ids else {}
    return {
        group_id: (next((Quote(id_, replies[id_].preview) for id_ in newest if id_ in replies), HIDDEN), times)
        for group_id, newest, times in rows
    }
