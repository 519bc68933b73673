"""What a browser shows after log-out, of passwords, and of the API's own pages."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import EXECUTABLE
from tests.product import Product

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(EXECUTABLE is None, reason="Debian's chromium is not installed"),
]


@pytest.mark.parametrize("path", ["/", "/settings/", "/accounts/email/", "/public/"])
def test_back_shows_nothing_of_who_logged_out(page_of: Callable[..., Page], product: Product, path: str) -> None:
    page = page_of("ada", logs_out=True)
    page.goto(product.url + path)
    expect(page.locator("body[data-person]")).to_be_attached()
    page.goto(f"{product.url}/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Log out").click()
    expect(page.locator("body:not([data-person])")).to_be_attached()
    for _ in range(3):
        page.go_back()
        expect(page.locator("body:not([data-person])")).to_be_visible()
        if path in page.url and "logout" not in page.url:
            break


def test_a_password_is_shown_while_its_button_is_pressed(browser: Browser, product: Product) -> None:
    page = browser.new_context().new_page()
    page.goto(f"{product.url}/accounts/login/")
    typed, button = page.locator("#id_password"), page.get_by_role("button", name="Show")
    typed.fill("correct horse")
    button.click()
    expect(typed).to_have_attribute("type", "text")
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    expect(typed).to_have_attribute("type", "password")


def test_without_scripts_there_is_no_such_button(browser: Browser, product: Product) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{product.url}/accounts/login/")
    expect(page.locator("#id_password")).to_be_visible()
    expect(page.locator("[data-reveal]")).to_be_hidden()


def test_the_pages_of_the_api_work_under_their_policy(browser: Browser, product: Product) -> None:
    page = browser.new_context().new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
    page.goto(f"{product.url}/api/social/v1/docs/")
    expect(page.locator(".opblock").first).to_be_visible(timeout=20_000)
    assert complaints == []
