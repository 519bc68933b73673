"""Posts that may be seen, their summaries, and what feeds read of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.module_loading import import_string

from socialapp.api.pagination import PAGE_SIZE, Page, paginate
from socialapp.filters.models import Place
from socialapp.filters.queries import sift
from socialapp.follows.queries import no_block
from socialapp.posts.models import Mention, Post, PostTag, PostVersion, in_feeds, listed, own_hidden, visible_to
from socialapp.sql import in_feeds as sql_in_feeds
from socialapp.sql import shown
from socialapp.users.models import Person
from socialapp.users.queries import mentioned
from socialapp.visibility import Visibility

Rows = TypeVar("Rows", bound=Model)

# The numbers in a summary that a page shows and that change while somebody looks at it.
COUNTS = ("likes", "shares", "comments")


@dataclass(frozen=True)
class FeedSource:
    """A table each of whose rows puts a post before the followers of a person. SQL names, none from outside.

    All sources take their ids from one sequence in the order of time (posts.ids), and a feed is in their order. Wants
    two indexes where `condition`: (person, id DESC), and (id DESC) with the other columns in it. Where a row's post may
    be by another person (`of_others`), the feed asks whether that post may be seen; else `condition` has to, and the
    row, of posts_post, may be seen by followers of the person.
    `answers` is the column of whose post the row's post answers, null where it answers none.
    """

    table: str
    person: str
    post: str
    condition: str = "true"
    of_others: bool = True
    answers: str | None = None


POSTED = FeedSource(
    "posts_post",
    person="author_id",
    post="id",
    condition=f"{shown('posts_post')} AND {sql_in_feeds('posts_post')}",
    of_others=False,
    answers="reply_to_author",
)


def visible_post(post_id: int, viewer_id: int | None) -> Post:
    """The post with this id. Raises Post.DoesNotExist when it is gone or this viewer may not see it."""
    return Post.objects.visible_to(viewer_id).get(pk=post_id)


def post_to_read(post_id: int, viewer_id: int | None) -> Post:
    """The same; also one of the viewer's own that moderators hid, or that waits for a look."""
    return Post.objects.select_related("author").get(visible_to(viewer_id) | own_hidden(viewer_id or 0), pk=post_id)


def own_hidden_post(post_id: int, author_id: int | None) -> Post:
    """The hidden post with this id, for its author, who still reads it. Raises Post.DoesNotExist."""
    return Post.objects.select_related("author").get(own_hidden(author_id or 0), pk=post_id)


def replies_by(person_id: int, viewer_id: int | None) -> QuerySet[Post]:
    """Replies of one author that this viewer may see; order by `-id` for the newest first."""
    seen = Post.objects.visible_to(viewer_id).filter(in_feeds())
    return seen.filter(author_id=person_id, reply_to_author__isnull=False)


@cache
def exclusions() -> list[str]:
    """The SELECTs that settings.FEED_EXCLUSIONS names."""
    return [import_string(path) for path in settings.FEED_EXCLUSIONS]


def without_excluded(posts: QuerySet[Rows], viewer_id: int | None, author: str = "author") -> QuerySet[Rows]:
    """Leave out posts by people the viewer does not want in feeds. `author` is the path to these people."""
    if viewer_id is None:
        return posts
    for statement in exclusions():
        sql, viewers = statement.replace("%(viewer)s", "%s"), [viewer_id] * statement.count("%(viewer)s")
        posts = posts.exclude(**{f"{author}__in": RawSQL(sql, viewers)})  # noqa: S611  no text from outside
    return posts


def posts_tagged(
    name: str, token: str | None = None, size: int = PAGE_SIZE, viewer_id: int | None = None
) -> Page[Post]:
    """Public posts with this tag for this viewer, newest first, a page at a time. Two queries. Raises BadCursor."""
    tagged = PostTag.objects.select_related("post__author").filter(listed(viewer_id, "post"), name=name)
    tagged = without_excluded(tagged.filter(no_block(viewer_id, "post__author")), viewer_id, "post__author")
    page = paginate(tagged, ["-post_id"], token, size)
    return page.with_items(sift([row.post for row in page.items], viewer_id, Place.PUBLIC))


def private_mentions(viewer_id: int, token: str | None = None, size: int = PAGE_SIZE) -> Page[Post]:
    """Direct posts that somebody wrote or that are for them, newest first, with their summaries. Raises BadCursor."""
    direct = Post.objects.filter(visibility=Visibility.DIRECT)
    sent = direct.filter(author_id=viewer_id).values("pk")
    received = Mention.objects.filter(person_id=viewer_id, post__visibility=Visibility.DIRECT).values("post")
    seen = Post.objects.visible_to(viewer_id).filter(Q(pk__in=sent.union(received)))
    page = paginate(seen, ["-id"], token, size)
    return page.with_items(summarise(page.items, viewer_id))


def versions(post: Post) -> QuerySet[PostVersion]:
    """The earlier texts of a post, newest first."""
    return PostVersion.objects.filter(post=post).order_by("-id")


def summarise(posts: Iterable[Post], viewer_id: int | None) -> list[Post]:
    """Set `summary`, from all of settings.POST_SUMMARIES, `mentioned` and `answered`. A fixed number of queries."""
    posts = list(posts)
    names = mentioned(post.body for post in posts)
    authors = {post.reply_to_author for post in posts if post.reply_to_author}
    people = Person.objects.active().in_bulk(authors) if authors else {}
    for post in posts:
        post.summary, post.mentioned = {}, names
        post.answered = people.get(post.reply_to_author) if post.reply_to_author else None
    for path in settings.POST_SUMMARIES:
        found = import_string(path)([post.pk for post in posts], viewer_id)
        for post in posts:
            post.summary |= found.get(post.pk, {})
    return posts
