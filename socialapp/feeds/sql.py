"""The statement of the newest rows of a feed (feeds.newest says how it is read)."""

from dataclasses import dataclass
from functools import cache

from socialapp.posts.queries import FeedSource, exclusions
from socialapp.sql import Prepared, active, blocks_with, meant_for, visible


@dataclass(frozen=True)
class Who:
    """The people whose rows are selected. SQL in which %(person)s is the viewer.

    `people` selects their ids as `id`. `shut_out` has the people who block the viewer or are blocked by them, and with
    `excludes` also those the viewer does not want in feeds (settings.FEED_EXCLUSIONS). Where rows count only
    from a time on, it selects that as `since`, too, and `since` is an expression for the same of one `item.person_id`.
    Replies are read with `replies`, those that answer one of `people`; without, only posts that begin a thread are. If
    the viewer need not be a follower of these people, `asks` of each post whether it is for the viewer.
    """

    people: str
    since: str | None = None
    replies: bool = False
    asks: bool = False
    excludes: bool = False


ONLY_SELF = Who(
    "SELECT id FROM (SELECT %(person)s::bigint AS id) AS self WHERE id NOT IN (SELECT id FROM shut_out)", asks=True
)
FOLLOWED_AND_SELF = Who(
    "SELECT followee_id AS id FROM follows_follow WHERE follower_id = %(person)s "
    "AND followee_id NOT IN (SELECT id FROM shut_out) UNION ALL SELECT %(person)s",
    replies=True,
    excludes=True,
)
FOLLOWED_SINCE = Who(
    "SELECT followee_id AS id, created_at AS since FROM follows_follow WHERE follower_id = %(person)s",
    "(SELECT created_at FROM follows_follow WHERE follower_id = %(person)s AND followee_id = item.person_id)",
)

# At most so many of all posts are looked through for each person followed. A row read in order costs a twenty-fifth of
# what the probes for a person do.
LOOKED_AT = 5


def _may_be_seen(person: str) -> str:
    """Rows of suspended or deleted accounts are left out: they would hide other people's shares of the same post."""
    return f"(SELECT {active('users_person')} FROM users_person WHERE id = {person})"


def _post_may_be_seen(post: str) -> str:
    """The same for a shared post, which is always open to all. OFFSET keeps it a probe for each row."""
    return f"""EXISTS (
    SELECT FROM posts_post AS post JOIN users_person AS author ON author.id = post.author_id
    WHERE post.id = {post} AND {visible("post", "author")}
      AND author.id NOT IN (SELECT id FROM shut_out) OFFSET 0
)"""


@dataclass(frozen=True)
class _Order:
    """In which direction rows are read, and whether from a place on."""

    way: str
    beyond: str  # a condition, or ""


@cache
def newest_rows(who: Who, sources: tuple[FeedSource, ...], from_cursor: bool, backwards: bool) -> Prepared:
    """A SELECT of the newest rows of these sources by `who`: id, time, post and person."""
    way, beyond = ("ASC", ">") if backwards else ("DESC", "<")
    order = _Order(way, f" AND id {beyond} %(place)s" if from_cursor else "")
    statement = f"""
    WITH shut_out AS MATERIALIZED ({_shut_out(who)}),
    who AS MATERIALIZED ({who.people}),
    many AS MATERIALIZED (SELECT count(*) * {LOOKED_AT} AS n FROM who),
    near AS MATERIALIZED ({_near(who, sources, order)}), heads AS MATERIALIZED ({_heads(who, sources, order)})
    SELECT id, at, post_id, person_id FROM (
        SELECT id, at, post_id, person_id FROM near WHERE (SELECT count(*) FROM near) = %(limit)s
        UNION ALL
        SELECT item.id, item.at, item.post_id, item.person_id
        FROM heads AS who CROSS JOIN LATERAL ({_of_each(who, sources, order, "%(limit)s")}) AS item
    ) AS item ORDER BY id {order.way} LIMIT %(limit)s
    """
    place = {"place": "bigint"} if from_cursor else {}
    return Prepared(statement, person="bigint", viewer="bigint", limit="bigint", known="bigint[]", **place)


