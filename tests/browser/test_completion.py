"""Names and hashtags completed while they are typed: by keys and by pointer, with the names a screen reader needs."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.chromium import EXECUTABLE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(EXECUTABLE is None, reason="Debian's chromium is not installed"),
]


@pytest.fixture
def page(page_of: Callable[[str], Page]) -> Page:
    """Ada's home page."""
    return page_of("ada")


@pytest.fixture
def box(page: Page) -> Locator:
    """Where Ada writes, empty."""
    box = page.get_by_label("What is on your mind?")
    box.fill("")
    return box


def test_enter_takes_the_first_and_undo_gives_it_back(page: Page, box: Locator) -> None:
    box.press_sequentially("Hello @f")
    option = page.get_by_role("option", name="Fumi Tanaka @fumi", selected=True)
    expect(option).to_be_visible()
    expect(page.get_by_role("listbox", name="Suggestions")).to_be_visible()
    expect(box).to_have_attribute("aria-activedescendant", str(option.get_attribute("id")))
    expect(page.get_by_role("status").filter(has_text="1 suggestion.")).to_have_count(1)
    box.press("Enter")
    expect(box).to_have_value("Hello @fumi ")
    expect(page.get_by_role("listbox")).to_have_count(0)
    expect(box).not_to_have_attribute("aria-activedescendant", "complete-1")
    box.press("Control+z")
    expect(box).to_have_value("Hello @f")


def test_arrows_go_round_and_tab_takes(page: Page, box: Locator) -> None:
    box.press_sequentially("#f")
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(2)
    box.press("ArrowUp")
    expect(page.get_by_role("listbox").get_by_role("option", selected=True)).to_contain_text("#fog")
    box.press("ArrowDown")
    expect(page.get_by_role("listbox").get_by_role("option", selected=True)).to_contain_text("#flamingo")
    box.press("Tab")
    expect(box).to_have_value("#flamingo ")
    expect(box).to_be_focused()


def test_escape_closes_until_the_word_changes_and_a_click_takes(page: Page, box: Locator) -> None:
    box.press_sequentially("@e")
    expect(page.get_by_role("listbox")).to_be_visible()
    box.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)
    box.press_sequentially("m")
    page.get_by_role("option", name="Emeka").click()
    expect(box).to_have_value("@emeka ")
    expect(box).to_be_focused()


@pytest.mark.parametrize("text", ["ada@f", "https://x/@f", "@", "#", "@f ", "Hello"])
def test_nothing_opens_where_no_name_is_typed(page: Page, box: Locator, text: str) -> None:
    box.press_sequentially(text)
    page.wait_for_timeout(400)
    expect(page.get_by_role("listbox")).to_have_count(0)


def test_a_comment_completes_too(page: Page, counted: str) -> None:
    page.goto(counted)
    box = page.get_by_label("Your comment")
    box.press_sequentially("(@dan")
    expect(page.get_by_role("option", name="Dana")).to_be_visible()
    box.press("Enter")
    expect(box).to_have_value("(@dana ")
