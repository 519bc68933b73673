"""Shows what a search found: the part of a text where the words are, with the words marked."""

from collections.abc import Collection, Iterator, Sequence

from django.utils.safestring import SafeString, mark_safe

from socialapp.search.query import Phrase
from socialapp.text.clusters import boundary
from socialapp.text.excerpts import shorten
from socialapp.text.folding import words_at
from socialapp.text.links import links_in, shown_up_to
from socialapp.users.queries import mentioned as mentioned_in
from socialapp.users.templatetags.people import escaped, in_its_link
from socialapp.users.text_entities import Kind, Piece, pieces

AT_MOST = 500
BEFORE = 120
# How much of a long address is shown around a match, and around how many matches.
AROUND = 12
PLACES_IN_A_LINK = 5


def marked(text: str, phrases: Collection[Phrase], mentioned: Collection[str] | None = None) -> SafeString:
    """Show a text as `prose` does, around the first of `phrases` when it is long, each of them in a <mark>.

    Of a long address, the parts with a phrase in them are shown too.
    """
    if mentioned is None:
        mentioned = mentioned_in([text])
    found = list(pieces(excerpt(text, phrases)))
    places = list(_found("".join(piece.text for piece in found), phrases))
    shown: list[str] = []
    start = 0
    for piece in found:
        end = start + len(piece.text)
        within = [(max(a, start) - start, min(b, end) - start) for a, b in places if a < end and b > start]
        shown.append(in_its_link(piece, _with_marks(piece, within), mentioned))
        start = end
    return mark_safe("".join(shown))  # noqa: S308  each piece is escaped


def excerpt(text: str, phrases: Collection[Phrase]) -> str:
    """A short text whole; of a long one a part, from a little before the first phrase on."""
    if len(text) <= AT_MOST:
        return text
    first = next((start for start, _ in _found(text, phrases)), 0)
    start = _start(text, first - BEFORE) if first > BEFORE else 0
    part = shorten(text[start:], AT_MOST, whole_links=True)
    return f"… {part}" if start else part


def _start(text: str, at: int) -> int:
    """Where an excerpt begins: after a space near `at`, else between two letters; never inside a link."""
    space = text.find(" ", at, at + BEFORE // 2)
    start = space + 1 if space >= 0 else boundary(text, at)
    for link in links_in(text):
        if link.end > start:
            return min(start, link.start)
    return start


def _with_marks(piece: Piece, places: Sequence[tuple[int, int]]) -> str:
    """The parts of a piece that are shown, each mark within a part."""
    text = piece.text
    parts = _parts(text, places) if piece.kind is Kind.LINK else [(0, len(text))]
    shown: list[str] = []
    for first, last in parts:
        at = first
        for start, end in places:
            if start < last and end > first:
                begin, at_end = max(start, first), min(end, last)
                shown += [escaped(text[at:begin]), f"<mark>{escaped(text[begin:at_end])}</mark>"]
                at = at_end
        shown += [escaped(text[at:last]), "…" if last < len(text) else ""]
    return "".join(shown)


def _parts(address: str, places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """(start, end) of the parts of an address that are shown: its beginning, and what is around places behind it."""
    parts = [(0, shown_up_to(address))]
    behind = {address[start:end].lower(): (start, end) for start, end in reversed(places) if end > parts[0][1]}
    for place in sorted(behind.values())[:PLACES_IN_A_LINK]:
        start, end = (boundary(address, at) for at in (place[0] - AROUND, place[1] + AROUND))
        if start <= parts[-1][1]:
            parts[-1] = parts[-1][0], max(end, parts[-1][1])
        else:
            parts.append((start, end))
    return parts


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
