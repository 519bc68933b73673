"""Grapheme clusters (UAX #29): what a reader takes for one letter, of one code point or of many."""

import regex

_CLUSTER = regex.compile(r"\X")
# No letter of any language and no emoji has more code points; a longer cluster is made to break pages.
LONGEST = 16
MARKS_IN_A_ROW = 8
_PART = LONGEST // 2
# Finds eight code points near each other that may belong to the ones before or after them. Most texts have none.
_MAY_BE_LONG = regex.compile(
    r"(?:[^\p{GCB=Other}\p{GCB=Control}\p{GCB=CR}\p{GCB=LF}\p{GCB=LV}\p{GCB=LVT}\p{GCB=RI}].?){8}", regex.DOTALL
)
_TOO_MANY_MARKS = regex.compile(rf"(\p{{M}}{{{MARKS_IN_A_ROW}}})\p{{M}}+")


def clusters(text: str) -> list[str]:
    """The letters of a text, each with its marks."""
    return [cluster[0] for cluster in _CLUSTER.finditer(text)]


def boundary(text: str, at: int) -> int:
    """The last place up to `at` that cuts no letter in two; `at` itself inside an overlong cluster."""
    for cluster in _CLUSTER.finditer(text):
        if cluster.end() > at:
            return at if at - cluster.start() > LONGEST else cluster.start()
    return len(text)


def few_marks(text: str) -> str:
    """At most MARKS_IN_A_ROW accents on each letter: more run into the lines above and below."""
    return str(_TOO_MANY_MARKS.sub(r"\1", text))


def breakable(text: str) -> list[str]:
    """A text in parts between which a line may break although CSS takes them for one letter; nearly always one part."""
    if text.isascii() or not _MAY_BE_LONG.search(text):
        return [text]
    parts = [""]
    for cluster in _CLUSTER.findall(text):
        if len(cluster) <= LONGEST:
            parts[-1] += cluster
        else:
            parts += [*(cluster[at : at + _PART] for at in range(0, len(cluster), _PART)), ""]
    return [part for part in parts if part]
