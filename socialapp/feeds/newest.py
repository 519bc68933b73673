"""The newest posts of the people someone follows, pulled in one statement whose cost does not grow with the tables.

Two steps. Each followed person's newest row before the cursor is one probe of an
index; a page of n can only come from the n people whose newest rows are newest;
so only theirs are read further. A post by someone with a million followers
writes one row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection

from socialapp.http.keyset import Cursor
from socialapp.posts.queries import FeedSource

FOLLOWED = "SELECT followee_id AS id, {since} AS since FROM follows_follow WHERE follower_id = %(person)s"
FOLLOWED_AND_SELF = FOLLOWED.format(since="'-infinity'::timestamptz") + (
    " UNION ALL SELECT %(person)s, '-infinity'::timestamptz"
)
FOLLOWED_SINCE = FOLLOWED.format(since="created_at")
ONLY_SELF = "SELECT %(person)s::bigint AS id, '-infinity'::timestamptz AS since"


@dataclass(frozen=True)
class Row:
    """That `person_id` posted or shared `post_id` at `at`."""

    at: datetime
    post_id: int
    person_id: int


def newest(who: str, person_id: int, sources: Sequence[FeedSource], cursor: Cursor | None, limit: int) -> list[Row]:
    """Rows in the cursor's direction, one per post. `who` is one of the constants above; the key is (at, post id)."""
    backwards = cursor is not None and cursor.backwards
    values: dict[str, Any] = {"person": person_id, "limit": limit}
    if cursor:
        values["at"], values["post"] = cursor.key
    with connection.cursor() as db:
        db.execute(_statement(who, tuple(sources), cursor is not None, backwards), values)
        rows = [Row(*row) for row in db.fetchall()]
    seen: set[int] = set()
    return [row for row in rows if not (row.post_id in seen or seen.add(row.post_id))]  # type: ignore[func-returns-value]


@cache
def _statement(who: str, sources: tuple[FeedSource, ...], from_cursor: bool, backwards: bool) -> str:
    order, beyond = ("ASC", ">") if backwards else ("DESC", "<")

    def rows(limit: str) -> str:
        return " UNION ALL ".join(
            f"(SELECT {s.at} AS at, {s.post} AS post_id, {s.person} AS person_id FROM {s.table}"
            f" WHERE {s.person} = who.id AND {s.condition} AND {s.at} > who.since"
            + (f" AND ({s.at}, {s.post}) {beyond} (%(at)s, %(post)s)" if from_cursor else "")
            + f" ORDER BY {s.at} {order}, {s.post} {order} LIMIT {limit})"
            for s in sources
        )

    return f"""
    WITH who AS MATERIALIZED ({who}), heads AS MATERIALIZED (
        SELECT who.id, who.since FROM who CROSS JOIN LATERAL (
            SELECT at, post_id FROM ({rows("1")}) AS one ORDER BY at {order}, post_id {order} LIMIT 1
        ) AS head ORDER BY head.at {order}, head.post_id {order} LIMIT %(limit)s
    )
    SELECT item.at, item.post_id, item.person_id FROM heads AS who CROSS JOIN LATERAL ({rows("%(limit)s")}) AS item
    ORDER BY item.at {order}, item.post_id {order} LIMIT %(limit)s
    """
