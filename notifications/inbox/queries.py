"""Reads an inbox: groups that workers wrote, merged with new posts of followed people."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from notifications.inbox.filters import WRITTEN, muted_words
from notifications.inbox.followed_posts import FollowedPost, is_unread, new_posts
from notifications.inbox.quotes import QUOTED, Quote, Span, newest_notices, newest_quotes
from notifications.models import Kind, NotificationGroup, ReadMark
from socialapp.api.pagination import BIGINT, PAGE_SIZE, Cursor, Page, read_token
from socialapp.filters.queries import text_of
from socialapp.moderation.models import Notice
from socialapp.moderation.wording import summary
from socialapp.posts.models import Post, in_feeds, visible_to
from socialapp.text.excerpts import shorten
from socialapp.users.models import Person

EXCERPT = 160  # characters of what was written


@dataclass(frozen=True)
class Entry:
    """One row of an inbox: `people` (the newest, at most 3) of `count` did `kind` to `post` (None for follows).

    `id` is "n" and a group's id, or "p" and the id of a new post. They did it `times` times. `quote` is the newest
    reply, if it is about replies; `notice` is the newest of the moderators' notices. `filtered` is a word of that text
    that its reader has muted. `seq` is the number in the inbox's sequence of its last change.
    """

    id: str
    kind: str
    post: Post | None
    count: int
    people: list[Person]
    unread: bool
    at: datetime
    quote: Quote | None = None
    times: int = 1
    seq: int = 0
    notice: Notice | None = None
    filtered: str = ""

    @property
    def excerpt(self) -> str:
        """The beginning of the reply, else of the post; or its content warning; or a notice in short.

        It is "" for a reply that may not be seen.
        """
        if self.notice:
            return summary(self.notice)
        if self.filtered:
            return _("Filtered: %(phrase)s") % {"phrase": self.filtered}
        text = self.quote.text if self.quote else self.post.preview if self.post else ""
        return shorten(text, EXCERPT)

    @property
    def text(self) -> str:
        """The full text of the quoted reply, or else of the post; "" without either."""
        return self.quote.text if self.quote else text_of(self.post) if self.post else ""

    @property
    def reply_id(self) -> int | None:
        """The id of the quoted reply."""
        return self.quote.reply_id or None if self.quote else None


def inbox(
    person_id: int,
    *,
    unread: bool = False,
    kind: str | None = None,
    token: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[Entry]:
    """A page of an inbox, newest first. Raises BadCursor. At most ten queries.

    Two streams, each in its own order, are merged by time. A cursor holds a place in both: (sequence of the last group,
    id of the last post).
    """
    cursor = read_token(token, [int, int])
    mark = ReadMark.objects.filter(person_id=person_id).first() or ReadMark()
    found: list[_Found] = []
    if kind != Kind.POST:
        found += _groups(person_id, mark, unread, kind, cursor, size + 1)
    if kind in {None, Kind.POST}:
        found += [_Found(row.at, post=row) for row in new_posts(person_id, mark.posts_at, unread, cursor, size + 1)]
    page = _merge(found, cursor, size)
    return page.with_items(_folded_for(person_id, _entries(page.items, person_id)))


def entry_of(person_id: int, entry_id: str) -> Entry:
    """The entry with that id in someone's inbox. Raises NotificationGroup.DoesNotExist, Post.DoesNotExist."""
    number = int(entry_id[1:])
    if entry_id.startswith("p"):
        post = Post.objects.visible_to(person_id).get(in_feeds(), pk=number, thread=None)
        return _folded_for(person_id, [_new_post(post, unread=is_unread(person_id, post))])[0]
    group = _shown_groups().get(pk=number, recipient_id=person_id)
    mark = ReadMark.objects.filter(person_id=person_id).first() or ReadMark()
    found = _Found(group.at, group=group, unread=(group.unread_seq or 0) > mark.seq)
    return _folded_for(person_id, _entries([found], person_id))[0]


def entries_of(
    group_ids: Collection[int],
    post_ids: Collection[int] = (),
    *,
    recipient_id: int | None = None,
    spans: Mapping[int, Span] | None = None,
    readers: Mapping[str, int] | None = None,
) -> dict[str, Entry]:
    """{id: entry} of these groups, for whichever recipients, and of new posts for one recipient.

    What they may not see is left out. `spans` limits the members of a group (ids, from and to) whose newest reply is
    quoted. `readers` names each entry's reader: a text with a word that they have muted is folded.
    """
    groups = _shown_groups().filter(pk__in=group_ids) if group_ids else []
    found = [_Found(group.at, group=group) for group in groups]
    posts = Post.objects.visible_to(recipient_id).filter(pk__in=post_ids) if post_ids else []
    found += [_Found(post.created_at, post=FollowedPost(post.created_at, post.pk, unread=True)) for post in posts]
    return {entry.id: entry for entry in _folded(_entries(found, recipient_id, spans), readers or {})}


@dataclass(frozen=True)
class _Found:
    """A row of either stream."""

    at: datetime
    group: NotificationGroup | None = None
    post: FollowedPost | None = None
    unread: bool = False


def _shown_groups() -> QuerySet[NotificationGroup]:
    """Groups in which somebody is left, of posts that their recipient may see, with their post and its author."""
    seen = NotificationGroup.objects.filter(Q(post=None) | visible_to("recipient", "post"), count__gt=0)
    return seen.select_related("post__author")


