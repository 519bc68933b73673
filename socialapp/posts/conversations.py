"""A conversation as one of its posts' pages shows it: what the post answers, and the branches of replies below it."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from socialapp.follows.queries import without_blocked
from socialapp.http.keyset import Cursor, Page, cut, read_token
from socialapp.posts.models import Post
from socialapp.posts.queries import summarise, visible_posts

BRANCHES = 20
# Of each reply on a page, so many replies are shown at most, and of these again: others are on its own page.
_REPLIES = 3
_DEPTH = 3
_ABOVE = 30

_ANSWERED = """
WITH RECURSIVE above(id, reply_to_id, place) AS (
    SELECT id, reply_to_id, 0 FROM posts_post WHERE id = %(post)s
    UNION ALL
    SELECT post.id, post.reply_to_id, place + 1 FROM above JOIN posts_post AS post ON post.id = above.reply_to_id
    WHERE place < %(most)s
)
SELECT id, reply_to_id FROM above WHERE place > 0 ORDER BY place DESC
"""
_BELOW = """
WITH RECURSIVE below(id, reply_to_id, depth) AS (
    SELECT id, NULL::bigint, 0 FROM unnest(%(posts)s::bigint[]) AS branch(id)
    UNION ALL
    SELECT child.id, below.id, depth + 1 FROM below CROSS JOIN LATERAL (
        SELECT post.id FROM posts_post AS post WHERE post.reply_to_id = below.id ORDER BY post.id LIMIT %(replies)s
    ) AS child WHERE depth < %(depth)s
)
SELECT id, reply_to_id FROM below WHERE depth > 0 ORDER BY id
"""


@dataclass
class Branch:
    """A reply, and what is shown of the replies to it. `post` is None for one that may not be seen, but was answered.

    `more` of its replies are not shown here.
    """

    id: int
    post: Post | None
    replies: list["Branch"] = field(default_factory=list)

    @property
    def more(self) -> int:
        shown = sum(1 for reply in self.replies if reply.post)
        return max(self.post.summary.get("comments", 0) - shown, 0) if self.post else 0


def answered(post: Post, viewer_id: int | None) -> list[Post | None]:
    """What the post answers, and what that answers, in reading order; None for what may not be seen.

    The nearest 30 at most. Two queries and those of summaries; none for a post that begins a thread.
    """
    if post.thread is None:
        return []
    rows = _rows(_ANSWERED, {"post": post.pk, "most": _ABOVE})
    posts = _shown(viewer_id).in_bulk([id_ for id_, _ in rows])
    summarise(posts.values(), viewer_id)
    found = [posts.get(id_) for id_, _ in rows]
    # What it answers, at the beginning, was removed for good.
    is_cut = (rows[0][1] if rows else post.reply_to_id) is None and (rows[0][0] if rows else post.pk) != post.thread
    return [None, *found] if is_cut else found


def beginner_of(post: Post) -> int | None:
    """Who began the conversation that the post is part of; None when that post was removed for good."""
    if post.thread is None:
        return post.author_id
    return Post.objects.filter(pk=post.thread).values_list("author_id", flat=True).first()


def branches(post: Post, token: str | None, viewer_id: int | None) -> Page[Branch]:
    """The replies to a post, oldest first, each with the first ones of the replies to it. Raises BadCursor.

    Below the post that began a thread are also those whose own post was removed for good. At most three queries and
    those of summaries, however many there are.
    """
    cursor = read_token(token, [int])
    seen = _shown(viewer_id)
    # What may not be seen keeps its place while something that may is below it.
    kept = Post.objects.filter(Exists(seen.filter(pk=OuterRef("pk"))) | Exists(seen.filter(reply_to=OuterRef("pk"))))
    backwards = cursor is not None and cursor.backwards
    if cursor:
        kept = kept.filter(pk__lt=cursor.key[0]) if backwards else kept.filter(pk__gt=cursor.key[0])
    order, limit = "-pk" if backwards else "pk", BRANCHES + 1
    ids = set(kept.filter(reply_to=post).order_by(order).values_list("pk", flat=True)[:limit])
    if post.thread is None:
        orphans = kept.filter(thread=post.pk, reply_to=None)
        ids.update(orphans.order_by(order).values_list("pk", flat=True)[:limit])
    page = cut(sorted(ids, reverse=backwards)[:limit], key=lambda id_: (id_,), cursor=cursor, size=BRANCHES)
    return page.with_items(_grown(page.items, viewer_id))


def _grown(ids: Collection[int], viewer_id: int | None) -> list[Branch]:
    rows = _rows(_BELOW, {"posts": list(ids), "replies": _REPLIES, "depth": _DEPTH}) if ids else []
    posts = _shown(viewer_id).in_bulk([*ids, *(id_ for id_, _ in rows)])
    summarise(posts.values(), viewer_id)
    below: defaultdict[int, list[int]] = defaultdict(list)
    for id_, answered_id in rows:
        below[answered_id].append(id_)

    def grow(id_: int) -> Branch:
        replies = [grow(reply_id) for reply_id in below[id_]]
        return Branch(id_, posts.get(id_), [reply for reply in replies if reply.post or reply.replies])

    # One that was deleted since its id was read has nothing to keep its place for.
    return [branch for branch in map(grow, ids) if branch.post or branch.replies]


def branches_after(post: Post, after: int, viewer_id: int | None) -> Page[Branch]:
    """As `branches`: of the replies to a post the first ones with a greater id than this."""
    return branches(post, Cursor((after,)).token(), viewer_id)


def branch_of(post: Post, viewer_id: int | None) -> Branch:
    """A reply as it stands alone, just written."""
    return Branch(post.pk, summarise([post], viewer_id)[0])


def _shown(viewer_id: int | None) -> QuerySet[Post]:
    return without_blocked(visible_posts(), viewer_id, "author")


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[int, int]] = cursor.fetchall()
    return rows
