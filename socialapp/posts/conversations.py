"""A conversation as the page of one post shows it: what the post answers above, branches of replies below."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from socialapp.api.pagination import Cursor, Page, cut, read_token
from socialapp.filters.models import Place
from socialapp.filters.queries import sift
from socialapp.posts import sql
from socialapp.posts.models import Post
from socialapp.posts.queries import summarise
from socialapp.posts.sql import BRANCHES
from socialapp.replica import reading


@dataclass
class Branch:
    """A reply and those of its replies that are shown. `post` is None for one that may not be seen but was answered.

    Where several such replies answer each other, only the first is included, with the replies to any of them. At most
    20 replies to each are included; `more` counts those that are not shown here, as `summarise_as_listed` counts.
    """

    id: int
    post: Post | None
    replies: list["Branch"] = field(default_factory=list)

    @property
    def more(self) -> int:
        shown = sum(1 for reply in self.replies if reply.post)
        return max(self.post.summary.get("comments", 0) - shown, 0) if self.post else 0


def listed_besides(post_ids: Collection[int], viewer_id: int | None) -> dict[int, int]:
    """{post id: how many replies its list has for this viewer beside those counted for everybody}; fewer: below 0."""
    return {id_: int(n) for id_, n in _rows(sql.LISTED_BESIDES, {"posts": list(post_ids), "viewer": viewer_id})}


def summarise_as_listed(posts: Iterable[Post], viewer_id: int | None) -> list[Post]:
    """`summarise`, with as many `comments` as the list below each post has for this viewer. One query more.

    `comments_besides` are those that are not in the count for everybody, which live updates have.
    """
    found = summarise(posts, viewer_id)
    besides = listed_besides([post.pk for post in found], viewer_id) if found else {}
    for post in found:
        extra = besides.get(post.pk, 0)
        comments = max(post.summary.get("comments", 0) + extra, 0)
        post.summary |= {"comments": comments, "comments_besides": extra}
    return found


def answered(post: Post, viewer_id: int | None) -> list[Post | None]:
    """What the post answers, and what that answers, in reading order; None for each that may not be seen.

    The nearest 30 at most. Two queries and those of summaries; none for a post that begins a thread.
    """
    if post.thread is None:
        return []
    rows = _rows(sql.ANSWERED, {"post": post.pk, "most": sql.FAR})
    posts = _sifted(Post.objects.visible_to(viewer_id).in_bulk([id_ for id_, _ in rows]), viewer_id)
    summarise_as_listed(posts.values(), viewer_id)
    found = [posts.get(id_) for id_, _ in rows]
    # What it answers, at the beginning, was removed for good.
    is_cut = (rows[0][1] if rows else post.reply_to_id) is None and (rows[0][0] if rows else post.pk) != post.thread
    return [None, *found] if is_cut else found


def beginner_of(post: Post) -> int | None:
    """The author of the post that began the conversation; None when that was removed for good."""
    if post.thread is None:
        return post.author_id
    return Post.objects.filter(pk=post.thread).values_list("author_id", flat=True).first()


def replies_to(post: Post, token: str | None, size: int, viewer_id: int | None) -> Page[Post]:
    """The replies that `branches` has for this viewer, without those below them. Raises BadCursor."""
    cursor = read_token(token, [int])
    backwards = cursor is not None and cursor.backwards
    order = "-pk" if backwards else "pk"
    seen = Post.objects.visible_to(viewer_id).order_by(order)
    if cursor:
        seen = seen.filter(**{"pk__lt" if backwards else "pk__gt": cursor.key[0]})
    found = [*seen.filter(reply_to=post)[: size + 1]]
    if post.thread is None:
        found += seen.filter(thread=post.pk, reply_to=None)[: size + 1]
    found = sorted(found, key=lambda reply: reply.pk, reverse=backwards)[: size + 1]
    page = cut(found, key=lambda reply: (reply.pk,), cursor=cursor, size=size)
    return page.with_items(summarise_as_listed(sift(page.items, viewer_id, Place.CONVERSATIONS), viewer_id))


def branches(post: Post, token: str | None, viewer_id: int | None) -> Page[Branch]:
    """The replies to a post, oldest first, each with the first ones of the replies to it. Raises BadCursor.

    Below the post that began a thread are also those whose own post was removed for good. At most three queries and
    those of summaries, however many there are.
    """
    cursor = read_token(token, [int])
    backwards = cursor is not None and cursor.backwards
    values = {"post": post.pk, "viewer": viewer_id, "place": cursor.key[0] if cursor else 0}
    replies = sql.places("post.reply_to_id = %(post)s", backwards=backwards)
    ids = {id_ for (id_,) in _rows(replies, values)}
    if post.thread is None:
        orphans = "post.thread = %(post)s AND post.reply_to_id IS NULL"
        ids.update(id_ for (id_,) in _rows(sql.places(orphans, backwards=backwards), values))
    found = sorted(ids, reverse=backwards)[: BRANCHES + 1]
    page = cut(found, key=lambda id_: (id_,), cursor=cursor, size=BRANCHES)
    return page.with_items(_grown(page.items, viewer_id))


def _grown(ids: Collection[int], viewer_id: int | None) -> list[Branch]:
    rows = sorted(_rows(sql.BELOW, {"posts": list(ids), "viewer": viewer_id})) if ids else []
    posts = _sifted(Post.objects.visible_to(viewer_id).in_bulk([*ids, *(id_ for id_, _ in rows)]), viewer_id)
    summarise_as_listed(posts.values(), viewer_id)
    below: defaultdict[int, list[int]] = defaultdict(list)
    for id_, answered_id in rows:
        below[answered_id].append(id_)

    def grow(id_: int) -> Branch:
        branch = Branch(id_, posts.get(id_))
        for reply in map(grow, below[id_]):
            # What answers several that may not be seen stands below the first of these.
            branch.replies += [reply] if reply.post or branch.post else reply.replies
        # One that was deleted since its id was read has nothing to keep its place for.
        kept = (reply for reply in branch.replies if reply.post or reply.replies)
        branch.replies = sorted(kept, key=lambda reply: reply.id)
        return branch

    return [branch for branch in map(grow, ids) if branch.post or branch.replies]


def branches_after(post: Post, after: int, viewer_id: int | None) -> Page[Branch]:
    """Like `branches`, for the first replies to a post that have a greater id than this."""
    return branches(post, Cursor((after,)).token(), viewer_id)


def branch_of(post: Post, viewer_id: int | None) -> Branch:
    """A reply alone, as it was just written."""
    return Branch(post.pk, summarise([post], viewer_id)[0])


def _sifted(posts: Mapping[int, Post], viewer_id: int | None) -> dict[int, Post]:
    """Without those that the viewer's filters hide: they keep their place, as what may not be seen does."""
    return {post.pk: post for post in sift(list(posts.values()), viewer_id, Place.CONVERSATIONS)}


def _rows(statement: str, values: dict[str, Any]) -> list[Any]:
    with reading().cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
