"""What a page weighs: requests and bytes over the wire, at the first visit and at the second; and how it settles.

    .venv/bin/python -m benchmarks.weight

A browser (Debian's Chromium) opens pages of a product with the demo people, on loopback. Bytes are those of the answers
as they came, compressed, with their headers. The second visit has what the first left in the browser's cache.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, CDPSession, ViewportSize

from tests.browser.chromium import chromium, log_in
from tests.product import Product, running_product

PAGES = {"welcome": "/public/", "log-in": "/accounts/login/", "home": "/", "inbox": "/inbox/", "post": "/posts/1/"}
OPEN_TO_ALL = {"/public/", "/accounts/login/"}
PHONE = ViewportSize(width=390, height=844)
SETTLED_MS = 1_500
SETTLING = """() => new Promise((done) => {
  let shift = 0, paint = 0;
  const shifts = (all) => all.getEntries().forEach((each) => { if (!each.hadRecentInput) shift += each.value; });
  new PerformanceObserver(shifts)
    .observe({ type: "layout-shift", buffered: true });
  new PerformanceObserver((all) => all.getEntries().forEach((each) => { paint = each.startTime; }))
    .observe({ type: "largest-contentful-paint", buffered: true });
  setTimeout(() => done([shift, paint]), 200);
})"""


@dataclass
class Visit:
    """What came over the wire, by type; layout shift (a score), largest contentful paint (ms)."""

    requests: Counter[str] = field(default_factory=Counter)
    bytes: Counter[str] = field(default_factory=Counter)
    shift: float = 0.0
    paint: float = 0.0


class Wire:
    """Listens to the browser's network. What comes out of its cache is not counted."""

    def __init__(self, session: CDPSession) -> None:
        self.visit, self.cached = Visit(), set[str]()
        self.types: dict[str, str] = {}
        session.send("Network.enable")
        session.on("Network.responseReceived", self._answered)
        session.on("Network.requestServedFromCache", lambda said: self.cached.add(said["requestId"]))
        session.on("Network.loadingFinished", self._finished)

    def begin(self) -> Visit:
        """Count anew."""
        self.visit = Visit()
        return self.visit

    def _answered(self, said: dict[str, Any]) -> None:
        if said["response"].get("fromDiskCache"):
            self.cached.add(said["requestId"])
        self.types[said["requestId"]] = said["type"]

    def _finished(self, said: dict[str, Any]) -> None:
        kind = self.types.get(said["requestId"])
        if kind and said["requestId"] not in self.cached:
            self.visit.requests[kind] += 1
            self.visit.bytes[kind] += int(said["encodedDataLength"])


def visits(browser: Browser, product: Product, path: str) -> list[Visit]:
    """The first and the second, of Ada where she must be logged in."""
    entered = browser.new_context()
    if path not in OPEN_TO_ALL:
        log_in(entered.new_page(), product.url, "ada", product.demo_password)
    # What passes through a service worker would be counted twice, or not at all.
    context = browser.new_context(viewport=PHONE, storage_state=entered.storage_state(), service_workers="block")
    entered.close()
    page = context.new_page()
    session = context.new_cdp_session(page)
    wire, found = Wire(session), []
    for _ in range(2):
        visit = wire.begin()
        page.goto(product.url + path)
        page.wait_for_timeout(SETTLED_MS)
        visit.shift, visit.paint = page.evaluate(SETTLING)
        found.append(visit)
        page.goto("about:blank")
    context.close()
    return found


def told(name: str, visit: Visit) -> str:
    """A line of the table."""
    parts = ", ".join(f"{kind.lower()} {visit.bytes[kind] / 1_000:.1f}" for kind in sorted(visit.bytes))
    total = f"{visit.requests.total():3} requests {visit.bytes.total() / 1_000:7.1f} kB"
    return f"{name:16} {total}   shift {visit.shift:.3f}   paint {visit.paint:4.0f} ms   ({parts})"


def main() -> None:
    """Prints the table."""
    with running_product() as product, chromium() as browser:
        for name, path in PAGES.items():
            for visit, which in zip(visits(browser, product, path), ("first", "second"), strict=True):
                print(told(f"{name}, {which}", visit))


if __name__ == "__main__":
    main()
