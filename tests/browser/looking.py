"""Looks at a page as users do, each in their own way, and says what is wrong with it."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, ViewportSize

Scheme = Literal["light", "dark"]
WIDE, SMALL = (ViewportSize(width=width, height=800) for width in (1280, 320))
# Long enough that the bar at the foot covers nothing: what is below it can be scrolled out from there.
PHONE, SMALL_PHONE = (ViewportSize(width=width, height=4_000) for width in (390, 320))
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What the colour scheme changes; all else is the same in the dark.
COLOURS = ["color-contrast", "link-in-text-block"]
AXE = "(options) => axe.run(document, options).then((found) => found.violations)"
WIDER_THAN_THE_WINDOW = """() => {
  const most = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= most) return [];
  const scrolls = (one) =>
    one !== document.body && (getComputedStyle(one).overflowX !== "visible" || scrolls(one.parentElement));
  return [...document.body.querySelectorAll("*")]
    .filter((one) => one.getBoundingClientRect().right > most + 1 && !scrolls(one.parentElement))
    .map((one) => one.outerHTML.slice(0, 120)).slice(0, 3);
}"""
SHAPE = """() => ({
  lang: document.documentElement.lang,
  title: document.title,
  heads: document.querySelectorAll("h1:not(dialog h1)").length,
})"""

# For the line at the end: what was looked at, in all.
done: Counter[str] = Counter()


@dataclass
class Watch:
    """What a page complained of since it was last asked."""

    complaints: list[str] = field(default_factory=list)

    def take(self) -> list[str]:
        """And begin anew."""
        taken, self.complaints = self.complaints, []
        return taken

    def forget_answers(self) -> None:
        """The errors that the server was made to answer."""
        self.complaints = [
            each for each in self.complaints if not each[:3].isdigit() and "Response Status Error" not in each
        ]


def watched(page: Page) -> Watch:
    """Listens to its console, its errors, and the requests that fail."""
    watch = Watch()

    def console(kind: str, text: str) -> None:
        # That an answer was an error is told below, with its address.
        ours = "Failed to load resource" not in text and "blocked by Playwright" not in text
        if kind in {"error", "warning"} and ours:
            watch.complaints.append(f"{kind}: {text}")

    page.on("console", lambda said: console(said.type, said.text))
    page.on("pageerror", lambda error: watch.complaints.append(f"error: {error}"))
    page.on("requestfailed", lambda asked: _failed(watch, asked.url, asked.failure or ""))
    page.on(
        "response", lambda answer: _answered(watch, answer.status, answer.url, answer.request.is_navigation_request())
    )
    return watch


def _failed(watch: Watch, url: str, why: str) -> None:
    if why != "net::ERR_ABORTED":  # a page that was left
        watch.complaints.append(f"{why}: {url}")


def _answered(watch: Watch, status: int, url: str, is_page: bool) -> None:
    if status >= 400 and not is_page:
        watch.complaints.append(f"{status}: {url}")


def wrong_with(page: Page, *, lang: str = "en") -> list[str]:
    """Wide and on phones, light and dark. Leaves the page as it was."""
    found = [f"shape: {shape}" for shape in _misshapen(page, lang)]
    page.evaluate(AXE_SCRIPT)
    for size, scheme in ((WIDE, "light"), (WIDE, "dark"), (PHONE, "dark"), (PHONE, "light")):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found += [f"{size['width']} {scheme}: {one}" for one in _axe(page, all_rules=scheme == "light")]
        found += [f"{size['width']}: wider than the window: {one}" for one in page.evaluate(WIDER_THAN_THE_WINDOW)]
    page.set_viewport_size(SMALL)
    found += [f"320: wider than the window: {one}" for one in page.evaluate(WIDER_THAN_THE_WINDOW)]
    done["looks"] += 5
    done["pages"] += 1
    return found


def wrong_in_short(page: Page, *, lang: str) -> list[str]:
    """Only on small phones and in light: of another language than the first, what may differ is words and room."""
    found = [f"shape: {shape}" for shape in _misshapen(page, lang)]
    page.set_viewport_size(SMALL_PHONE)
    page.emulate_media(color_scheme="light")
    page.evaluate(AXE_SCRIPT)
    found += [f"320 light: {one}" for one in _axe(page, all_rules=True)]
    found += [f"320: wider than the window: {one}" for one in page.evaluate(WIDER_THAN_THE_WINDOW)]
    done["looks"] += 1
    done["pages"] += 1
    return found


def _misshapen(page: Page, lang: str) -> Iterator[str]:
    shape: dict[str, Any] = page.evaluate(SHAPE)
    if shape["lang"] != lang:
        yield f"lang is {shape['lang']!r}"
    if not shape["title"].removesuffix("· socialapp").strip():
        yield "no title"
    if shape["heads"] != 1:
        yield f"{shape['heads']} h1"


def _axe(page: Page, *, all_rules: bool) -> list[str]:
    only = {"type": "tag", "values": TAGS} if all_rules else {"type": "rule", "values": COLOURS}
    violations = page.evaluate(AXE, {"runOnly": only, "resultTypes": ["violations"]})
    done["axe runs"] += 1
    return [
        f"{each['id']}: {json.dumps(node['target'])} {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for each in violations
        for node in each["nodes"][:3]
    ]


@contextmanager
def counted(what: str) -> Iterator[None]:
    """One more of it, when the body has ended."""
    yield
    done[what] += 1
