"""The words in a text that lead somewhere: @mentions of people and #hashtags. One rule for showing and for storing."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator

TAG_LENGTH = 50
# Of the different names in one text, so many are told; whoever names a hundred tells nobody.
TOLD_AT_MOST = 10
TAGS_AT_MOST = 30


def _joined(characters: Iterable[int]) -> str:
    """As the inside of a class of a regular expression."""
    return "".join(f"\\u{character:04x}" for character in characters)


# Vowel signs and accents of their own belong to a word, which Python's \w does not know; so do the joiners.
_MARKS = _joined(c for c in range(0x300, 0x1D00) if unicodedata.category(chr(c)) in {"Mn", "Mc"}) + r"\u200c\u200d"
_WORD = rf"[\w{_MARKS}]"
_APART = re.compile(r"""[\s<>"']+""")
# Neither inside of words, addresses and mails, nor where an escaped character ends (&amp;) or begins (&#39;).
MENTION = re.compile(r"(?<![\w@/.&;=-])@([A-Za-z0-9_]{1,30})(?![\w@])")
HASHTAG = re.compile(rf"(?<![\w{_MARKS}#@/.&;=-])#((?={_WORD}*[^\W\d_]){_WORD}{{1,{TAG_LENGTH}}})(?!{_WORD}|#)")
_TAG = re.compile(rf"(?=.*[^\W\d_]){_WORD}{{1,{2 * TAG_LENGTH}}}")


def names_in(text: str) -> list[str]:
    """Usernames of the first TOLD_AT_MOST different people that a text mentions, who may or may not exist."""
    return list(dict.fromkeys(found[1].lower() for found in _found(MENTION, text)))[:TOLD_AT_MOST]


def tags_in(text: str) -> list[str]:
    """The first TAGS_AT_MOST different hashtags of a text, as they are stored."""
    return list(dict.fromkeys(as_tag(found[1]) for found in _found(HASHTAG, text)))[:TAGS_AT_MOST]


def as_tag(word: str) -> str:
    """How a hashtag is stored: #Fog and #fog are one."""
    return unicodedata.normalize("NFC", word).lower()


def is_tag(word: str) -> bool:
    """Could it be the name of one?"""
    return _TAG.fullmatch(word) is not None


def linked(word: str, mention: Callable[[re.Match[str]], str], hashtag: Callable[[re.Match[str]], str]) -> str:
    """A word between spaces with what leads somewhere replaced. Addresses stay as they are."""
    return word if "://" in word else HASHTAG.sub(hashtag, MENTION.sub(mention, word))


def _found(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    for word in _APART.split(text):
        if "://" not in word:
            yield from pattern.finditer(word)
