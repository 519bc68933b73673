"""Find public posts by their words, people and hashtags by how they begin. What may not be seen is not found."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import OperationalError
from django.db.models import Count, Max
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from psycopg2.errors import QueryCanceled

from socialapp.api.pagination import BIGINT, PAGE_SIZE, Cursor, Page, cut, read_token
from socialapp.filters.models import Place
from socialapp.filters.queries import sift
from socialapp.posts.models import Post, PostTag, listed
from socialapp.posts.queries import summarise
from socialapp.replica import reading
from socialapp.search import sql
from socialapp.search.query import SearchQuery
from socialapp.text.folding import words
from socialapp.users.models import Person
from socialapp.users.queries import MOST_NAME_WORDS
from socialapp.users.text_entities import as_tag

COMPLETIONS = 8
TAGS_SHOWN = 20
COUNTED_UP_TO = 100
READ_BY_ID = 5_000
USES_COUNTED = 500
TRENDING_FOR = timedelta(days=7)
# A tag whose posts are all gone is passed over, and costs a probe; more of them than this in a row end the search.
_TAGS_LOOKED_AT = 100


@dataclass(frozen=True)
class Tag:
    """A hashtag, and how many public posts have it, COUNTED_UP_TO standing for that many or more."""

    name: str
    posts: int


class TooLong(ValidationError):
    """The search would take too long."""

    def __init__(self) -> None:
        super().__init__(_("This takes too long to find. Try fewer words, or rarer ones."))


def find_posts(
    asked: SearchQuery, viewer_id: int | None, token: str | None = None, size: int = PAGE_SIZE
) -> Page[Post]:
    """A page of public posts, the newest first, with their summaries. Raises BadCursor, and TooLong."""
    cursor = read_token(token, [int])
    ids = _ids(asked, viewer_id, cursor, size + 1) if asked else []
    page = cut(ids, key=lambda id_: (id_,), cursor=cursor, size=size)
    posts = Post.objects.listed(viewer_id).in_bulk(page.items)
    found = sift([posts[id_] for id_ in page.items if id_ in posts], viewer_id, Place.PUBLIC)
    return page.with_items(summarise(found, viewer_id))


def _ids(asked: SearchQuery, viewer_id: int | None, cursor: Cursor | None, limit: int) -> list[int]:
    backwards = cursor is not None and cursor.backwards
    tags = {f"tag{number}": name for number, name in enumerate(asked.tags)}
    parts = [
        sql.LISTED if viewer_id is None else sql.LISTED_TO_VIEWER,
        *(sql.tagged(number) for number in range(len(tags))),
    ]
    parts += [part for part, is_asked in ((sql.WORDS, asked.query), (sql.AUTHORS, asked.authors)) if is_asked]
    statement = sql.posts(" AND ".join(parts), backwards=backwards)
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
        return [id_ for (id_,) in _rows(sql.PATIENCE + statement, values)]
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooLong from error
        raise


def tags_beginning(q: str, limit: int = TAGS_SHOWN) -> list[Tag]:
    """Hashtags that begin with `q`, by name; none for an empty `q`. One statement."""
    q = as_tag(q.strip().lstrip("#\uff03"))
    if not q:
        return []
    values = {"like": _like(q), "looked_at": _TAGS_LOOKED_AT, "counted": COUNTED_UP_TO, "limit": limit}
    return [Tag(*row) for row in _rows(sql.TAGS, values)]


def trending_tags(limit: int = 10) -> list[str]:
    """Hashtags that most people used in the last days. One statement of a fixed cost.

    By how many different people used each among the last uses of any: one person makes no trend.
    """
    lately = PostTag.objects.filter(pk__in=PostTag.objects.order_by("-pk").values("pk")[:USES_COUNTED])
    used = lately.filter(listed(None, "post"), post__created_at__gt=Now() - TRENDING_FOR).values("name")
    trends = used.annotate(people=Count("post__author", distinct=True), newest=Max("post")).order_by(
        "-people", "-newest"
    )
    return list(trends.values_list("name", flat=True)[:limit])


def complete_people(q: str, viewer_id: int) -> list[Person]:
    """Up to COMPLETIONS people that `q` may mean, as in `find_people`: those the viewer follows first."""
    q = q.strip().removeprefix("@").lower()
    wanted = list(dict.fromkeys(words(q)))[:MOST_NAME_WORDS]
    if not wanted:
        return []
    likes = {f"word{number}": _like(word) for number, word in enumerate(wanted)}
    ids = [
        id_
        for (id_,) in _rows(
            sql.people(len(wanted)), {"viewer": viewer_id, "username": _like(q), "limit": COMPLETIONS, **likes}
        )
    ]
    people = Person.objects.in_bulk(ids)
    return [people[id_] for id_ in ids if id_ in people]


def _like(q: str) -> str:
    """The pattern of texts that begin with `q`."""
    return q.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with reading().cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
