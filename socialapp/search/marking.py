"""What was found, shown: the part of a text where the words are, with the words marked."""

import html
import re
from collections.abc import Collection

from django.utils.safestring import SafeString, mark_safe

from socialapp.http.clusters import boundary
from socialapp.http.excerpts import shorten
from socialapp.http.links import links_in
from socialapp.search.asked import WORD, folded
from socialapp.users.templatetags.people import prose

AT_MOST = 500
BEFORE = 120
_PIECE = re.compile(r"(<[^>]*>)")


def marked(text: str, words: Collection[str], mentioned: Collection[str] | None = None) -> SafeString:
    """As `prose` shows it, around the first of `words` when it is long, and each of them in a <mark>."""
    shown = str(prose(excerpt(text, words), mentioned))
    # Between its tags, which are ours, what `prose` made is escaped text.
    pieces = [piece if piece.startswith("<") else _with_marks(piece, words) for piece in _PIECE.split(shown)]
    return mark_safe("".join(pieces))  # noqa: S308  each piece is escaped


def excerpt(text: str, words: Collection[str]) -> str:
    """A text that is not long, whole; else some of it, from a little before the first word on."""
    if len(text) <= AT_MOST:
        return text
    first = next((found.start() for found in WORD.finditer(text) if _is_one_of(found[0], words)), 0)
    start = _start(text, first - BEFORE) if first > BEFORE else 0
    part = shorten(text[start:], AT_MOST, whole_links=True)
    return f"… {part}" if start else part


def _start(text: str, at: int) -> int:
    """Where an excerpt begins: after a space near `at`, else between two letters; not inside of a link."""
    space = text.find(" ", at, at + BEFORE // 2)
    start = space + 1 if space >= 0 else boundary(text, at)
    for link in links_in(text):
        if link.end > start:
            return min(start, link.start)
    return start


def _with_marks(escaped: str, words: Collection[str]) -> str:
    text = html.unescape(escaped)
    parts: list[str] = []
    last = 0
    for found in WORD.finditer(text):
        if _is_one_of(found[0], words):
            parts += [html.escape(text[last : found.start()]), f"<mark>{html.escape(found[0])}</mark>"]
            last = found.end()
    return "".join([*parts, html.escape(text[last:])])


def _is_one_of(word: str, words: Collection[str]) -> bool:
    return any(part.lower() in words for part in folded(word))