def _groups(
    person_id: int, mark: ReadMark, unread: bool, kind: str | None, cursor: Cursor | None, limit: int
) -> list[_Found]:
    rows = _shown_groups().filter(recipient_id=person_id)
    if kind:
        rows = rows.filter(kind=kind)
    if unread:
        rows = rows.filter(unread_seq__gt=mark.seq)
    backwards = cursor is not None and cursor.backwards
    if cursor:
        rows = rows.filter(seq__gt=cursor.key[0]) if backwards else rows.filter(seq__lt=cursor.key[0])
    return [
        _Found(row.at, group=row, unread=(row.unread_seq or 0) > mark.seq)
        for row in rows.order_by("seq" if backwards else "-seq")[:limit]
    ]


def _merge(found: Sequence[_Found], cursor: Cursor | None, size: int) -> Page[_Found]:
    """Merge groups and posts into a page: by time between the two, each of them in its own order."""
    backwards = cursor is not None and cursor.backwards
    merged = _in_order([f for f in found if f.group], [f for f in found if f.post], ascending=backwards)
    more, items = len(merged) > size, merged[:size]
    if backwards:
        items.reverse()
    if not items:
        return Page([])
    newer = _edge(items, cursor, first=True).token()
    older = _edge(items, cursor, first=False).token()
    if backwards:
        return Page(items, next=older, previous=newer if more else None)
    return Page(items, next=older if more else None, previous=newer if cursor else None)


def _in_order(groups: list[_Found], posts: list[_Found], *, ascending: bool) -> list[_Found]:
    merged: list[_Found] = []
    while groups and posts:
        group_first = groups[0].at < posts[0].at if ascending else groups[0].at > posts[0].at
        merged.append((groups if group_first else posts).pop(0))
    return merged + groups + posts


def _edge(items: Sequence[_Found], cursor: Cursor | None, *, first: bool) -> Cursor:
    """The place just before the first item, or just after the last, in both streams.

    A stream with no item on this page stays where this page's cursor was: one
    step aside when reading turns round, because a cursor's own row is excluded.
    """
    groups = [item.group.seq for item in items if item.group]
    posts = [item.post.id for item in items if item.post]
    at = 0 if first else -1
    turned = cursor is not None and cursor.backwards != first
    step = (-1 if first else 1) if turned else 0
    if cursor:
        seq, post_id = cursor.key[0] + step, cursor.key[1] + step
    else:
        # The first page: a stream without items has none at all, or will have newer ones.
        seq, post_id = (0, 0) if first else (BIGINT - 1, BIGINT - 1)
    key = (groups[at] if groups else seq, posts[at] if posts else post_id)
    return Cursor(key, backwards=first)


def _entries(found: Sequence[_Found], viewer_id: int | None, spans: Mapping[int, Span] | None = None) -> list[Entry]:
    people_ids = {id_ for f in found if f.group for id_ in f.group.newest_ids}
    people = Person.objects.active().in_bulk(people_ids) if people_ids else {}
    post_ids = [f.post.id for f in found if f.post]
    posts = Post.objects.visible_to(viewer_id).in_bulk(post_ids) if post_ids else {}
    groups = [f.group for f in found if f.group]
    quoted = newest_quotes([group.pk for group in groups if group.kind in QUOTED], spans or {})
    notices = newest_notices([group.pk for group in groups if group.kind == Kind.MODERATION], spans or {})
    entries = [
        _group_entry(f, f.group, people, quoted, notices.get(f.group.pk)) if f.group else _post_entry(f.post, posts)
        for f in found
    ]
    return [entry for entry in entries if entry]


def _group_entry(
    found: _Found,
    group: NotificationGroup,
    people: dict[int, Person],
    quoted: Mapping[int, tuple[Quote, int]],
    notice: Notice | None,
) -> Entry | None:
    if group.kind == Kind.MODERATION and notice is None:
        return None
    known = [people[id_] for id_ in group.newest_ids if id_ in people]
    quote: Quote | None
    quote, times = quoted.get(group.pk, (None, group.count))
    return Entry(
        f"n{group.pk}",
        group.kind,
        group.post,
        group.count,
        known,
        found.unread,
        group.at,
        quote,
        times,
        group.seq,
        notice,
    )


def _post_entry(row: FollowedPost | None, posts: dict[int, Post]) -> Entry | None:
    post = posts.get(row.id) if row else None
    if not row or not post:
        return None
    return _new_post(post, unread=row.unread)


def _new_post(post: Post, *, unread: bool) -> Entry:
    return Entry(f"p{post.pk}", Kind.POST, post, 1, [post.author], unread, post.created_at)


def _folded_for(reader_id: int, entries: Sequence[Entry]) -> list[Entry]:
    return _folded(entries, dict.fromkeys((entry.id for entry in entries), reader_id))


def _folded(entries: Sequence[Entry], readers: Mapping[str, int]) -> list[Entry]:
    """The entries, those folded whose text by others has a word that their reader has muted. One query at most."""
    texts = [entry.text if entry.kind in {*WRITTEN, Kind.POST} else "" for entry in entries]
    words = muted_words([(readers.get(entry.id, 0), text) for entry, text in zip(entries, texts, strict=True)])
    return [replace(entry, filtered=word) for entry, word in zip(entries, words, strict=True)]
