"""The elements of a page, as browsers read them: its layout in the source is no matter."""

from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass
class Element:
    """Its attributes as they are written, and the text in it, with single spaces."""

    tag: str
    attributes: dict[str, str | None]
    text: str = ""


class _Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[Element] = []
        self.open: list[Element] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _value in attrs}) == len(attrs), f"an attribute is given twice: {attrs}"
        self.found.append(Element(tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(self.found[-1])

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data


@lru_cache(maxsize=16)
def _read(html: str) -> list[Element]:
    """Of the page, read once however many questions are asked of it."""
    found = _Reader(html).found
    for each in found:
        each.text = " ".join(each.text.split())
    return found


def elements(html: str, tag: str, **attributes: str) -> list[Element]:
    """Those of that tag with these attributes (`hx_post` is `hx-post`), in the order of the page."""
    wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
    return [each for each in _read(html) if each.tag == tag and wanted.items() <= each.attributes.items()]
