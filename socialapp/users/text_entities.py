"""Finds links, @mentions and #hashtags in a text. One rule for showing and for storing."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

import regex

from socialapp.text.links import links_in

TAG_LENGTH = 50
# At most this many of the different names in one text are notified; further names are not.
NOTIFIED_AT_MOST = 10
TAGS_AT_MOST = 30

# A name stands apart from Latin letters and digits, which would make it a part of a mail address, and from what joins
# these to it in addresses. All other scripts may touch it: many write without spaces, or attach particles.
_APART = r"(?<![\p{Latin}0-9_@\uff20])(?<![\p{Latin}0-9][/=&.-])"
_MENTION = regex.compile(rf"{_APART}[@\uff20](?P<name>[A-Za-z0-9_]{{1,30}})(?![A-Za-z\p{{M}}0-9_@\uff20])")
# Vowel signs and other marks belong to a word, and what shows nothing does: soft hyphens, the joiners of Persian and of
# Indic scripts, selectors of shapes; but not the space of no width (U+200B), which ends words. Within it, the middle
# dots of Catalan and Japanese and its long waves. At its end the pluses of #c++.
_LETTER = r"[\p{L}\p{M}\p{N}_[\p{DI}--\u200b]]"
_WORD = rf"{_LETTER}++(?:[\u00b7\u30fb\uff65\u301c\uff5e]{_LETTER}++)*+(?:\+{{1,2}}(?![\w+]))?+"
# Several in a row are several: #one#two.
_SIGN = r"[#\uff03](?!\ufe0f?\u20e3)"  # nor that of a telephone's key, #\ufe0f\u20e3
_HASHTAGS = regex.compile(rf"{_APART}(?<![#\uff03&])(?:{_SIGN}{_WORD})+", regex.V1)
_HASHTAG = regex.compile(rf"{_SIGN}(?P<name>{_WORD})", regex.V1)
_TAG = regex.compile(rf"(?=.*\p{{L}}){_WORD}", regex.V1)
_INVISIBLE = regex.compile(r"\p{DI}")


class Kind(Enum):
    """What a piece of text is."""

    TEXT = auto()
    LINK = auto()
    MENTION = auto()
    HASHTAG = auto()


@dataclass(frozen=True)
class Piece:
    """A part of a text, and where it leads.

    `target` is the address of a link, the username of a mention, or the stored name of a hashtag. `text` is what was
    typed, except for links, which could imitate another host.
    """

    kind: Kind
    text: str
    target: str = ""


def pieces(text: str) -> Iterator[Piece]:
    """All pieces of a text, in order. A mention may be of somebody who does not exist."""
    last = 0
    for start, end, piece in _leading(text):
        if start > last:
            yield Piece(Kind.TEXT, text[last:start])
        yield piece
        last = end
    if last < len(text):
        yield Piece(Kind.TEXT, text[last:])


def names_in(text: str) -> list[str]:
    """Usernames of the first NOTIFIED_AT_MOST different people that a text mentions, who may or may not exist."""
    return all_names_in(text)[:NOTIFIED_AT_MOST]


def all_names_in(text: str) -> list[str]:
    """Usernames of all the different people that a text mentions, who may or may not exist."""
    return _targets(text, Kind.MENTION, "@\uff20")


def tags_in(text: str) -> list[str]:
    """The first TAGS_AT_MOST different hashtags of a text, as they are stored."""
    return _targets(text, Kind.HASHTAG, "#\uff03")[:TAGS_AT_MOST]


def as_tag(word: str) -> str:
    """A hashtag as it is stored: case, width, ligatures and invisible characters do not matter (docs/adr/0029)."""
    word = _INVISIBLE.sub("", word.replace("\uff5e", "\u301c"))
    word = unicodedata.normalize("NFKC", word).casefold()
    # Turkish: the capital of i is \u0130, which is i\u0307 in lower case; that of \u0131 is I.
    return unicodedata.normalize("NFKC", word.replace("i\u0307", "i").replace("\u0131", "i"))


def is_tag(word: str) -> bool:
    """Whether it can be the stored name of a hashtag."""
    return len(word) <= 2 * TAG_LENGTH and _TAG.fullmatch(word) is not None


def _targets(text: str, kind: Kind, signs: str) -> list[str]:
    if not any(sign in text for sign in signs):
        return []
    return list(dict.fromkeys(piece.target for _, _, piece in _leading(text) if piece.kind is kind))


def _leading(text: str) -> Iterator[tuple[int, int, Piece]]:
    """(start, end, piece) of each piece that leads somewhere."""
    last = 0
    for link in links_in(text):
        yield from _named(text, last, link.start)
        yield link.start, link.end, Piece(Kind.LINK, link.whole, link.href)
        last = link.end
    yield from _named(text, last, len(text))


def _named(text: str, start: int, end: int) -> Iterator[tuple[int, int, Piece]]:
    """The mentions and hashtags between two links."""
    yield from sorted([*_mentions(text, start, end), *_hashtags(text, start, end)], key=lambda found: found[0])


def _mentions(text: str, start: int, end: int) -> Iterator[tuple[int, int, Piece]]:
    for found in _MENTION.finditer(text, start, end):
        yield found.start(), found.end(), Piece(Kind.MENTION, found[0], found["name"].lower())


def _hashtags(text: str, start: int, end: int) -> Iterator[tuple[int, int, Piece]]:
    for row in _HASHTAGS.finditer(text, start, end):
        for found in _HASHTAG.finditer(text, row.start(), row.end()):
            name = as_tag(found["name"])
            if len(found["name"]) <= TAG_LENGTH and is_tag(name):
                yield found.start(), found.end(), Piece(Kind.HASHTAG, found[0], name)
