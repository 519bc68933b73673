"""`bin/screenshots`: the main pages, on a phone and wide, light and dark."""

import argparse
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, StorageState, ViewportSize, expect

from config.env import CHECKOUT
from tests.browser.chromium import chromium, log_in
from tests.product import Product, running_product


def as_it_opens(_page: Page) -> None:
    """Nothing more is done."""


def show_keys(page: Page) -> None:
    """The help panel."""
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def open_post(page: Page) -> None:
    """The first one in a list, on its own page."""
    page.locator(".post time").first.click()
    expect(page.locator(".post-alone")).to_be_visible()


def open_reply(page: Page) -> None:
    """On the page of its own, of one that answers a reply."""
    open_post(page)
    page.locator(".branch .branch time").first.click()
    expect(page.locator(".above + .post-alone")).to_be_visible()


@dataclass(frozen=True)
class Shown:
    """A page as `who` sees it: a demo person, or nobody in particular."""

    path: str
    who: str = "ada"
    reach: Callable[[Page], None] = as_it_opens


def open_first(page: Page) -> None:
    """What is first in a list, by keyboard."""
    page.keyboard.press("j")
    page.keyboard.press("o")
    expect(page.locator(".panel").first).to_be_visible()


NOBODY = ""
# How many colours of a picture are kept exactly.
FLAT = 96
# Reads German here.
GERMAN = "charlie"
# Moderates here.
MODERATOR = "dana"
PAGES = {
    "welcome": Shown("/public/", NOBODY),
    "signup": Shown("/accounts/signup/", NOBODY),
    "offline": Shown("/offline/", NOBODY),
    "home": Shown("/"),
    "inbox": Shown("/inbox/"),
    "profile": Shown("/@ada/"),
    "post": Shown("/tags/flamingo/", reach=open_post),
    "conversation": Shown("/tags/engines/", reach=open_reply),
    "search": Shown("/search/?q=fog"),
    "bookmarks": Shown("/bookmarks/"),
    "keys": Shown("/", reach=show_keys),
    "inbox-german": Shown("/inbox/", GERMAN),
    "settings": Shown("/settings/"),
    "people": Shown("/search/?q=d&what=people"),
    "tag": Shown("/tags/fog/"),
    "tokens": Shown("/settings/tokens/"),
    "preferences": Shown("/settings/notifications/"),
    "devices": Shown("/settings/devices/"),
    "muted": Shown("/settings/muted/"),
    "missed": Shown("/inbox/missed/"),
    "mail": Shown("/accounts/email/"),
    "missing": Shown("/nothing/"),
    "rules": Shown("/about/moderation/", NOBODY),
    "report": Shown("/@bob/report/"),
    "notice": Shown("/notices/", reach=open_first),
    "moderation": Shown("/moderation/", MODERATOR),
    "case": Shown("/moderation/", MODERATOR, reach=open_first),
    "moderation-log": Shown("/moderation/log/", MODERATOR),
}
MAIN = [
    "welcome", "home", "inbox", "post", "conversation", "profile", "search", "bookmarks", "settings", "keys",
    "inbox-german", "offline", "report", "notice", "moderation", "case",
]  # fmt: skip
SIZES = {"wide": ViewportSize(width=1280, height=900), "phone": ViewportSize(width=390, height=844)}
SPEAK_GERMAN = f"""
from socialapp.users.models import Person
from socialapp.users.operations import choose_language
choose_language(person=Person.objects.get(username="{GERMAN}"), language="de")
"""
# What moderators look at: posts that several people reported, and one that was hidden.
REPORT = f"""
from socialapp.moderation.models import Rule, Verb
from socialapp.moderation.operations.acts import act
from socialapp.moderation.operations.reports import report
from socialapp.posts.models import Post
from socialapp.users.models import Person
people = Person.objects.in_bulk(field_name="username")
def reported(of, by, category, words):
    posts = Post.objects.filter(author=people[of]).order_by("-pk").values_list("pk", flat=True)[:2]
    report(reporter=people[by], person=people[of], category=category, words=words, post_ids=list(posts))
reported("emeka", "bob", "abuse", "He has been at it all week.")
reported("emeka", "fumi", "abuse", "")
reported("fumi", "bob", "spam", "The same text to everybody I know.")
post = Post.objects.filter(author=people["ada"]).order_by("pk").first()
act(
    moderator=people["{MODERATOR}"], verb=Verb.HIDE, person=people["ada"], post_id=post.pk, rule=Rule.objects.first(),
    words="Please write about the thing, not about the person.",
)
"""


def main() -> None:
    """Takes them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=CHECKOUT / "docs" / "pictures")
    parser.add_argument("--only", nargs="*", default=MAIN, choices=list(PAGES))
    chosen = parser.parse_args()
    chosen.to.mkdir(parents=True, exist_ok=True)
    with running_product() as product, chromium() as browser:
        product.manage("shell", "-c", SPEAK_GERMAN)
        product.manage("moderator", MODERATOR)
        product.manage("shell", "-c", REPORT)
        for who in (NOBODY, "ada", GERMAN, MODERATOR):
            names = [name for name in chosen.only if PAGES[name].who == who]
            cookies = enter(browser, product, who) if names and who else None
            for size in SIZES if names else ():
                take(browser, product, size, cookies, names, chosen.to)


def enter(browser: Browser, product: Product, who: str) -> StorageState:
    """The cookies of somebody who logged in."""
    context = browser.new_context()
    log_in(context.new_page(), product.url, who, product.demo_password)
    cookies = context.storage_state()
    context.close()
    return cookies


def take(
    browser: Browser, product: Product, size: str, cookies: StorageState | None, names: list[str], to: Path
) -> None:
    """All of one person and one size, light and dark."""
    is_phone = size == "phone"
    context = browser.new_context(
        viewport=SIZES[size], is_mobile=is_phone, has_touch=is_phone, storage_state=cookies, reduced_motion="reduce"
    )
    page = context.new_page()
    for name in names:
        page.goto(product.url + PAGES[name].path)
        PAGES[name].reach(page)
        page.wait_for_load_state()
        page.wait_for_timeout(300)  # pictures that come when they are seen
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            save(page.screenshot(), to / f"{name}-{size}-{scheme}.png")
    context.close()


def save(picture: bytes, to: Path) -> None:
    """With a palette: the colours that there is most of as they are, and those between them. It weighs a third."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    counted = sorted(image.getcolors(image.width * image.height) or [], reverse=True)
    flat = [part for _, colour in counted[:FLAT] for part in colour]  # type: ignore[attr-defined]
    between = image.quantize(256 - FLAT, method=Image.Quantize.MAXCOVERAGE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([*flat, *between[: 3 * (256 - FLAT)]])
    image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).save(to, optimize=True)


if __name__ == "__main__":
    main()
