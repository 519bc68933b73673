"""Posts by their words, people and hashtags by their beginnings. What may not be seen is not found."""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Exists, OuterRef, QuerySet
from django.db.models.expressions import RawSQL

from socialapp.http.keyset import PAGE_SIZE, Page, paginate
from socialapp.posts.models import Post, PostTag
from socialapp.posts.queries import summarise, visible_posts
from socialapp.search.asked import Asked
from socialapp.users.models import Person
from socialapp.users.queries import visible_people
from socialapp.users.words import as_tag

COMPLETIONS = 8
TAGS_SHOWN = 20
COUNTED_UP_TO = 100
# A tag whose posts are all gone is passed over, and costs a probe; more of them than this in a row end the search.
_TAGS_LOOKED_AT = 100


@dataclass(frozen=True)
class Tag:
    """A hashtag, and how many visible posts have it, COUNTED_UP_TO standing for that many or more."""

    name: str
    posts: int


def find_posts(asked: Asked, viewer_id: int | None, token: str | None = None, size: int = PAGE_SIZE) -> Page[Post]:
    """A page of visible posts, the newest first, with their summaries. Raises BadCursor."""
    page = paginate(_matching(asked), ["-id"], token, size) if asked else Page[Post]([])
    return page.with_items(summarise(page.items, viewer_id))


def _matching(asked: Asked) -> QuerySet[Post]:
    found = visible_posts()
    if asked.authors:
        # By id, so that PostgreSQL knows how many posts theirs are.
        people = visible_people().filter(username__in=asked.authors)
        found = found.filter(author_id__in=list(people.values_list("pk", flat=True)))
    for name in asked.tags:
        found = found.filter(Exists(PostTag.objects.filter(post=OuterRef("pk"), name=name)))
    if asked.words:
        matches = "posts_post.words @@ websearch_to_tsquery('simple', %s)"
        found = found.filter(RawSQL(matches, [asked.words], output_field=BooleanField()))  # noqa: S611  a constant
    return found


_VISIBLE = """
    SELECT FROM posts_posttag AS tag JOIN posts_post AS post ON post.id = tag.post_id
    JOIN users_person AS author ON author.id = post.author_id
    WHERE tag.name = {name} AND post.deleted_at IS NULL AND post.hidden_at IS NULL
      AND author.suspended_at IS NULL AND author.deleted_at IS NULL
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
_LATELY = """
SELECT tag.name FROM (SELECT post_id, name FROM posts_posttag ORDER BY id DESC LIMIT 500) AS tag
JOIN posts_post AS post ON post.id = tag.post_id JOIN users_person AS author ON author.id = post.author_id
WHERE post.deleted_at IS NULL AND post.hidden_at IS NULL AND author.suspended_at IS NULL AND author.deleted_at IS NULL
  AND post.created_at > now() - interval '7 days'
GROUP BY tag.name ORDER BY count(DISTINCT post.author_id) DESC, max(post.id) DESC LIMIT %(limit)s
"""
# Each branch reads its index in its order and stops after a few rows, however many names begin so.
_PEOPLE = """
WITH followed AS (
    SELECT person.id, person.username FROM follows_follow JOIN users_person AS person ON person.id = followee_id
    WHERE follower_id = %(viewer)s AND (person.username LIKE %(like)s OR lower(person.name) LIKE %(like)s)
      AND person.suspended_at IS NULL AND person.deleted_at IS NULL
    ORDER BY person.username LIMIT %(limit)s
), by_username AS (
    SELECT id, username FROM users_person WHERE username LIKE %(like)s AND suspended_at IS NULL AND deleted_at IS NULL
    ORDER BY username USING ~<~ LIMIT 2 * %(limit)s
), by_name AS (
    SELECT id, username FROM users_person
    WHERE lower(name) LIKE %(like)s AND suspended_at IS NULL AND deleted_at IS NULL
    ORDER BY lower(name) USING ~<~ LIMIT 2 * %(limit)s
)
SELECT id FROM (
    SELECT *, 1 AS place FROM followed UNION ALL SELECT *, 2 FROM by_username UNION ALL SELECT *, 3 FROM by_name
) AS found GROUP BY id, username ORDER BY min(place), username LIMIT %(limit)s
"""


def tags_beginning(q: str, limit: int = TAGS_SHOWN) -> list[Tag]:
    """Hashtags whose name begins with `q`, in the order of names; none for an empty `q`. One statement."""
    q = as_tag(q.strip().removeprefix("#"))
    if not q:
        return []
    values = {"like": _like(q), "looked_at": _TAGS_LOOKED_AT, "counted": COUNTED_UP_TO, "limit": limit}
    return [Tag(*row) for row in _rows(_TAGS, values)]


def tags_lately(limit: int = 10) -> list[str]:
    """Hashtags that several people used in the last days, most of them first. One statement of a fixed cost."""
    return [name for (name,) in _rows(_LATELY, {"limit": limit})]


def complete_people(q: str, viewer_id: int) -> list[Person]:
    """Up to COMPLETIONS people whose username or name begins with `q`: those the viewer follows, then others."""
    q = q.strip().removeprefix("@").lower()
    if not q:
        return []
    ids = [id_ for (id_,) in _rows(_PEOPLE, {"viewer": viewer_id, "like": _like(q), "limit": COMPLETIONS})]
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
