"""What the comments say that a notification is about, read when it is shown."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from notifications.models import Kind
from socialapp.planned import Planned

QUOTED = {Kind.COMMENT, Kind.REPLY, Kind.MENTION}
Span = tuple[int, int]  # of the members of a group: the first and the last id

# So many of a group's newest are looked at for one that may be seen, and counted at most.
_NEWEST = 5
_COUNTED = 1_000
_MEMBERS = Planned(
    f"""
SELECT span.group_id, newest.comment_ids, (
    SELECT count(*) FROM (
        SELECT FROM notifications_member WHERE group_id = span.group_id AND active LIMIT {_COUNTED}
    ) AS few
)
FROM unnest(%(groups)s::bigint[], %(firsts)s::bigint[], %(lasts)s::bigint[]) AS span(group_id, first, last)
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(comment_id ORDER BY at DESC, id DESC), ARRAY[]::bigint[]) AS comment_ids FROM (
        SELECT comment_id, at, id FROM notifications_member AS member
        WHERE member.group_id = span.group_id AND active AND id BETWEEN span.first AND span.last
        ORDER BY at DESC, id DESC LIMIT {_NEWEST}
    ) AS few
) AS newest
""",
    **dict.fromkeys(("groups", "firsts", "lasts"), "bigint[]"),
)


@dataclass(frozen=True)
class Quote:
    """A comment: its text, and the path of the page on which it stands. Empty ones for a comment that may not be seen.

    `comment_id` is 0 then.
    """

    comment_id: int
    text: str
    path: str


HIDDEN = Quote(0, "", "")


def newest_quotes(group_ids: Collection[int], spans: Mapping[int, Span]) -> dict[int, tuple[Quote | None, int]]:
    """{group id: its newest comment that may be seen, and how many members it has}. At most three statements.

    The quote is None for a mention in a post, HIDDEN when there is no comment that may be seen. At most 1,000 are
    counted. `spans` restricts which members of a group are looked at for the quote.
    """
    if not group_ids:
        return {}
    ids = sorted(set(group_ids))
    everything = (0, 2**63 - 1)
    with connection.cursor() as cursor:
        cursor.execute(
            _MEMBERS,
            {
                "groups": ids,
                "firsts": [spans.get(id_, everything)[0] for id_ in ids],
                "lasts": [spans.get(id_, everything)[1] for id_ in ids],
            },
        )
        rows: list[tuple[int, list[int], int]] = cursor.fetchall()
    texts: dict[int, tuple[str, str]] = {}
    comment_ids = {id_ for _, newest, _ in rows for id_ in newest if id_}
    for path in settings.COMMENT_QUOTES:
        texts |= import_string(path)(comment_ids)
    return {group_id: (_first_visible(newest, texts), times) for group_id, newest, times in rows}


def _first_visible(comment_ids: Collection[int], texts: Mapping[int, tuple[str, str]]) -> Quote | None:
    for id_ in comment_ids:
        if not id_:
            return None
        if id_ in texts:
            return Quote(id_, *texts[id_])
    return HIDDEN
