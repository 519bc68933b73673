"""Feeds, a page at a time, in a fixed number of queries, however many people one follows or shared a post."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from socialapp.api.pagination import PAGE_SIZE, Page, cut, paginate, read_token
from socialapp.feeds.newest import Row, newest
from socialapp.feeds.sql import FOLLOWED_AND_SELF, ONLY_SELF, Who
from socialapp.filters.models import Place
from socialapp.filters.queries import sift
from socialapp.posts.models import Post
from socialapp.posts.queries import FeedSource, replies_by, summarise, without_excluded
from socialapp.users.models import Person

# Rows read beyond a page, so that the same post shared by several people rarely needs a second look.
SPARE_ROWS = 20


@dataclass(frozen=True)
class FeedItem:
    """A post in a feed: there since `at`, because its author posted it or `shared_by` shared it."""

    post: Post
    at: datetime
    shared_by: Person | None = None


def home_feed(viewer_id: int, token: str | None = None, size: int = PAGE_SIZE) -> Page[FeedItem]:
    """What the viewer and the people they follow posted and shared, newest first. Raises BadCursor."""
    return _pulled(FOLLOWED_AND_SELF, viewer_id, viewer_id, token, size, Place.HOME)


def profile_feed(
    person_id: int, token: str | None = None, size: int = PAGE_SIZE, viewer_id: int | None = None
) -> Page[FeedItem]:
    """What one person posted and shared that this viewer may see, no replies, newest first. Raises BadCursor."""
    return _pulled(ONLY_SELF, person_id, viewer_id, token, size, Place.PROFILES)


def profile_replies(
    person_id: int, token: str | None = None, size: int = PAGE_SIZE, viewer_id: int | None = None
) -> Page[FeedItem]:
    """What one person replied that this viewer may see, newest first. Raises BadCursor."""
    return _by_id(replies_by(person_id, viewer_id), viewer_id, token, size, Place.PROFILES)


def public_feed(token: str | None = None, size: int = PAGE_SIZE, viewer_id: int | None = None) -> Page[FeedItem]:
    """What everybody posted for all to read, without replies, newest first. Raises BadCursor."""
    posts = without_excluded(Post.objects.listed(viewer_id).filter(thread=None), viewer_id)
    return _by_id(posts, viewer_id, token, size, Place.PUBLIC)


def _by_id(posts: QuerySet[Post], viewer_id: int | None, token: str | None, size: int, place: Place) -> Page[FeedItem]:
    page = paginate(posts, ["-id"], token, size)
    shown = sift(page.items, viewer_id, place)
    return page.with_items([FeedItem(post, post.created_at) for post in summarise(shown, viewer_id)])


def sources() -> list[FeedSource]:
    """The sources that settings.FEED_SOURCES names."""
    return [import_string(path) for path in settings.FEED_SOURCES]


def _pulled(
    who: Who, person_id: int, viewer_id: int | None, token: str | None, size: int, place: Place
) -> Page[FeedItem]:
    cursor = read_token(token, [int])
    rows = newest(who, person_id, sources(), cursor, size + 1 + SPARE_ROWS, enough=size + 1, viewer_id=viewer_id)
    page = cut(rows, key=lambda row: (row.id,), cursor=cursor, size=size)
    return page.with_items(_items(page.items, viewer_id, place))


def _items(rows: list[Row], viewer_id: int | None, place: Place) -> list[FeedItem]:
    """Turn rows into items. Rows drop out whose post or sharer became invisible a moment ago, or that filters hide."""
    found = Post.objects.visible_to(viewer_id).in_bulk([row.post_id for row in rows])
    posts = {post.pk: post for post in sift(list(found.values()), viewer_id, place)}
    summarise(posts.values(), viewer_id)
    sharer_ids = {row.person_id for row in rows if row.post_id in posts} - {p.author_id for p in posts.values()}
    people = {post.author_id: post.author for post in posts.values()}
    if sharer_ids:
        people |= Person.objects.active().in_bulk(sharer_ids)
    return [
        FeedItem(post, row.at, None if row.person_id == post.author_id else people[row.person_id])
        for row in rows
        if (post := posts.get(row.post_id)) and row.person_id in people
    ]
