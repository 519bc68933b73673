"""What a reader takes for one letter: a grapheme cluster, of one code point or of many (UAX #29)."""

import regex

_CLUSTER = regex.compile(r"\X")
# No letter of any language and no emoji has as many code points; such a cluster is made to break pages.
LONGEST = 32


def clusters(text: str) -> list[str]:
    """The letters of a text, each with its marks."""
    return [cluster[0] for cluster in _CLUSTER.finditer(text)]


def boundary(text: str, at: int) -> int:
    """The last place up to `at` where no letter is cut in two; `at` itself inside of one that is no letter."""
    for cluster in _CLUSTER.finditer(text):
        if cluster.end() > at:
            return at if at - cluster.start() > LONGEST else cluster.start()
    return len(text)
