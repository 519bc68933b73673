"""Cleans texts that people write: of one line, as names, and of several, as posts.

What cannot be seen can mislead: characters that reverse the order of others, that look like nothing, or that end a line
where there is only one. They are removed wherever a text comes in: these are fields of models.
"""

import unicodedata
from typing import TYPE_CHECKING, Any

import regex
from django.db import models

from socialapp.text.clusters import LONGEST, clusters, few_marks

if TYPE_CHECKING:
    _CharField = models.CharField[str, str]
    _TextField = models.TextField[str, str]
else:
    _CharField, _TextField = models.CharField, models.TextField

_SPACES = regex.compile(r"[\s\p{Z}\u2800]+")
# Controls and formats, and letters and marks that show nothing; but neither the selectors of an emoji's or a Han
# letter's shape, nor the tags in the flags of Scotland or Wales, nor the joiners.
_INVISIBLE = regex.compile(
    r"""[[\p{Cc}\p{Cf}\p{Cs}\p{DI}]--[\u200c\u200d\ufe00-\ufe0f\U000e0020-\U000e007f\U000e0100-\U000e01ef]]
    |(?<!\U0001f3f4[\U000e0020-\U000e007e]*)[\U000e0020-\U000e007f]""",
    regex.V1 | regex.VERBOSE,
)
# They shape what stands on both sides, in emoji and in scripts whose letters join.
_JOINED = r"[\p{Emoji}\ufe0f[[\p{L}\p{M}]--[\p{Latin}\p{Greek}\p{Cyrillic}]]]"
_JOINS_NOTHING = regex.compile(rf"(?<!{_JOINED})[\u200c\u200d]|[\u200c\u200d](?!{_JOINED})", regex.V1)
_NO_LETTER_BEFORE = regex.compile(r"\A\p{M}+")
_SEEN = regex.compile(r"[^\s\p{Z}\p{Cc}\p{Cf}\p{M}\p{DI}\u2800]")
_BREAKS = regex.compile(r"\r\n?|[\u0085\u2028\u2029]")
# All controls but tab and line feed, and NUL, which is refused; and what turns the order of letters round: embeddings,
# overrides and isolates. Marks of direction (U+200E, U+200F, U+061C) move nothing but their neighbours.
_NOT_IN_TEXTS = regex.compile(r"[\p{Cc}\u202a-\u202e\u2066-\u2069--[\t\n\0]]", regex.V1)
_RIGHT_TO_LEFT = regex.compile(r"[\p{Bidi_Class=R}\p{Bidi_Class=AL}\p{Bidi_Class=AN}]")
_EMPTY_LINES = regex.compile(r"\A(?:[^\S\n]*\n)+")


def line(text: str) -> str:
    """A text as it stands in one line, without what cannot be seen and with single spaces; "" when nothing is left."""
    text = _INVISIBLE.sub("", _SPACES.sub(" ", unicodedata.normalize("NFC", text)))
    text = _SPACES.sub(" ", _JOINS_NOTHING.sub("", text)).strip()
    letters = clusters(few_marks(_NO_LETTER_BEFORE.sub("", text)))
    return "".join(letter[:LONGEST] for letter in letters) if is_seen(text) else ""


def lines(text: str) -> str:
    r"""A text of several lines, which end with \n; "" when nothing in it can be seen.

    Empty lines around it go, the indentation of its first line stays.
    """
    text = _NOT_IN_TEXTS.sub("", _BREAKS.sub("\n", text))
    return _EMPTY_LINES.sub("", text).rstrip() if is_seen(text) else ""


def isolated(text: str) -> str:
    """A text to stand within another. If written from right to left, between U+2068 and U+2069 (UAX #9).

    Characters that would reverse letters beyond it are removed, should an old row have any.
    """
    if text.isascii():
        return text
    text = _NOT_IN_TEXTS.sub("", text)
    return f"\u2068{text}\u2069" if _RIGHT_TO_LEFT.search(text) else text


def is_seen(text: str) -> bool:
    """Whether a reader sees anything in it."""
    return _SEEN.search(text) is not None


class LineField(_CharField):
    """A column whose text is always one `line`: a name."""

    def to_python(self, value: Any) -> Any:
        return line(super().to_python(value) or "")

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Clean what was never validated, too."""
        value = self.to_python(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value

    def deconstruct(self) -> Any:
        """Appear in migrations as the base class."""
        name, _, args, options = super().deconstruct()
        return name, "django.db.models.CharField", args, options


class LinesField(_TextField):
    """A column whose text is cleaned by `lines` when it is validated: a post, a comment, a description."""

    def to_python(self, value: Any) -> Any:
        return lines(super().to_python(value) or "")

    def deconstruct(self) -> Any:
        """Appear in migrations as the base class."""
        name, _, args, options = super().deconstruct()
        return name, "django.db.models.TextField", args, options
