"""What an export has of accounts, posts, pictures, follows, blocks and bookmarks, as Mastodon's archives have it.

The names, and what stands in them, are those of Mastodon's archive and of its lists in CSV, so that other software can
read them. What has no place there (earlier texts of a post, its plain text) is beside it.
"""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import QuerySet

from socialapp.bookmarks.models import Bookmark
from socialapp.follows.models import Block, Follow
from socialapp.media.files import CONTENT_TYPE, name_of, uploads
from socialapp.media.models import SIZES, Kind, State
from socialapp.posts.models import Post, PostPicture, visible_to
from socialapp.takeout.activities import actor_url, created, file_of, post_url
from socialapp.takeout.sections import BATCH, CONTEXT, Form, Section, document
from socialapp.users.browsers import browser_name
from socialapp.users.log_ins import log_ins_of
from socialapp.users.models import Person
from socialapp.users.operations import POSTING

AVATAR_FILE = "avatar.webp"
# A part of an archive has room for fewer.
FILES = 100


def address_of(person: Person) -> str:
    """The address of a person as other sites write it: name@host."""
    return f"{person.username}@{urlsplit(settings.PUBLIC_URL).netloc}"


def batch(rows: QuerySet[Any], after: int | None) -> QuerySet[Any]:
    """The next rows in the order of ids."""
    return rows.filter(pk__gt=after or 0).order_by("pk")[:BATCH]


def _actor(person: Person) -> dict[str, Any]:
    url = actor_url(person.username)
    icon = {"icon": {"type": "Image", "mediaType": CONTENT_TYPE, "url": AVATAR_FILE}} if person.avatar else {}
    return {
        "@context": CONTEXT,
        "id": url,
        "type": "Person",
        "preferredUsername": person.username,
        "name": person.name,
        "summary": person.bio,
        "url": url,
        "published": person.joined_at.isoformat(),
        **icon,
        "outbox": "outbox.json",
        "likes": "likes.json",
        "bookmarks": "bookmarks.json",
    }


def _account(person: Person) -> dict[str, Any]:
    addresses = EmailAddress.objects.filter(user=person).order_by("pk").values("email", "verified", "primary")
    tokens = person.tokens.order_by("pk").values("name", "scope", "created_at", "ends_at", "last_used_on")
    return {
        "username": person.username,
        "joined_at": person.joined_at,
        "language": person.language,
        **{name: getattr(person, name) for name in (*POSTING, "locked", "reachable_by")},
        "addresses": list(addresses),
        "log_ins": [
            {"browser": browser_name(each.user_agent), "address": each.address, "began_at": each.began_at}
            for each in log_ins_of(person)
        ],
        "tokens": list(tokens),
    }


def _avatar(person: Person, after: Any) -> Iterator[tuple[int, tuple[str, bytes]]]:
    name = name_of(person.avatar, SIZES[Kind.AVATAR][-1])
    if after is None and person.avatar and (content := _content(name, aside=False)):
        yield 1, (AVATAR_FILE, content)


def _posts_of(person: Person) -> QuerySet[Post]:
    """All that they can still read themselves: also what a moderator hid."""
    return Post.objects.filter(author=person, deleted_at=None)


def _posts(person: Person, after: int | None) -> Iterator[tuple[int, dict[str, Any]]]:
    posts = list(batch(_posts_of(person), after))
    for activity, post in zip(created(person, posts), posts, strict=True):
        yield post.pk, activity


def _pictures_of(person: Person) -> QuerySet[PostPicture]:
    standing = PostPicture.objects.filter(post__author=person, post__deleted_at=None, picture__state=State.READY)
    return standing.filter(picture__owner=person).select_related("picture")


def _pictures(person: Person, after: int | None) -> Iterator[tuple[int, tuple[str, bytes]]]:
    for row in batch(_pictures_of(person), after)[:FILES]:
        name = name_of(row.picture.token, SIZES[Kind.POST][-1])
        if content := _content(name, aside=row.picture.is_aside):
            yield row.pk, (file_of(row.picture), content)
        else:
            yield row.pk, (f"{file_of(row.picture)}.missing.txt", b"This picture's file was not there.\n")


def _content(name: str, *, aside: bool) -> bytes | None:
    """A file, wherever it is: its post may be hidden or shown just now."""
    here, there = (uploads(), default_storage) if aside else (default_storage, uploads())
    for storage in (here, there, here):
        try:
            with storage.open(name) as file:
                content: bytes = file.read()
        except FileNotFoundError:
            continue
        return content
    return None


def _follows(person: Person) -> QuerySet[Follow]:
    return Follow.objects.filter(follower=person, followee__deleted_at=None).select_related("followee")


def _followers(person: Person) -> QuerySet[Follow]:
    return Follow.objects.filter(followee=person, follower__deleted_at=None).select_related("follower")


def _blocks(person: Person) -> QuerySet[Block]:
    return Block.objects.filter(blocker=person, blocked__deleted_at=None).select_related("blocked")


def _bookmarks(person: Person) -> QuerySet[Bookmark]:
    return Bookmark.objects.filter(visible_to(person.pk, "post"), person=person)


def table(name: str, of: Callable[[Person], QuerySet[Any]], cells: Callable[[Any], list[str]], *header: str) -> Section:
    """A file of CSV with a line for each row of a queryset."""

    def rows(person: Person, after: int | None) -> Iterator[tuple[int, list[str]]]:
        return ((row.pk, cells(row)) for row in batch(of(person), after))

    return Section(name, Form.TABLE, rows, lambda person: of(person).count(), header)


def collection(name: str, of: Callable[[Person], QuerySet[Any]], item: Callable[[Any], Any]) -> Section:
    """An OrderedCollection with an item for each row of a queryset."""

    def rows(person: Person, after: int | None) -> Iterator[tuple[int, Any]]:
        return ((row.pk, item(row)) for row in batch(of(person), after))

    return Section(name, Form.COLLECTION, rows, lambda person: of(person).count())


ACTOR = document("actor.json", _actor)
ACCOUNT = document("account.json", _account)
AVATAR = Section(AVATAR_FILE, Form.FILES, _avatar, lambda person: 1 if person.avatar else 0)
POSTS = Section("outbox.json", Form.COLLECTION, _posts, lambda person: _posts_of(person).count())
PICTURES = Section("media_attachments/", Form.FILES, _pictures, lambda person: _pictures_of(person).count())
BOOKMARKS = collection("bookmarks.json", _bookmarks, lambda row: post_url(row.post_id))
FOLLOWING = table(
    "following_accounts.csv",
    _follows,
    lambda row: [address_of(row.followee), "true", "false", ""],
    *("Account address", "Show boosts", "Notify on new posts", "Languages"),
)
FOLLOWERS = table("followers.csv", _followers, lambda row: [address_of(row.follower)], "Account address")
# Without a header, as Mastodon's.
BLOCKED = table("blocked_accounts.csv", _blocks, lambda row: [address_of(row.blocked)])
BOOKMARKED = table("bookmarks.csv", _bookmarks, lambda row: [post_url(row.post_id)])
