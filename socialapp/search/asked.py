"""What somebody typed into the search box, understood: words, "phrases", -not, from:ada, #fog."""

import re
import unicodedata
from dataclasses import dataclass

from socialapp.users.words import as_tag, is_tag

LONGEST = 200
# Each is a join: sixty took PostgreSQL two seconds to plan. Those beyond are looked for as words.
MOST_TAGS = 5
_TOKEN = re.compile(r'-?"[^"]*"?|\S+')
_FROM = re.compile(r"from:@?([A-Za-z0-9_]{1,30})", re.IGNORECASE)
_OR = "or"
_ACCENTS = re.compile(r"[\u0300-\u036f]")
# As in migration posts 0002: what is searched is folded as what was written.
_BETWEEN_WORDS = (
    r"\u0000-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7\u055a-\u055f\u0589\u05be\u05c0\u05c3"
    r"\u060c\u061b\u061f\u06d4\u0964\u0965\u2000-\u200b\u200e-\u206f\u20a0-\u20cf\u2190-\u2bff"
    r"\u3000-\u3004\u3008-\u3020\u3030\ufe0e\ufe0f\U0001f000-\U0001faff"
)
WORD = re.compile(f"[^{_BETWEEN_WORDS}]+")


@dataclass(frozen=True)
class Asked:
    """`words` is for websearch_to_tsquery, "" when only the filters count; `marked` are single words to show marked."""

    words: str = ""
    marked: frozenset[str] = frozenset()
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Is there anything to look for?"""
        return bool(self.words or self.authors or self.tags)


def folded(text: str) -> list[str]:
    """Its words, without accents."""
    return WORD.findall(_ACCENTS.sub("", unicodedata.normalize("NFKD", text)))


def understood(q: str) -> Asked:
    """Whatever was typed means something, if only nothing."""
    wanted: list[str] = []
    marked: set[str] = set()
    authors: list[str] = []
    tags: list[str] = []
    for token in _TOKEN.findall(q):
        if found := _FROM.fullmatch(token):
            authors.append(found[1].lower())
        elif token.startswith("#") and is_tag(as_tag(token[1:])) and len(tags) < MOST_TAGS:
            tags.append(as_tag(token[1:]))
        elif token.lower() == _OR:
            wanted.append(_OR)
        elif words := folded(token):
            # What stood together is a phrase, so that it is found as it stood: "can't", foo-bar.
            phrase = f'"{" ".join(words)}"'
            if token.startswith("-"):
                wanted.append(f"-{phrase}")
            else:
                wanted.append(phrase)
                marked.update(word.lower() for word in words)
    # Words that may not occur narrow a search; alone they would find nearly everything.
    return Asked(" ".join(wanted) if marked else "", frozenset(marked), tuple(authors), tuple(dict.fromkeys(tags)))
