"""The newest posts of the people someone follows, read in one statement whose cost is bounded by how many one follows.

A page for somebody who follows many is found among the last few thousand things that anybody posted or shared, so these
are looked through first, newest first, until the page is full: at most as many as cost a fraction of the other way. The
other way has two steps. The newest row before the cursor of each followed person is one index probe per source; a page
of n can only come from the n people whose newest rows are newest, so only theirs are read further. A post by someone
with a million followers writes one row.

Only where so many of them shared the same posts that these fill what was read, the statement runs again, from there on
and without these posts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from socialapp.api.pagination import Cursor
from socialapp.feeds import sql
from socialapp.feeds.sql import Who
from socialapp.posts.queries import FeedSource
from socialapp.replica import reading


@dataclass(frozen=True)
class Row:
    """That `person_id` posted or shared `post_id` at `at`; `id` is of the post or of the share."""

    id: int
    at: datetime
    post_id: int
    person_id: int


def newest(
    who: Who,
    person_id: int,
    sources: Sequence[FeedSource],
    cursor: Cursor | None,
    limit: int,
    enough: int = 1,
    viewer_id: int | None = None,
) -> list[Row]:
    """At most `limit` (1 or more) rows, one per post, in the cursor's direction; the key is (id,).

    All of them may be seen by the viewer. Fewer than `enough` are all there are.
    """
    backwards = cursor is not None and cursor.backwards
    rows: dict[int, Row] = {}
    while True:
        found = _read(who, person_id, sources, cursor, limit, known=list(rows), viewer_id=viewer_id)
        for row in found:
            rows.setdefault(row.post_id, row)
        if len(found) < limit or len(rows) >= enough:
            return list(rows.values())[:limit]
        cursor = Cursor((found[-1].id,), backwards)


def _read(
    who: Who,
    person_id: int,
    sources: Sequence[FeedSource],
    cursor: Cursor | None,
    limit: int,
    known: list[int],
    viewer_id: int | None,
) -> list[Row]:
    """Read rows of posts that are not `known`. A post that several people shared is there several times."""
    values: dict[str, Any] = {"person": person_id, "limit": limit, "known": known, "viewer": viewer_id}
    if cursor:
        (values["place"],) = cursor.key
    statement = sql.newest_rows(who, tuple(sources), cursor is not None, cursor is not None and cursor.backwards)
    with reading().cursor() as db:
        db.execute(statement, values)
        return [Row(*row) for row in db.fetchall()]