def _shut_out(who: Who) -> str:
    """A SELECT of the people whose posts are left out, even where others share them."""
    return " UNION ALL ".join([blocks_with("%(viewer)s"), *(exclusions() if who.excludes else [])])


def _near(who: Who, sources: tuple[FeedSource, ...], order: _Order) -> str:
    """Rows found among the newest `many` of anybody's, if they fill a page."""
    oldest = " AND id >= item_id_at((SELECT min(since) FROM who))" if who.since else ""
    many = "(SELECT n FROM many)"
    of_all = " UNION ALL ".join(_rows(source, oldest + _for_viewer(who, source), order, many) for source in sources)
    # In a CASE, IN is a look into a hash for each row: a join would have all of them read first.
    return f"""
        SELECT * FROM (
            SELECT * FROM ({of_all}) AS item ORDER BY id {order.way} LIMIT (SELECT n FROM many)
        ) AS item
        WHERE CASE WHEN person_id IN (SELECT id FROM who) THEN post_id <> ALL (%(known)s)
              AND (answers IS NULL{" OR answers IN (SELECT id FROM who)" if who.replies else ""})
              {f"AND at > {who.since}" if who.since else ""} AND {_may_be_seen("item.person_id")}
              AND (NOT of_others OR {_post_may_be_seen("item.post_id")})
              ELSE false END
        ORDER BY id {order.way} LIMIT %(limit)s
    """


def _heads(who: Who, sources: tuple[FeedSource, ...], order: _Order) -> str:
    """The other way: the people whose newest rows are the newest, as many as a page can come from."""
    return f"""
        SELECT * FROM (
            SELECT who.*, head.item_id FROM who CROSS JOIN LATERAL (
                SELECT id AS item_id FROM ({_of_each(who, sources, order, "1")}) AS one ORDER BY id {order.way} LIMIT 1
            ) AS head
            WHERE (SELECT count(*) FROM near) < %(limit)s
            ORDER BY head.item_id {order.way} OFFSET 0
        ) AS head
        WHERE {_may_be_seen("head.id")}
        ORDER BY item_id {order.way} LIMIT %(limit)s
    """


def _of_each(who: Who, sources: tuple[FeedSource, ...], order: _Order, limit: str) -> str:
    """The newest rows of one of `who`, so many of each source and kind."""
    since = " AND id >= item_id_at(who.since) AND created_at > who.since" if who.since else ""

    def wanted(source: FeedSource, answers: str) -> str:
        seen = f" AND {_post_may_be_seen(source.post)}" if source.of_others else ""
        seen += _for_viewer(who, source)
        return f" AND {source.post} <> ALL (%(known)s) AND {source.person} = who.id{answers}{since}{seen}"

    return " UNION ALL ".join(
        _rows(source, wanted(source, answers), order, limit) for source in sources for answers in _kinds_of(source, who)
    )


def _for_viewer(who: Who, source: FeedSource) -> str:
    """That a row, itself a post, is for the viewer; "" where that is known of all of them."""
    return f" AND {meant_for('%(viewer)s', source.table)}" if who.asks and not source.of_others else ""


def _rows(source: FeedSource, where: str, order: _Order, limit: str) -> str:
    answers = source.answers or "NULL::bigint"
    return (
        f"(SELECT id, created_at AS at, {source.post} AS post_id, {source.person} AS person_id,"
        f" {source.of_others} AS of_others, {answers} AS answers"
        f" FROM {source.table} WHERE {source.condition}{where}{order.beyond} ORDER BY id {order.way} LIMIT {limit})"
    )


def _kinds_of(source: FeedSource, who: Who) -> list[str]:
    """Conditions of the rows that are read: posts that begin a thread, and replies. Each has an index of its own."""
    if source.answers is None:
        return [""]
    begins = f" AND {source.answers} IS NULL"
    replies = f" AND {source.answers} IS NOT NULL AND {source.answers} IN (SELECT id FROM who)"
    return [begins, replies] if who.replies else [begins]
