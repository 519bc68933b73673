"""The newest posts of the people someone follows, pulled in one statement whose cost does not grow with the tables.

Who follows many finds a page among the last few thousand things that anybody
posted or shared, so these are looked through first: as many as cost a fraction
of the other way. The other way is in two steps. Each followed person's newest row before
the cursor is one probe of an index; a page of n can only come from the n people
whose newest rows are newest; so only theirs are read further. A post by someone
with a million followers writes one row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection

from socialapp.http.keyset import Cursor
from socialapp.planned import Planned
from socialapp.posts.queries import FeedSource

FOLLOWED = "SELECT followee_id AS id, {since} AS since FROM follows_follow WHERE follower_id = %(person)s"
FOLLOWED_AND_SELF = FOLLOWED.format(since="'-infinity'::timestamptz") + (
    " UNION ALL SELECT %(person)s, '-infinity'::timestamptz"
)
FOLLOWED_SINCE = FOLLOWED.format(since="created_at")
ONLY_SELF = "SELECT %(person)s::bigint AS id, '-infinity'::timestamptz AS since"

# Of all that anybody posted, how many are looked through for each person followed, in tenths. A row read in order costs
# a tenth of what a probe does.
LOOKED_AT = 25


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
def _statement(who: str, sources: tuple[FeedSource, ...], from_cursor: bool, backwards: bool) -> Planned:
    order, beyond, last, nearer = ("ASC", ">", "max", "min") if backwards else ("DESC", "<", "min", "max")

    def rows(source: FeedSource, where: str, limit: str) -> str:
        at, post = source.at, source.post
        return (
            f"(SELECT {at} AS at, {post} AS post_id, {source.person} AS person_id FROM {source.table}"
            f" WHERE {source.condition}{where}"
            + (f" AND ({at}, {post}) {beyond} (%(at)s, %(post)s)" if from_cursor else "")
            + f" ORDER BY {at} {order}, {post} {order} LIMIT {limit})"
        )

    def of_each(limit: str) -> str:
        return " UNION ALL ".join(rows(s, f" AND {s.person} = who.id AND {s.at} > who.since", limit) for s in sources)

    of_all = {f"all_{number}": rows(s, "", "(SELECT n FROM many)") for number, s in enumerate(sources)}
    parts = ", ".join(f"{name} AS MATERIALIZED {of_one}" for name, of_one in of_all.items())
    # Beyond the last row of a source that has more, other sources do not yet say what comes next.
    ends = " UNION ALL ".join(
        f"SELECT {last}(at) AS at FROM {name} HAVING count(*) >= (SELECT n FROM many)" for name in of_all
    )
    statement = f"""
    WITH who AS MATERIALIZED ({who}), many AS MATERIALIZED (SELECT count(*) * {LOOKED_AT} / 10 AS n FROM who),
    {parts}, edge AS MATERIALIZED (SELECT {nearer}(at) AS at FROM ({ends}) AS longer
    ), heard AS MATERIALIZED (
        SELECT item.* FROM ({" UNION ALL ".join(f"SELECT * FROM {name}" for name in of_all)}) AS item
        JOIN who ON who.id = item.person_id AND item.at > who.since
        WHERE coalesce((SELECT at FROM edge) {beyond} item.at, true)
    ), near AS MATERIALIZED (
        SELECT * FROM heard ORDER BY at {order}, post_id {order} LIMIT %(limit)s
    ), heads AS MATERIALIZED (
        SELECT who.id, who.since FROM who CROSS JOIN LATERAL (
            SELECT at, post_id FROM ({of_each("1")}) AS one ORDER BY at {order}, post_id {order} LIMIT 1
        ) AS head
        WHERE (SELECT count(*) FROM near) < %(limit)s
        ORDER BY head.at {order}, head.post_id {order} LIMIT %(limit)s
    )
    SELECT at, post_id, person_id FROM (
        SELECT at, post_id, person_id FROM near WHERE (SELECT count(*) FROM near) = %(limit)s
        UNION ALL
        SELECT item.at, item.post_id, item.person_id
        FROM heads AS who CROSS JOIN LATERAL ({of_each("%(limit)s")}) AS item
    ) AS item ORDER BY at {order}, post_id {order} LIMIT %(limit)s
    """
    place = {"at": "timestamptz", "post": "bigint"} if from_cursor else {}
    return Planned(statement, person="bigint", limit="bigint", **place)
