"""People, and what they wrote."""

import re
from typing import Any
from zlib import crc32

from django import template
from django.urls import reverse
from django.utils.html import Urlizer, format_html
from django.utils.safestring import SafeString, mark_safe

from socialapp.media.files import url_of
from socialapp.media.models import SIZES, Kind
from socialapp.users.models import Person
from socialapp.users.words import as_tag, linked

register = template.Library()

HUES = 12
_LINK_LENGTH = 70


AVATAR_SIZES = {"small": 32, "": 44, "large": 88}  # as in avatar.css


@register.simple_tag
def avatar(person: Person, size: str = "") -> SafeString:
    """Their picture, else initials on the colour of a username. Silent to screen readers: the name stands beside it."""
    if person.avatar:
        return _photo(person, size)
    return format_html(
        '<span class="avatar avatar-{}{}" aria-hidden="true">{}</span>',
        crc32(person.username.encode()) % HUES,
        f" avatar-{size}" if size else "",
        initials(person.display_name),
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
    """Of the first and the last word; of a single word, its first letter."""
    words = re.findall(r"\w+", name.replace("_", " "))
    return "".join(word[0] for word in dict.fromkeys([*words[:1], *words[-1:]])).upper() or "?"


class _Prose(Urlizer):
    """Links http and https addresses, @mentions and #hashtags, and nothing else; all the rest is escaped."""

    url_template = '<a href="{href}" rel="nofollow noopener ugc"{attrs}>{url}</a>'
    # No guesses: neither example.com nor ada@example.com becomes a link.
    simple_url_2_re = re.compile(r"(?!)")

    @staticmethod
    def is_email_simple(value: str) -> bool:  # noqa: ARG004  as Django calls it
        return False

    def handle_word(self, word: str, **options: Any) -> str:
        return linked(str(super().handle_word(word, **options)), _mention, _hashtag)


def _mention(found: re.Match[str]) -> str:
    href = reverse("feeds:profile", args=[found[1].lower()])
    return f'<a href="{href}">{found[0]}</a>'


def _hashtag(found: re.Match[str]) -> str:
    href = reverse("posts:tag", args=[as_tag(found[1])])
    return f'<a href="{href}">{found[0]}</a>'


_prose = _Prose()


@register.filter
def prose(text: str) -> SafeString:
    """Plain text as people wrote it, with its links."""
    # Escaped word by word inside.
    return mark_safe(_prose(str(text), trim_url_limit=_LINK_LENGTH, nofollow=False, autoescape=True))  # noqa: S308
