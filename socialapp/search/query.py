"""Parses what somebody typed into the search box: words, "phrases", -not, from:ada, #fog."""

import re
from dataclasses import dataclass

from socialapp.text.folding import words
from socialapp.users.text_entities import as_tag, is_tag

LONGEST = 200
# Each is a join: sixty took PostgreSQL two seconds to plan. Those beyond are looked for as words.
MOST_TAGS = 5
_TOKEN = re.compile(r'-?"[^"]*"?|\S+')
_FROM = re.compile(r"from:@?([A-Za-z0-9_]{1,30})", re.IGNORECASE)
_OR = "or"

Phrase = tuple[str, ...]


@dataclass(frozen=True)
class SearchQuery:
    """A parsed query. `query` is a tsquery, "" when only filters count; `phrases` are the folded words to mark."""

    query: str = ""
    phrases: frozenset[Phrase] = frozenset()
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self.query or self.authors or self.tags)


def parse(q: str) -> SearchQuery:
    """Parse any text. One without words or filters finds nothing."""
    # At least one of these alternatives must match, with all of its parts.
    alternatives: list[list[str]] = [[]]
    phrases: set[Phrase] = set()
    authors: list[str] = []
    tags: list[str] = []
    for token in _TOKEN.findall(q):
        if found := _FROM.fullmatch(token):
            authors.append(found[1].lower())
        elif token[0] in "#\uff03" and is_tag(as_tag(token[1:])) and len(tags) < MOST_TAGS:
            tags.append(as_tag(token[1:]))
        elif token.lower() == _OR:
            alternatives.append([])
        elif phrase := tuple(words(token)):
            # What stood together is a phrase, so that it is found as it stood: "can't", foo-bar, 東京.
            wanted = " <-> ".join(f"'{word}'" for word in phrase)
            if token.startswith("-"):
                alternatives[-1].append(f"!({wanted})")
            else:
                alternatives[-1].append(f"({wanted})")
                phrases.add(phrase)
    query = " | ".join(" & ".join(parts) for parts in alternatives if parts)
    # Words that may not occur narrow a search; alone they would find nearly everything.
    return SearchQuery(query if phrases else "", frozenset(phrases), tuple(authors), tuple(dict.fromkeys(tags)))
