"""What is written on pages has room for it: on phones, in English and in German, under names of any width."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.chromium import EXECUTABLE
from tests.browser.looking import WIDER_THAN_THE_WINDOW
from tests.product import Product

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(EXECUTABLE is None, reason="Debian's chromium is not installed"),
]

PHONE, WIDE = {"width": 360, "height": 740}, {"width": 1440, "height": 900}
LANGUAGES = pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
# How many lines the words of each take.
LINES = """(found) => found.map((each) => {
  const range = document.createRange();
  const isBlank = (node) => node.nodeType === Node.TEXT_NODE && !node.data.trim();
  range.selectNodeContents([...each.childNodes].find((node) => !isBlank(node)));
  return new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size;
})"""
CUT_SELECTS = """(found) => found.filter((each) => {
  const style = getComputedStyle(each);
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = style.font;
  const arrow = 20;
  const room = each.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - arrow;
  const isCut = (option) => pen.measureText(option.text.trim()).width > room;
  return each.name !== "time_zone" && [...each.options].some(isCut);
}).map((each) => each.name)"""


def box(found: Locator) -> Any:
    """Where it is."""
    place = found.bounding_box()
    assert place
    return place


@LANGUAGES
def test_what_is_under_a_reply_is_cut_nowhere(page_of: Callable[..., Page], product: Product, locale: str) -> None:
    page = page_of("ada", viewport=PHONE, locale=locale)
    page.goto(f"{product.url}/@ada/")
    page.goto(product.url + (page.locator(".post [data-key=o]").first.get_attribute("href") or ""))
    page.locator("#reply [name=body]").fill("Mine")
    page.locator("#reply .button-strong").click()
    actions = page.locator(".branch", has_text="Mine").first.locator(".action")
    expect(actions).to_have_count(4)
    assert actions.evaluate_all(LINES) == [1, 1, 1, 1]
    hint = page.locator("#reply .composer-end > span")
    assert hint.evaluate("(each) => each.scrollHeight <= each.clientHeight && each.scrollWidth <= each.clientWidth")


@LANGUAGES
def test_what_one_does_with_a_person_stands_in_one_row(
    page_of: Callable[..., Page], product: Product, locale: str
) -> None:
    page = page_of("ada", viewport=PHONE, locale=locale)
    page.goto(f"{product.url}/@bob/")
    follow = page.locator(".profile-top .follow")
    if follow.get_attribute("data-on") == "no":
        follow.click()
        expect(follow).to_have_attribute("data-on", "yes")
    tops = [box(page.locator(f".profile-top {part}").first)["y"] for part in (".follow", ".button-bell", "summary")]
    assert len(set(tops)) == 1


@LANGUAGES
@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "wide"])
def test_no_choice_is_cut(page_of: Callable[..., Page], product: Product, locale: str, size: dict[str, int]) -> None:
    page = page_of("ada", viewport=size, locale=locale)
    page.goto(f"{product.url}/settings/notifications/")
    assert page.locator("main select").evaluate_all(CUT_SELECTS) == []


@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "wide"])
def test_a_notice_does_not_touch_the_card_below_it(
    page_of: Callable[..., Page], product: Product, size: dict[str, int]
) -> None:
    page = page_of("ada", viewport=size)
    page.goto(f"{product.url}/accounts/password/reset/done/")
    note, card = box(page.locator(".note")), box(page.locator(".door > .panel"))
    assert card["y"] - (note["y"] + note["height"]) >= 8


def test_a_wide_name_takes_one_line(page_of: Callable[..., Page], product: Product) -> None:
    wide = page_of("charlie", viewport=PHONE)
    wide.goto(f"{product.url}/settings/")
    wide.locator("#id_name").fill("W" * 28 + " " + "M" * 28)
    wide.locator("main form .button-strong").first.click()
    wide.goto(f"{product.url}/@ada/")
    wide.locator(".action-like").first.click()
    page = page_of("ada", viewport=PHONE)
    page.goto(f"{product.url}/inbox/")
    sentence = page.locator(".entry-open", has_text="WWW").first
    expect(sentence).to_be_visible()
    assert box(sentence.locator("strong", has_text="WWW"))["height"] < 30
    assert page.evaluate(WIDER_THAN_THE_WINDOW) == []


def test_the_pages_of_staff_are_as_wide_as_a_phone(page_of: Callable[..., Page], product: Product) -> None:
    product.manage(
        "shell",
        "-c",
        "from socialapp.users.models import Person\n"
        "Person.objects.filter(username='ada').update(is_staff=True, is_superuser=True)",
    )
    page = page_of("ada", viewport=PHONE)
    for path in ("", "notifications/delivery/dashboard/", "notifications/delivery/dead-letters/"):
        answer = page.goto(f"{product.url}/admin/{path}")
        assert answer
        assert answer.status == 200
        assert page.evaluate(WIDER_THAN_THE_WINDOW) == []
