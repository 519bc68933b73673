"""The newest posts of the people someone follows, pulled in one statement; how many one follows bounds its cost.

Who follows many finds a page among the last few thousand things that anybody
posted or shared, so these are looked through first, the newest first, until the
page is full: at most as many as cost a fraction of the other way. The other way is
in two steps. Each followed person's newest row before the cursor is one probe of an
index for each source; a page of n can only come from the n people whose newest rows
are newest; so only theirs are read further. A post by someone with a million
followers writes one row.

Only where so many of them shared the same posts that these fill what was read,
the same is asked again, from there on and without these posts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection

from socialapp.api.pagination import Cursor
from socialapp.posts.queries import FeedSource
from socialapp.sql import Prepared, active, blocks_with, visible


@dataclass(frozen=True)
class Who:
    """Whose rows. SQL in which %(person)s is who asks.

    `people` selects their ids as `id`. Where rows count only from a time on, it selects that as `since`, too, and
    `since` is an expression for the same of one `item.person_id`. Replies are read with `replies`, those that answer
    one of `people`; without, only posts that begin a thread are.
    """

    people: str
    since: str | None = None
    replies: bool = False


ONLY_SELF = Who("SELECT %(person)s::bigint AS id")
FOLLOWED_AND_SELF = Who(
    "SELECT followee_id AS id FROM follows_follow WHERE follower_id = %(person)s UNION ALL SELECT %(person)s",
    replies=True,
)
FOLLOWED_SINCE = Who(
    "SELECT followee_id AS id, created_at AS since FROM follows_follow WHERE follower_id = %(person)s",
    "(SELECT created_at FROM follows_follow WHERE follower_id = %(person)s AND followee_id = item.person_id)",
)

# Of all that anybody posted, how many are looked through at most for each person followed. A row read in order costs a
# twenty-fifth of what the probes for a person do.
LOOKED_AT = 5
# Of one whose account is suspended or deleted, nothing is a row: else it would hide that others shared the same post.
_MAY_BE_SEEN = f"(SELECT {active('users_person')} FROM users_person WHERE id = {{person}})"
# The same of the post, where its author may be another person. OFFSET keeps it a probe for each row that is looked at.
_POST_MAY_BE_SEEN = f"""EXISTS (
    SELECT FROM posts_post AS post JOIN users_person AS author ON author.id = post.author_id
    WHERE post.id = {{post}} AND {visible("post", "author")}
      AND (author.id = {{person}} OR author.id NOT IN (SELECT id FROM shut_out)) OFFSET 0
)"""


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
    """Of the posts that are not `known`. A post that several shared is there several times."""
    values: dict[str, Any] = {"person": person_id, "limit": limit, "known": known, "viewer": viewer_id}
    if cursor:
        (values["place"],) = cursor.key
    statement = _statement(who, tuple(sources), cursor is not None, cursor is not None and cursor.backwards)
    with connection.cursor() as db:
        db.execute(statement, values)
        return [Row(*row) for row in db.fetchall()]


@cache
def _statement(who: Who, sources: tuple[FeedSource, ...], from_cursor: bool, backwards: bool) -> Prepared:
    order, beyond = ("ASC", ">") if backwards else ("DESC", "<")

    def rows(source: FeedSource, where: str, limit: str) -> str:
        answers = source.answers or "NULL::bigint"
        return (
            f"(SELECT id, created_at AS at, {source.post} AS post_id, {source.person} AS person_id,"
            f" {source.of_others} AS of_others, {answers} AS answers"
            f" FROM {source.table} WHERE {source.condition}{where}"
            + (f" AND id {beyond} %(place)s" if from_cursor else "")
            + f" ORDER BY id {order} LIMIT {limit})"
        )

    def of_each(limit: str) -> str:
        since = " AND id >= item_id_at(who.since) AND created_at > who.since" if who.since else ""
        wanted = " AND {s.post} <> ALL (%(known)s) AND {s.person} = who.id{answers}" + since
        seen = " AND " + _POST_MAY_BE_SEEN.format(post="{s.post}", person="who.id")
        return " UNION ALL ".join(
            rows(source, (wanted + seen if source.of_others else wanted).format(s=source, answers=answers), limit)
            for source in sources
            for answers in _kinds_of(source, who)
        )

    oldest = " AND id >= item_id_at((SELECT min(since) FROM who))" if who.since else ""
    of_all = " UNION ALL ".join(rows(source, oldest, "(SELECT n FROM many)") for source in sources)
    # In a CASE, IN is a look into a hash for each row: a join would have all of them read first.
    statement = f"""
    WITH who AS MATERIALIZED ({who.people}),
    shut_out AS MATERIALIZED ({blocks_with("%(viewer)s")}),
    many AS MATERIALIZED (SELECT count(*) * {LOOKED_AT} AS n FROM who),
    near AS MATERIALIZED (
        SELECT * FROM (
            SELECT * FROM ({of_all}) AS item ORDER BY id {order} LIMIT (SELECT n FROM many)
        ) AS item
        WHERE CASE WHEN person_id IN (SELECT id FROM who) THEN post_id <> ALL (%(known)s)
              AND (answers IS NULL{" OR answers IN (SELECT id FROM who)" if who.replies else ""})
              {f"AND at > {who.since}" if who.since else ""} AND {_MAY_BE_SEEN.format(person="item.person_id")}
              AND (NOT of_others OR {_POST_MAY_BE_SEEN.format(post="item.post_id", person="item.person_id")})
              ELSE false END
        ORDER BY id {order} LIMIT %(limit)s
    ), heads AS MATERIALIZED (
        SELECT * FROM (
            SELECT who.*, head.item_id FROM who CROSS JOIN LATERAL (
                SELECT id AS item_id FROM ({of_each("1")}) AS one ORDER BY id {order} LIMIT 1
            ) AS head
            WHERE (SELECT count(*) FROM near) < %(limit)s
            ORDER BY head.item_id {order} OFFSET 0
        ) AS head
        WHERE {_MAY_BE_SEEN.format(person="head.id")}
        ORDER BY item_id {order} LIMIT %(limit)s
    )
    SELECT id, at, post_id, person_id FROM (
        SELECT id, at, post_id, person_id FROM near WHERE (SELECT count(*) FROM near) = %(limit)s
        UNION ALL
        SELECT item.id, item.at, item.post_id, item.person_id
        FROM heads AS who CROSS JOIN LATERAL ({of_each("%(limit)s")}) AS item
    ) AS item ORDER BY id {order} LIMIT %(limit)s
    """
    place = {"place": "bigint"} if from_cursor else {}
    return Prepared(statement, person="bigint", viewer="bigint", limit="bigint", known="bigint[]", **place)


def _kinds_of(source: FeedSource, who: Who) -> list[str]:
    """Conditions of the rows that are read: posts that begin a thread, and replies. Each has an index of its own."""
    if source.answers is None:
        return [""]
    begins = f" AND {source.answers} IS NULL"
    replies = f" AND {source.answers} IS NOT NULL AND {source.answers} IN (SELECT id FROM who)"
    return [begins, replies] if who.replies else [begins]
