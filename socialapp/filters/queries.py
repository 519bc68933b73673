"""Whether texts have the phrases that somebody has muted."""

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any, Protocol, TypeVar

import regex
from django.db.models import Q, QuerySet
from django.utils import timezone

from socialapp.filters.models import Action, Place, WordFilter

# Case folds as in Unicode, also where it changes the length (ß, ss); a word ends where UAX #29 has it end, so that one
# of a script without spaces ends at each letter.
_FLAGS = regex.V1 | regex.IGNORECASE | regex.FULLCASE | regex.WORD
_UNSEEN = regex.compile(r"\p{Cf}+")
_PATTERNS_KEPT = 512


class Written(Protocol):
    """What a filter looks at: a post. `filtered` becomes the phrase that folds it, or ""."""

    author_id: int
    warning: str
    body: str
    filtered: str


def text_of(written: Written) -> str:
    """All that filters look at: a content warning, and the text."""
    return f"{written.warning}\n{written.body}"


Texts = TypeVar("Texts", bound=Written)


class Phrases:
    """Phrases, and whether a text has one of them."""

    def __init__(self, phrases: Collection[tuple[str, bool]]) -> None:
        """Take each phrase, and whether it must be whole words."""
        self.phrases = tuple(sorted(phrases))

    def found_in(self, text: str) -> str:
        """Return the phrase that comes first in the text; "" if none does."""
        if not self.phrases:
            return ""
        found = _pattern(self.phrases).search(_plain(text))
        return self.phrases[found.lastindex - 1][0] if found else ""


class Filters:
    """What somebody has muted in one place."""

    def __init__(self, filters: Iterable[WordFilter] = ()) -> None:
        phrases: defaultdict[str, list[tuple[str, bool]]] = defaultdict(list)
        for each in filters:
            phrases[each.action].append((each.phrase, each.whole_word))
        self.hiding, self.folding = Phrases(phrases[Action.HIDE]), Phrases(phrases[Action.FOLD])

    def phrase_in(self, text: str) -> str:
        """Return a phrase that the text has, whether it hides or folds; "" if it has none."""
        return self.hiding.found_in(text) or self.folding.found_in(text)


def filters_of(person_id: int) -> QuerySet[WordFilter]:
    """All filters of a person, also those that have ended; order by `-id` for the newest first."""
    return WordFilter.objects.filter(person_id=person_id)


def filters_in(place: Place, person_ids: Collection[int]) -> dict[int, Filters]:
    """What these people have muted in this place, without those who have muted nothing. One query."""
    if not person_ids:
        return {}
    standing = WordFilter.objects.filter(Q(ends_at=None) | Q(ends_at__gt=timezone.now()))
    found: defaultdict[int, list[WordFilter]] = defaultdict(list)
    for each in standing.filter(person_id__in=person_ids, places__contains=[place]):
        found[each.person_id].append(each)
    return {person_id: Filters(filters) for person_id, filters in found.items()}


def sift(texts: Sequence[Texts], viewer_id: int | None, place: Place) -> list[Texts]:
    """`texts` without those that the viewer's filters hide; sets `filtered` on the others. One query.

    One's own texts stay as they are.
    """
    if viewer_id is None or not texts:
        return list(texts)
    filters = filters_in(place, [viewer_id]).get(viewer_id)
    if filters is None:
        return list(texts)
    kept = [text for text in texts if text.author_id == viewer_id or not filters.hiding.found_in(text_of(text))]
    for text in kept:
        text.filtered = "" if text.author_id == viewer_id else filters.folding.found_in(text_of(text))
    return kept


def _plain(text: str) -> str:
    """A text without what cannot be seen, in the form in which wide letters and ligatures are the usual ones."""
    plain: str = _UNSEEN.sub("", unicodedata.normalize("NFKC", text))
    return plain


@lru_cache(_PATTERNS_KEPT)
def _pattern(phrases: tuple[tuple[str, bool], ...]) -> Any:
    """A pattern with a group for each phrase. Where a phrase has spaces, the text may have any."""
    return regex.compile("|".join(f"({_one(phrase, whole_word)})" for phrase, whole_word in phrases), _FLAGS)


def _one(phrase: str, whole_word: bool) -> str:
    words = r"\s+".join(map(regex.escape, _plain(phrase).split()))
    return rf"\b{words}\b" if whole_word else words
