"""What can be imported, for each app that has something (settings.IMPORT_KINDS), and how it stands in a file."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from socialapp.bookmarks import operations as bookmarks
from socialapp.bookmarks.models import Bookmark
from socialapp.follows import operations as follows
from socialapp.follows.models import Block, Follow
from socialapp.posts.models import Post
from socialapp.users.models import Person

_ADDRESS = re.compile(r"@?([a-zA-Z0-9_]{1,30})(?:@([\w.-]+(?::[0-9]+)?))?")
_PROFILE = re.compile(r"/@([a-zA-Z0-9_]{1,30})/?")
_POST = re.compile(r"/posts/([0-9]{1,18})/?")


@dataclass(frozen=True)
class ImportKind:
    """A list of people or posts that a person can bring along.

    `is_one` says whether a text can be in such a file, `find` which of these texts a person may name, by their ids;
    `standing` yields the ids that they have already. `add` and `remove` may be repeated; `add` raises ValidationError,
    PermissionDenied or DoesNotExist when it is not possible. `names` is what a page calls ids that no line named.
    """

    code: str
    label: str | Promise
    is_one: Callable[[str], bool]
    find: Callable[[Person, Collection[str]], Mapping[str, int]]
    standing: Callable[[Person], Iterable[int]]
    add: Callable[[Person, int, Mapping[str, str]], object]
    remove: Callable[[Person, int], object]
    names: Callable[[Collection[int]], Mapping[int, str]]
    is_of_people: bool = True


def all_kinds() -> dict[str, ImportKind]:
    """Each by its code, in the order in which a page offers them."""
    kinds: list[ImportKind] = [import_string(path) for path in settings.IMPORT_KINDS]
    return {kind.code: kind for kind in kinds}


def username_in(text: str) -> str | None:
    """The username in an address (name, @name, name@host) or in the URL of a profile; None if it is of another site."""
    if found := _ADDRESS.fullmatch(text):
        name, host = found.groups()
        return name.lower() if host is None or _is_ours(host) else None
    parts = _split(text)
    profile = _PROFILE.fullmatch(parts.path) if parts else None
    return profile[1].lower() if profile else None


def is_address(text: str) -> bool:
    """Whether it is the address of a person, here or elsewhere."""
    return bool(_ADDRESS.fullmatch(text)) or text.startswith(("https://", "http://"))


def find_people(_person: Person, texts: Collection[str]) -> dict[str, int]:
    """The people of this site among these addresses."""
    names = {text: name for text in texts if (name := username_in(text))}
    people = dict(Person.objects.active().filter(username__in=set(names.values())).values_list("username", "pk"))
    return {text: people[name] for text, name in names.items() if name in people}


def names_of_people(ids: Collection[int]) -> dict[int, str]:
    """What a page calls these people."""
    people = Person.objects.filter(pk__in=ids).values_list("pk", "username")
    return {id_: f"@{username}" for id_, username in people}


def is_link(text: str) -> bool:
    """Whether it is the address of a post, here or elsewhere."""
    return text.startswith(("https://", "http://"))


def _find_posts(person: Person, texts: Collection[str]) -> dict[str, int]:
    found = {text: _POST.fullmatch(parts.path) for text in texts if (parts := _split(text))}
    ids = {text: int(match[1]) for text, match in found.items() if match}
    visible = set(Post.objects.visible_to(person.pk).filter(pk__in=ids.values()).values_list("pk", flat=True))
    return {text: id_ for text, id_ in ids.items() if id_ in visible}


def _split(text: str) -> Any:
    """The parts of a URL of this site; None for any other."""
    try:
        parts = urlsplit(text)
        return parts if parts.scheme in {"http", "https"} and _is_ours(parts.netloc) else None
    except ValueError:
        return None


def _is_ours(host: str) -> bool:
    return host.lower() == urlsplit(settings.PUBLIC_URL).netloc.lower()


FOLLOWING = ImportKind(
    "following",
    _("People you follow"),
    is_address,
    find_people,
    lambda person: Follow.objects.filter(follower=person).values_list("followee_id", flat=True),
    lambda person, target, _options: follows.follow(follower_id=person.pk, followee_id=target),
    lambda person, target: follows.unfollow(follower_id=person.pk, followee_id=target),
    names_of_people,
)
BLOCKED = ImportKind(
    "blocked",
    _("People you block"),
    is_address,
    find_people,
    lambda person: Block.objects.filter(blocker=person).values_list("blocked_id", flat=True),
    lambda person, target, _options: follows.block(blocker_id=person.pk, blocked_id=target),
    lambda person, target: follows.unblock(blocker_id=person.pk, blocked_id=target),
    names_of_people,
)
BOOKMARKS = ImportKind(
    "bookmarks",
    _("Bookmarks"),
    is_link,
    _find_posts,
    lambda person: Bookmark.objects.filter(person=person).values_list("post_id", flat=True),
    lambda person, target, _options: bookmarks.save(person_id=person.pk, post_id=target),
    lambda person, target: bookmarks.unsave(person_id=person.pk, post_id=target),
    lambda ids: {id_: f"/posts/{id_}/" for id_ in ids},
    is_of_people=False,
)
