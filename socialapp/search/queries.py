"""Posts by their words, people and hashtags by their beginnings. What may not be seen is not found."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import OperationalError, connection
from django.utils.translation import gettext as _
from psycopg2.errors import QueryCanceled

from socialapp.api.pagination import BIGINT, PAGE_SIZE, Cursor, Page, cut, read_token
from socialapp.posts.models import Post
from socialapp.posts.queries import summarise
from socialapp.search.query import SearchQuery
from socialapp.sql import active, blocks_with, visible
from socialapp.text.folding import words
from socialapp.users.models import Person
from socialapp.users.queries import MOST_NAME_WORDS
from socialapp.users.text_entities import as_tag

COMPLETIONS = 8
TAGS_SHOWN = 20
COUNTED_UP_TO = 100
READ_BY_ID = 5_000
# A tag whose posts are all gone is passed over, and costs a probe; more of them than this in a row end the search.
_TAGS_LOOKED_AT = 100


@dataclass(frozen=True)
class Tag:
    """A hashtag, and how many visible posts have it, COUNTED_UP_TO standing for that many or more."""

    name: str
    posts: int


# A page of the newest: what many posts say is found among the newest few thousand, read by their ids; else it is rare,
# and read by the index of words. PostgreSQL, asked for the newest 21 in one, thinks that any word will turn up soon,
# and reads all posts by their ids for one that nobody wrote: `id + 0` takes that way from it.
_POSTS = """
WITH near AS MATERIALIZED (
    SELECT post.id FROM (
        SELECT id, author_id, words, deleted_at, hidden_at FROM posts_post WHERE {beyond}
        ORDER BY id {order} LIMIT %(window)s
    ) AS post JOIN users_person AS author ON author.id = post.author_id
    WHERE {wanted} ORDER BY post.id {order} LIMIT %(limit)s
), far AS (
    SELECT post.id FROM posts_post AS post JOIN users_person AS author ON author.id = post.author_id
    WHERE (SELECT count(*) FROM near) < %(limit)s AND {wanted} AND post.{beyond}
    ORDER BY post.id + 0 {order} LIMIT %(limit)s
)
SELECT id FROM near UNION SELECT id FROM far ORDER BY id {order} LIMIT %(limit)s
"""
# A long phrase of words that every post has is held against each of them. In the same round trip; until the transaction
# ends, which without one is the statement's end.
_PATIENCE = "SET LOCAL statement_timeout = '3s';"
_SEEN = visible("post", "author")
_LISTED = f"author.id NOT IN ({blocks_with('%(viewer)s')})"
_WORDS = "post.words @@ %(words)s::tsquery"
_AUTHORS = "author.username = ANY(%(authors)s)"
_TAGGED = "EXISTS (SELECT FROM posts_posttag AS tag WHERE tag.post_id = post.id AND tag.name = %(tag{number})s)"


class TooLong(ValidationError):
    """It would take too long to find out."""

    def __init__(self) -> None:
        super().__init__(_("This takes too long to find. Try fewer words, or rarer ones."))


def find_posts(
    asked: SearchQuery, viewer_id: int | None, token: str | None = None, size: int = PAGE_SIZE
) -> Page[Post]:
    """A page of visible posts, the newest first, with their summaries. Raises BadCursor, and TooLong."""
    cursor = read_token(token, [int])
    ids = _ids(asked, viewer_id, cursor, size + 1) if asked else []
    page = cut(ids, key=lambda id_: (id_,), cursor=cursor, size=size)
    posts = Post.objects.visible().in_bulk(page.items)
    return page.with_items(summarise([posts[id_] for id_ in page.items if id_ in posts], viewer_id))


def _ids(asked: SearchQuery, viewer_id: int | None, cursor: Cursor | None, limit: int) -> list[int]:
    backwards = cursor is not None and cursor.backwards
    tags = {f"tag{number}": name for number, name in enumerate(asked.tags)}
    parts = [
        _SEEN,
        *([_LISTED] if viewer_id is not None else []),
        *(_TAGGED.format(number=number) for number in range(len(tags))),
    ]
    parts += [part for part, is_asked in ((_WORDS, asked.query), (_AUTHORS, asked.authors)) if is_asked]
    statement = _POSTS.format(
        wanted=" AND ".join(parts),
        order="ASC" if backwards else "DESC",
        beyond=f"id {'>' if backwards else '<'} %(place)s",
    )
    values = {
        "words": asked.query,
        "authors": list(asked.authors),
        "place": cursor.key[0] if cursor else BIGINT - 1,
        "window": READ_BY_ID,
        "limit": limit,
        "viewer": viewer_id,
        **tags,
    }
    try:
        return [id_ for (id_,) in _rows(_PATIENCE + statement, values)]
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooLong from error
        raise


_VISIBLE = f"""
    SELECT FROM posts_posttag AS tag JOIN posts_post AS post ON post.id = tag.post_id
    JOIN users_person AS author ON author.id = post.author_id
    WHERE tag.name = {{name}} AND {_SEEN}
