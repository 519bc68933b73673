"""Notifications of texts that have a word which their recipient has muted: these are kept back."""

from collections.abc import Collection, Sequence

from notifications.models import Kind
from socialapp.filters.models import Place
from socialapp.filters.queries import filters_in, text_of
from socialapp.posts.models import Post

# Kinds about what others wrote; all other kinds are about what the recipient wrote.
WRITTEN = {Kind.COMMENT, Kind.REPLY, Kind.MENTION}
# (recipient, kind, id of the text)
Notice = tuple[int, str, int]


def with_muted_words(notices: Sequence[Notice]) -> set[Notice]:
    """Which of these notify of a text with a muted word. One query or two, none for likes."""
    written = [notice for notice in notices if notice[1] in WRITTEN]
    filters = filters_in(Place.NOTIFICATIONS, {recipient for recipient, _, _ in written})
    if not filters:
        return set()
    concerned = [notice for notice in written if notice[0] in filters]
    posts = Post.objects.in_bulk({text for _, _, text in concerned})
    texts = {post_id: text_of(post) for post_id, post in posts.items()}
    return {notice for notice in concerned if filters[notice[0]].phrase_in(texts.get(notice[2], ""))}


def who_muted(people: Collection[int], text: str) -> list[int]:
    """Which of these people have muted a word of this text. One query."""
    filters = filters_in(Place.NOTIFICATIONS, people)
    return [person_id for person_id, theirs in filters.items() if theirs.phrase_in(text)]


def muted_words(read: Sequence[tuple[int, str]]) -> list[str]:
    """For each (reader's id, text), the word in it that they have muted; "" if there is none. One query at most."""
    filters = filters_in(Place.NOTIFICATIONS, {reader_id for reader_id, text in read if text})
    return [filters[reader_id].phrase_in(text) if reader_id in filters else "" for reader_id, text in read]
