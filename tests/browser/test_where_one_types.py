"""New post and Search lead to where one types; nothing typed on the way is lost or taken for a shortcut."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import EXECUTABLE
from tests.product import Product

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(EXECUTABLE is None, reason="Debian's chromium is not installed"),
]

TEXT = "By keys alone @mi jk /?"


@pytest.fixture
def page(page_of: Callable[..., Page]) -> Page:
    """Ada's, on a page without a composer."""
    page = page_of("ada")
    page.goto(page.url + "inbox/")
    return page


def test_after_n_one_writes_at_once(page: Page) -> None:
    page.keyboard.press("n")
    page.keyboard.type(TEXT)
    page.wait_for_url("**/posts/")
    expect(page.locator("textarea[name=body]")).to_be_focused()
    expect(page.locator("textarea[name=body]")).to_have_value(TEXT)


def test_after_new_post_was_clicked_too(page: Page) -> None:
    page.click('a[data-key="n"]')
    page.keyboard.type(TEXT)
    page.wait_for_url("**/posts/")
    expect(page.locator("textarea[name=body]")).to_have_value(TEXT)


def test_at_home_new_post_is_the_composer_of_the_page(page: Page, product: Product) -> None:
    page.goto(f"{product.url}/")
    page.click('a[data-key="n"]')
    expect(page.locator("textarea[name=body]")).to_be_focused()
    assert page.url == f"{product.url}/"


def test_after_a_slash_one_searches_at_once(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("njk fog")
    page.wait_for_url("**/search/")
    expect(page.locator("input[name=q]")).to_be_focused()
    expect(page.locator("input[name=q]")).to_have_value("njk fog")


def test_an_error_goes_once_the_field_is_changed(page: Page, product: Product) -> None:
    page.goto(f"{product.url}/posts/")
    page.click("form.composer .composer-end button")
    expect(page.locator(".errors")).to_be_visible()
    page.keyboard.press("Tab")
    page.fill("textarea[name=body]", "Now there is something.")
    expect(page.locator(".errors")).to_have_count(0)
    assert page.get_attribute("textarea[name=body]", "aria-invalid") is None


def test_times_are_told_in_the_days_of_the_reader(browser: Browser, product: Product) -> None:
    context = browser.new_context(timezone_id="Asia/Kolkata", service_workers="block")
    page = context.new_page()
    page.goto(f"{product.url}/public/")
    assert {"zone"} <= {cookie["name"] for cookie in context.cookies()}
    place = page.evaluate("""() => {
      const time = document.querySelector("time[data-ago]");
      const at = new Date();
      at.setDate(at.getDate() - 8);
      at.setHours(2, 30);
      time.dateTime = at.toISOString();
      window.dispatchEvent(new Event("pageshow"));
      return [time.textContent, new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long" }).format(at)];
    }""")
    assert place[0] in {place[1], f"{place[1]} {page.evaluate('new Date().getFullYear() - 1')}"}
    context.close()
