"""A form that the browser kept whole (its back/forward cache): what is written in it next is never lost."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.chromium import FLAGS, WHOLE, log_in
from tests.product import Product

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(WHOLE is None, reason="Debian's chromium is not installed"),
]


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def page(request: pytest.FixtureRequest, product: Product) -> Iterator[Page]:
    """Ada's, in a browser that keeps pages as people's do: Playwright's does not unless it is told to."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=WHOLE, args=FLAGS, ignore_default_args=["--disable-back-forward-cache"]
        )
        context = browser.new_context(
            base_url=product.url, service_workers="block", java_script_enabled=bool(request.param)
        )
        context.set_default_timeout(20_000)
        found = context.new_page()
        log_in(found, product.url, "ada", product.demo_password)
        yield found
        browser.close()


def test_what_is_posted_after_going_back_is_posted_too(page: Page, request: pytest.FixtureRequest) -> None:
    scripts = "with scripts" in request.node.name
    words = [f"{word} {'with' if scripts else 'without'}" for word in ("The first", "The second")]
    page.goto("/posts/")
    box = page.locator("main textarea").first
    box.fill(words[0])
    page.get_by_role("button", name="Post", exact=True).click()
    page.wait_for_url("/")
    expect(page.get_by_text(words[0], exact=True)).to_be_visible()
    page.go_back(wait_until="commit")  # of a kept page, nothing is loaded
    if scripts:
        expect(box).to_have_value("")
    box.fill(words[1])
    page.get_by_role("button", name="Post", exact=True).click()
    page.wait_for_url("/")
    for each in words:
        expect(page.get_by_text(each, exact=True)).to_have_count(1)


def test_what_could_not_be_posted_is_still_there_after_going_back(page: Page, request: pytest.FixtureRequest) -> None:
    page.goto("/posts/")
    box = page.locator("main textarea").first
    box.fill("Not lost")
    page.route("**/posts/", lambda route: route.fulfill(status=500, body="<h1>no</h1>", content_type="text/html"))
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_role("heading", name="no")).to_be_visible()
    page.unroute("**/posts/")
    page.go_back(wait_until="commit")  # of a kept page, nothing is loaded
    expect(box).to_have_value("Not lost")
