"""Tags and filters that show people and their texts."""

from collections.abc import Collection
from functools import lru_cache
from zlib import crc32

import regex
from django import template
from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from socialapp.media.files import url_of
from socialapp.media.models import SIZES, Kind
from socialapp.text.clusters import LONGEST, breakable, clusters, few_marks
from socialapp.text.links import shown_up_to
from socialapp.users.models import Person
from socialapp.users.queries import mentioned as mentioned_in
from socialapp.users.text_entities import Kind as PieceKind
from socialapp.users.text_entities import Piece, pieces

register = template.Library()

HUES = 12
_WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}\u200c\u200d]*")
AVATAR_SIZES = {"small": 32, "": 44, "large": 88}  # as in avatar.css


@register.simple_tag
def avatar(person: Person, size: str = "") -> SafeString:
    """A person's picture, else initials on a colour. Silent to screen readers: the name stands beside it."""
    if person.avatar:
        return _photo(person, size)
    return format_html(
        '<span class="avatar avatar-{}{}" aria-hidden="true">{}</span>',
        crc32(person.username.encode()) % HUES,
        f" avatar-{size}" if size else "",
        initials(person.plain_name),
    )


def _photo(person: Person, size: str) -> SafeString:
    small, large = SIZES[Kind.AVATAR]
    return format_html(
        '<img class="avatar{}" src="{}" srcset="{} {}w, {} {}w" sizes="{}px" width="{}" height="{}" alt=""'
        ' loading="lazy" decoding="async">',
        f" avatar-{size}" if size else "",
        url_of(person.avatar, small),
        *(url_of(person.avatar, small), small),
        *(url_of(person.avatar, large), large),
        *(AVATAR_SIZES[size],) * 3,
    )


def initials(name: str) -> str:
    """The first letters of the first and last word of a name, with their marks."""
    words = _WORD.findall(name)
    letters = [clusters(word)[0][:LONGEST] for word in dict.fromkeys([*words[:1], *words[-1:]])]
    return "".join(letters).upper() or "?"


@register.filter
def prose(text: str, mentioned: Collection[str] | None = None) -> SafeString:
    """Plain text as HTML, with its links, mentions and hashtags.

    `mentioned` are the usernames that exist among those in it, from `queries.mentioned`. Without it, a text that
    mentions anybody costs a query.
    """
    if mentioned is None:
        mentioned = mentioned_in([text])
    # Escaped piece by piece.
    return mark_safe("".join(in_its_link(piece, _shown(piece), mentioned) for piece in pieces(str(text))))  # noqa: S308


def in_its_link(piece: Piece, shown: str, mentioned: Collection[str]) -> str:
    """Wrap `shown`, which is HTML, in the link of a piece of text, if it has one."""
    if piece.kind is PieceKind.LINK:
        return f'<a href="{escape(piece.target)}" rel="nofollow noopener ugc">{shown}</a>'
    if piece.kind is PieceKind.HASHTAG:
        return f'<a href="{_page("posts:tag", piece.target)}">{shown}</a>'
    if piece.kind is PieceKind.MENTION and piece.target in mentioned:
        return f'<a href="{_page("feeds:profile", piece.target)}">{shown}</a>'
    return shown


def escaped(text: str) -> str:
    """Text as HTML in which lines can break."""
    return "<wbr>".join(escape(part) for part in breakable(few_marks(text)))


def _shown(piece: Piece) -> str:
    end = shown_up_to(piece.text) if piece.kind is PieceKind.LINK else len(piece.text)
    return escaped(piece.text[:end] + ("…" if end < len(piece.text) else ""))


@lru_cache(maxsize=1_000)
def _page(name: str, argument: str) -> str:
    """The address of a page, cached: the same names and tags stand in many texts."""
    return reverse(name, args=[argument])
