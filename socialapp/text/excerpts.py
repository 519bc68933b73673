"""The beginning of a text that is too long for its place."""

from socialapp.text.clusters import boundary, few_marks
from socialapp.text.links import links_in

# A space this near to the end is where one cuts; a text whose last space is further away is cut between two letters.
_NEAR = 0.85


def shorten(text: str, length: int, *, whole_links: bool = False) -> str:
    """A text of up to `length` characters as it is; of a longer one the beginning, up to `length` with its …

    It ends at the end of a word when one is near, else between two letters, and never inside a link. Of a link that
    does not fit, the host is left, which is not taken for a link. With `whole_links` the link stands whole, and the
    result is longer than `length`: for pages, where the filter `prose` shortens long addresses.
    """
    text = few_marks(text)
    if len(text) <= length:
        return text
    end = boundary(text, length - 2)
    for link in links_in(text):
        if link.start >= end:
            break
        if link.end > end:
            return _with_link(text, link.start, link.end, f"{link.host}/…", length, whole_links=whole_links)
    words = "".join(text[: end + 1].rsplit(None, 1)[:1])  # "" where there are blanks only
    if _NEAR * end <= len(words) <= end:
        return words.rstrip() + " …"
    return text[:end].rstrip() + "…"


def _with_link(text: str, start: int, end: int, host: str, length: int, *, whole_links: bool) -> str:
    if whole_links:
        return text[:end] + (" …" if text[end:].strip() else text[end:])
    if start + len(host) <= length:
        return text[:start] + host
    return text[:start].rstrip() + " …"
