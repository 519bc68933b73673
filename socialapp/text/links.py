"""Finds the links in a text: addresses that begin with http:// or https://, in the middle of any script.

A link is what was typed, character by character, when that is a valid URI or IRI (RFC 3986 and 3987). It ends at a
space, at characters that no address contains, and at punctuation outside ASCII. Punctuation and brackets around it are
not part of it.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import regex

from socialapp.text.clusters import boundary

SHOWN_LENGTH = 70
# Punctuation that stands within words: the middle dots of Catalan, Japanese and Tibetan, hyphens and dashes as in
# "Michelson\u2013Morley", Hebrew's maqaf, geresh and gershayim, and the signs of sections.
_WITHIN_WORDS = r"\u00b7\u30fb\uff65\u0f0b\u2010-\u2013\u05be\u05f3\u05f4\u00a7\u00b6"
_ADDRESS = regex.compile(
    rf"""(?<![A-Z0-9])https?://(?P<rest>
        [^\s\p{{Z}}\p{{Cc}}\p{{Cs}}<>"`\\\uff5e[\p{{Cf}}--[\u200c\u200d]][\p{{P}}--[\x00-\x7f{_WITHIN_WORDS}]]]+)""",
    regex.V1 | regex.IGNORECASE | regex.VERBOSE,
)
_HOST = regex.compile(r"(?:(?P<user>[^/?#]*)@)?(?P<host>[^/?#@]*)")
_NAMES_A_HOST = regex.compile(r"[\p{L}\p{N}\p{So}]")
_CLOSING = {")": "(", "]": "[", "}": "{"}
_LAST = ".,:;!?|\u2013" + "".join(_CLOSING.values())
_MARKDOWN = "*_~"
_NOT_IN_A_URI = regex.compile(r"[{}|^]|%(?![0-9A-Fa-f]{2})")

# Scripts, as Unicode's names of letters begin with them, that are written together; all others stand alone
# (UTS #39, "highly restrictive", as browsers have it).
_TOGETHER = (
    {"LATIN", "CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"},
    {"LATIN", "CJK", "BOPOMOFO"},
    {"LATIN", "CJK", "HANGUL"},
)
# A name of these letters alone can be taken for another in Latin ones: Cyrillic's and Greek's lookalikes.
_LOOKS_LATIN = regex.compile(r"[асԁеһіјӏорԛѕԝхуъьҽпгѵѡικνρυωηοταε0-9-]*")  # noqa: RUF001
_IN_NAMES = regex.compile(r"[\p{L}\p{M}\p{N}\p{Emoji}.:_\[\]%~!$&'()*+,;=\u00b7\u30fb-]*")


@dataclass(frozen=True)
class Link:
    """A link in a text, from `start` up to `end`."""

    start: int
    end: int
    text: str

    @property
    def href(self) -> str:
        """The address as it was typed, with characters escaped that no address contains."""
        return str(_NOT_IN_A_URI.sub(lambda found: quote(found[0]), self.text))

    @property
    def host(self) -> str:
        """Where it leads, safe to show: a host that only looks like another one is in its xn-- form."""
        return self._split()[1]

    @property
    def whole(self) -> str:
        """The whole address, safe to show: without what could be taken for another host."""
        scheme, host, rest = self._split()
        return f"{scheme}://{host}{rest}"

    def _split(self) -> tuple[str, str, str]:
        scheme, _, rest = self.text.partition("://")
        found = _HOST.match(rest)
        return scheme, _honest(found["host"]), rest[found.end() :]


def shown_up_to(address: str) -> int:
    """Where to cut an address that stands in a text; what is cut off becomes a …"""
    return len(address) if len(address) <= SHOWN_LENGTH else boundary(address, SHOWN_LENGTH - 1)


def links_in(text: str) -> Iterator[Link]:
    """The links of a text, in order. Linear in the length of the text."""
    last = 0
    for found in _ADDRESS.finditer(text):
        end = _end(text, last, found)
        if _NAMES_A_HOST.search(_HOST.match(text[found.start("rest") : end])["host"]):
            yield Link(found.start(), end, text[found.start() : end])
            last = end


def _end(text: str, last: int, found: regex.Match[str]) -> int:
    """Where the link ends, without the punctuation of its sentence. `last`: where the link before it ends."""
    before = text[last : found.start()]
    wrapped_in = before[-1:]
    opened = {sign for sign, opening in _CLOSING.items() if before.count(opening) > before.count(sign)}
    unpaired = _unpaired(text, found)
    # "(see https://example.org/a)b" against https://example.org/a)b: a bracket that was opened before it, ends it.
    end = next((place for place in unpaired if text[place] in opened), found.end())
    first = found.start("rest")
    while end > first:
        sign = text[end - 1]
        is_wrapping = sign in _MARKDOWN and sign == wrapped_in
        is_quote = sign == "'" and (wrapped_in == "'" or text.count("'", first, end) % 2 == 1)
        if sign in _LAST or end - 1 in unpaired or is_wrapping or is_quote:
            end -= 1
        elif text[end - 2 : end] == "'s":
            end -= 2
        else:
            break
    return end


def _unpaired(text: str, found: regex.Match[str]) -> dict[int, None]:
    """The places of closing brackets in an address without an opening one."""
    opened: list[str] = []
    unpaired: dict[int, None] = {}
    for place in range(found.start("rest"), found.end()):
        sign = text[place]
        if sign in _CLOSING.values():
            opened.append(sign)
        elif sign in _CLOSING:
            if opened and opened[-1] == _CLOSING[sign]:
                opened.pop()
            else:
                unpaired[place] = None
    return unpaired


def _honest(host: str) -> str:
    """The host with each part that imitates another, or cannot be read, in its xn-- form (RFC 3492).

    In lower case, as browsers show it: capitals of other scripts look like Latin ones.
    """
    if host.isascii():
        return host
    parts = host.lower().split(".")
    return ".".join(_in_ascii(part) if _feigns(part.casefold(), parts[-1]) else part for part in parts)


def _in_ascii(part: str) -> str:
    part = unicodedata.normalize("NFKC", part).casefold()
    return part if part.isascii() else f"xn--{part.encode('punycode').decode()}"


def _feigns(name: str, top: str) -> bool:
    if name.isascii():
        return False
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in name if letter.isalpha()}
    is_mixed = len(scripts) > 1 and not any(scripts <= together for together in _TOGETHER)
    is_taken_for_latin = top.isascii() and _LOOKS_LATIN.fullmatch(name) is not None
    return is_mixed or is_taken_for_latin or not _IN_NAMES.fullmatch(name)
