"""`bin/screenshots`: the main pages, on a phone and wide, light and dark."""

import argparse
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize

from config.env import CHECKOUT
from tests.browser.chromium import chromium, log_in
from tests.product import Product, running_product

PAGES = {
    "welcome": "/public/",
    "signup": "/accounts/signup/",
    "home": "/",
    "inbox": "/inbox/",
    "profile": "/@ada/",
    "post": "/posts/1/",
    "search": "/search/?q=fog",
    "people": "/search/?q=d&what=people",
    "tag": "/tags/fog/",
    "bookmarks": "/bookmarks/",
    "settings": "/settings/",
    "tokens": "/settings/tokens/",
    "choices": "/settings/notifications/",
    "devices": "/settings/devices/",
    "muted": "/settings/muted/",
    "missed": "/inbox/missed/",
    "mail": "/accounts/email/",
    "missing": "/nothing/",
}
OPEN_TO_ALL = {"welcome", "signup"}
MAIN = ["welcome", "home", "inbox", "post", "profile"]
SIZES = {"wide": ViewportSize(width=1280, height=900), "phone": ViewportSize(width=390, height=844)}


def main() -> None:
    """Takes them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=CHECKOUT / "docs" / "pictures")
    parser.add_argument("--only", nargs="*", default=MAIN, choices=list(PAGES))
    chosen = parser.parse_args()
    chosen.to.mkdir(parents=True, exist_ok=True)
    with running_product() as product, chromium() as browser:
        for size in SIZES:
            for scheme in ("light", "dark"):
                take(browser, product, size, scheme, chosen.only, chosen.to)


def take(browser: Browser, product: Product, size: str, scheme: str, names: list[str], to: Path) -> None:
    """All of one size and one colour scheme."""
    context = browser.new_context(
        viewport=SIZES[size],
        color_scheme=scheme,  # type: ignore[arg-type]
        is_mobile=size == "phone",
        has_touch=size == "phone",
    )
    page = context.new_page()

    def picture(name: str) -> None:
        page.goto(product.url + PAGES[name])
        page.screenshot(path=to / f"{name}-{size}-{scheme}.png")

    for name in OPEN_TO_ALL.intersection(names):
        picture(name)
    log_in(page, product.url, "ada", product.demo_password)
    for name in names:
        if name not in OPEN_TO_ALL:
            picture(name)
    context.close()


if __name__ == "__main__":
    main()