"""
# From each name to the next one by the index: what it costs are the names, not their posts.
_TAGS = f"""
WITH RECURSIVE known(name, place) AS (
    (SELECT name, 1 FROM posts_posttag WHERE name LIKE %(like)s ORDER BY name USING ~<~ LIMIT 1)
    UNION ALL
    SELECT later.name, known.place + 1 FROM known CROSS JOIN LATERAL (
        SELECT tag.name FROM posts_posttag AS tag WHERE tag.name LIKE %(like)s AND tag.name ~>~ known.name
        ORDER BY tag.name USING ~<~ LIMIT 1
    ) AS later WHERE known.place < %(looked_at)s
)
SELECT known.name, (SELECT count(*) FROM ({_VISIBLE.format(name="known.name")} LIMIT %(counted)s) AS posts)
FROM known WHERE EXISTS ({_VISIBLE.format(name="known.name")}) ORDER BY known.place LIMIT %(limit)s
"""
# By how many different people used it among the last 500 uses: a fixed cost, and one person makes no trend.
_LATELY = f"""
SELECT tag.name FROM (SELECT post_id, name FROM posts_posttag ORDER BY id DESC LIMIT 500) AS tag
JOIN posts_post AS post ON post.id = tag.post_id JOIN users_person AS author ON author.id = post.author_id
WHERE {_SEEN}
  AND post.created_at > now() - interval '7 days'
GROUP BY tag.name ORDER BY count(DISTINCT post.author_id) DESC, max(post.id) DESC LIMIT %(limit)s
"""
# Each branch reads its index in its order and stops after a few rows, however many names begin so. Of several words
# PostgreSQL chooses the rarest to begin with.
_NAMED = "person.id IN (SELECT person_id FROM users_nameword WHERE word LIKE %(word{number})s)"
_PEOPLE = f"""
WITH shut_out AS MATERIALIZED ({blocks_with("%(viewer)s")}
), followed AS (
    SELECT person.id, person.username FROM follows_follow JOIN users_person AS person ON person.id = followee_id
    WHERE follower_id = %(viewer)s AND (person.username LIKE %(username)s OR ({{named}}))
      AND {active("person")}
    ORDER BY person.username LIMIT %(limit)s
), by_username AS (
    SELECT id, username FROM users_person
    WHERE username LIKE %(username)s AND {active("users_person")}
      AND id NOT IN (SELECT id FROM shut_out)
    ORDER BY username USING ~<~ LIMIT 2 * %(limit)s
), by_name AS (
    SELECT person.id, person.username FROM users_nameword AS name
    JOIN users_person AS person ON person.id = name.person_id
    WHERE name.word LIKE %(word0)s AND {{others}} AND {active("person")}
      AND person.id NOT IN (SELECT id FROM shut_out)
    {{in_order}} LIMIT 2 * %(limit)s
)
SELECT id FROM (
    SELECT *, 1 AS place FROM followed UNION ALL SELECT *, 2 FROM by_username UNION ALL SELECT *, 3 FROM by_name
) AS found GROUP BY id, username ORDER BY min(place), username LIMIT %(limit)s
"""
_IN_ORDER = "ORDER BY name.word USING ~<~, person.id"


def tags_beginning(q: str, limit: int = TAGS_SHOWN) -> list[Tag]:
    """Hashtags whose name begins with `q`, in the order of names; none for an empty `q`. One statement."""
    q = as_tag(q.strip().lstrip("#\uff03"))
    if not q:
        return []
    values = {"like": _like(q), "looked_at": _TAGS_LOOKED_AT, "counted": COUNTED_UP_TO, "limit": limit}
    return [Tag(*row) for row in _rows(_TAGS, values)]


def trending_tags(limit: int = 10) -> list[str]:
    """Hashtags that several people used in the last days, most of them first. One statement of a fixed cost."""
    return [name for (name,) in _rows(_LATELY, {"limit": limit})]


def complete_people(q: str, viewer_id: int) -> list[Person]:
    """Up to COMPLETIONS people whom `q` may mean, as `find_people` has it: those the viewer follows, then others."""
    q = q.strip().removeprefix("@").lower()
    wanted = list(dict.fromkeys(words(q)))[:MOST_NAME_WORDS]
    if not wanted:
        return []
    named = [_NAMED.format(number=number) for number in range(len(wanted))]
    statement = _PEOPLE.format(
        named=" AND ".join(named),
        others=" AND ".join(named[1:]) or "true",
        in_order=_IN_ORDER if len(wanted) == 1 else "",
    )
    likes = {f"word{number}": _like(word) for number, word in enumerate(wanted)}
    ids = [
        id_ for (id_,) in _rows(statement, {"viewer": viewer_id, "username": _like(q), "limit": COMPLETIONS, **likes})
    ]
    people = Person.objects.in_bulk(ids)
    return [people[id_] for id_ in ids if id_ in people]


def _like(q: str) -> str:
    """The pattern of what begins with `q`."""
    return q.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
