"""What counts as the same word when people search: without case, accents and points, in any script.

`words` splits a text for Python, and the SQL functions in `SQL`, made of the same tables, for
PostgreSQL's indexes. The two must agree: `tests/test_search.py` compares them on generated texts.

Scripts that write without spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese) and Korean, which attaches particles,
are split into single letters, so that a phrase of letters finds a word anywhere in a sentence. An emoji is a word.
Unicode's general category is not used, because PostgreSQL's regular expressions do not know it.
"""

import re
import unicodedata
from collections.abc import Iterator

import regex

# A word longer than this is found by its beginning. PostgreSQL takes 2,046 bytes.
LONGEST_WORD = 200

# Taken away, so that what stands on both sides is one word: accents; Hebrew points; Arabic vowel signs and the
# lengthening stroke; soft hyphens, joiners, direction marks, variation selectors, skin tones.
_IGNORED = (
    r"\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    r"\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
    r"\u00ad\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    r"\U0001f3fb-\U0001f3ff\U000e0000-\U000e01ef"
)
# Stands between words.
_SEPARATORS = (
    r"\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7\u055a-\u055f\u0589\u05be\u05c0\u05c3\u05c6"
    r"\u05f3\u05f4\u060c\u061b\u061d-\u061f\u066a-\u066d\u06d4\u0964\u0965\u0e3f\u0e4f\u0e5a\u0e5b\u104a-\u104f\u17d4-\u17db"
    r"\u2000-\u200a\u2010-\u2029\u202f-\u205f\u20a0-\u20cf\u2190-\u25ff\u27c0-\u2b4f\u2b56-\u2bff\u2e00-\u2e7f"
    r"\u3000-\u3004\u3008-\u3020\u3030\u303d-\u303f\u30fb\ufd3e\ufd3f"
)
# A word by itself: ideographs, kana, Hangul, Thai, Lao, Burmese, Khmer, pictures.
_SINGLE = (
    r"\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e50-\u0e59\u0e80-\u0eb0\u0eb2\u0eb3\u0ebd-\u0ec6\u0ed0-\u0edf"
    r"\u1000-\u102a\u103f-\u1049\u1050-\u1055\u1780-\u17b3\u17d7\u17dc\u17e0-\u17e9"
    r"\u3005-\u3007\u3021-\u3029\u3031-\u303c\u3041-\u3096\u309d-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    r"\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
    r"\u2600-\u27bf\u2b50-\u2b55\U0001f000-\U0001f3fa\U0001f400-\U0001faff"
)
# Belongs to the letter before it.
_SIGNS = (
    r"\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecf\u102b-\u103e\u1056-\u1059\u17b4-\u17d3\u17dd"
    r"\u302a-\u302f\u3099\u309a"
)
# Letters that Unicode does not decompose although people type them without their stroke or in two letters; the
# dotless i, and the sigma that ends a word.
_LETTERS = {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "\u0131": "i", "\u03c2": "\u03c3"}
_LIGATURES = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}

_ignored = re.compile(f"[{_IGNORED}]+")
_word = re.compile(f"[{_SINGLE}][{_SIGNS}]*|[^ {_SEPARATORS}{_SINGLE}]+")
_folded_letters = str.maketrans(_LETTERS | _LIGATURES)

_SPLIT_SQL = rf"""
    regexp_split_to_table(
        regexp_replace(regexp_replace(
            {"replace(" * len(_LIGATURES)}translate(
                lower(normalize(regexp_replace(normalize(body, NFKD), '[{_IGNORED}]+', '', 'g'), NFC)),
                '{"".join(_LETTERS)}', '{"".join(_LETTERS.values())}'
            ){"".join(f", '{letter}', '{letters}')" for letter, letters in _LIGATURES.items())},
            '[{_SEPARATORS}]+', ' ', 'g'
        ), '([{_SINGLE}][{_SIGNS}]*)', ' \1 ', 'g'),
        ' +'
    ) WITH ORDINALITY AS split(word, place) WHERE word <> ''
"""
# Two functions of PostgreSQL: the words of a text, and the same with their places, for an index of words.
SQL = f"""
CREATE OR REPLACE FUNCTION folded_words(body text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT coalesce(array_agg(left(word, {LONGEST_WORD}) ORDER BY place), '{{}}') FROM {_SPLIT_SQL}
);
CREATE OR REPLACE FUNCTION folded_vector(body text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT coalesce(string_agg('''' || left(word, {LONGEST_WORD}) || ''':' || least(place, 16383), ' '), '')::tsvector
    FROM {_SPLIT_SQL}
);
"""


def words(text: str) -> list[str]:
    """The words of a text in their order, folded: "Straße, Łódź" has "strasse" and "lodz", "上海" has "上" and "海"."""
    return [word[:LONGEST_WORD] for word in _word.findall(_folded(text))]


def words_at(text: str) -> Iterator[tuple[str, int, int]]:
    """(word, start, end) of each: where it stands in the text as it was written."""
    folded: list[str] = []
    places: list[tuple[int, int]] = []
    for cluster in regex.finditer(r"\X", text):
        part = _folded(cluster[0])
        folded.append(part)
        places += [cluster.span()] * len(part)
    for word in _word.finditer("".join(folded)):
        yield word[0][:LONGEST_WORD], places[word.start()][0], places[word.end() - 1][1]


def _folded(text: str) -> str:
    decomposed = _ignored.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFC", decomposed).lower().translate(_folded_letters)
