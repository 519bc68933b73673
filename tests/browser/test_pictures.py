"""A picture in a post, from the file on a disk to what others see; with and without scripts."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import EXECUTABLE, log_in
from tests.product import Product
from tests.socialapp.media import samples

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(EXECUTABLE is None, reason="Debian's chromium is not installed"),
]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """On Ada's disk."""
    path = tmp_path / "photo.jpg"
    path.write_bytes(samples.photo((1_200, 800), orientation=6))
    return path


def ada(browser: Browser, product: Product, *, scripts: bool = True) -> Page:
    """Hers, logged in."""
    page = browser.new_context(java_script_enabled=scripts).new_page()
    log_in(page, product.url, "ada", product.demo_password)
    return page


def width_of(page: Page, name: str) -> int:
    """Of the pixels that came; 0 while none did."""
    picture = page.get_by_role("img", name=name)
    picture.scroll_into_view_if_needed()
    page.wait_for_function("image => image.complete", arg=picture.element_handle())
    width: int = picture.evaluate("image => image.naturalWidth")
    return width


def test_with_scripts(product: Product, browser: Browser, photo: Path, tmp_path: Path) -> None:
    page = ada(browser, product)
    page.get_by_text("Pictures", exact=True).click()
    (tmp_path / "notes.txt").write_text("Hello")
    page.get_by_label("Choose pictures").set_input_files([photo, photo, tmp_path / "notes.txt"])
    expect(page.get_by_text("notes.txt is no JPEG")).to_be_visible()
    page.get_by_label("What does it show?").nth(0).fill("A red and green corner")
    page.get_by_role("button", name="Remove").nth(1).click()
    page.once("dialog", lambda dialog: dialog.accept())  # without the notes
    page.get_by_role("button", name="Post", exact=True).click()
    # It appears by itself.
    expect(page.get_by_role("img", name="A red and green corner")).to_be_visible()
    assert width_of(page, "A red and green corner") > 0
    page.get_by_role("link", name="A red and green corner").click()
    viewer = page.get_by_role("dialog")
    expect(viewer.get_by_role("img", name="A red and green corner")).to_be_visible()
    page.keyboard.press("Escape")
    expect(viewer).not_to_be_visible()
    expect(page.get_by_role("link", name="A red and green corner")).to_be_focused()


def test_in_a_reply_that_is_written_in_place(page_of: Callable[..., Page], counted: str, photo: Path) -> None:
    page = page_of("ada")
    page.goto(counted)
    branch = page.locator(".thread > .branch").first
    branch.get_by_role("link", name="Reply").first.click()
    form = page.locator(".reply-in-place")
    form.get_by_text("Pictures", exact=True).click()
    form.get_by_label("Choose pictures").set_input_files([photo])
    form.get_by_label("What does it show?").nth(0).fill("A corner in a reply")
    form.get_by_role("button", name="Reply", exact=True).click()
    expect(branch.locator(".branch").get_by_role("img", name="A corner in a reply")).to_be_visible()
    expect(form).to_have_count(0)


def test_without_scripts(product: Product, browser: Browser, photo: Path) -> None:
    page = ada(browser, product, scripts=False)
    page.get_by_text("Pictures", exact=True).click()
    page.get_by_label("Picture", exact=True).nth(0).set_input_files(photo)
    page.get_by_label("What does it show?").nth(0).fill("The same corner")
    page.get_by_role("button", name="Post", exact=True).click()
    for _ in range(20):
        if page.get_by_role("img", name="The same corner").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    page.get_by_role("link", name="The same corner").click()
    assert page.url.endswith("-1600.webp")


def test_an_avatar(product: Product, browser: Browser, photo: Path) -> None:
    page = ada(browser, product)
    page.goto(f"{product.url}/settings/")
    page.get_by_label("Picture (optional)").set_input_files(photo)
    assert page.locator("[data-avatar] img").get_attribute("src").startswith("blob:")  # type: ignore[union-attr]
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert page.locator("[data-avatar] img").evaluate("image => image.src").endswith("-96.webp")
    page.get_by_label("Remove the picture").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[data-avatar] img")).to_have_count(0)
