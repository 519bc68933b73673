"""What was found, shown: the part of a text where the words are, with the words marked."""

import html
import re
from collections.abc import Collection, Iterator

from django.utils.safestring import SafeString, mark_safe

from socialapp.folding import words_at
from socialapp.http.clusters import boundary
from socialapp.http.excerpts import shorten
from socialapp.http.links import links_in
from socialapp.search.asked import Phrase
from socialapp.users.templatetags.people import prose

AT_MOST = 500
BEFORE = 120
_PIECE = re.compile(r"(<[^>]*>)")


def marked(text: str, phrases: Collection[Phrase], mentioned: Collection[str] | None = None) -> SafeString:
    """As `prose` shows it, around the first of `phrases` when it is long, and each of them in a <mark>."""
    shown = str(prose(excerpt(text, phrases), mentioned))
    # Between its tags, which are ours, what `prose` made is escaped text.
    pieces = [piece if piece.startswith("<") else _with_marks(piece, phrases) for piece in _PIECE.split(shown)]
    return mark_safe("".join(pieces))  # noqa: S308  each piece is escaped


def excerpt(text: str, phrases: Collection[Phrase]) -> str:
    """A text that is not long, whole; else some of it, from a little before the first phrase on."""
    if len(text) <= AT_MOST:
        return text
    first = next((start for start, _ in _found(text, phrases)), 0)
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


def _with_marks(escaped: str, phrases: Collection[Phrase]) -> str:
    text = html.unescape(escaped)
    parts: list[str] = []
    last = 0
    for start, end in _found(text, phrases):
        parts += [html.escape(text[last:start]), f"<mark>{html.escape(text[start:end])}</mark>"]
        last = end
    return "".join([*parts, html.escape(text[last:])])


def _found(text: str, phrases: Collection[Phrase]) -> Iterator[tuple[int, int]]:
    """(start, end) of each place where a phrase stands, the longest there, none overlapping another."""
    if not phrases:
        return
    words = list(words_at(text))
    folded = tuple(word for word, _, _ in words)
    longest_first = sorted(phrases, key=len, reverse=True)
    place = 0
    while place < len(words):
        length = next((len(phrase) for phrase in longest_first if folded[place : place + len(phrase)] == phrase), 0)
        if length:
            yield words[place][1], words[place + length - 1][2]
        place += length or 1
