"""All of it by plain forms and links, in a browser that runs no scripts."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import EXECUTABLE
from tests.product import Product
from tests.socialapp.media import samples

PASSWORD = "correct horse battery staple"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(EXECUTABLE is None, reason="Debian's chromium is not installed"),
]


@pytest.fixture
def plain(page_of: Callable[..., Page]) -> Page:
    """Ada's home page, without scripts."""
    return page_of("ada", java_script_enabled=False)


def write(page: Page, product: Product, text: str) -> str:
    """Post it; returns the address of its page."""
    page.goto(product.url)
    page.get_by_label("What is on your mind?").fill(text)
    page.get_by_role("button", name="Post", exact=True).click()
    page.locator(".post").filter(has_text=text).locator("time").first.click()
    page.wait_for_url(re.compile(r"/posts/\d+/"))
    return page.url


def test_an_account_from_sign_up_to_log_out(browser: Browser, product: Product) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{product.url}/accounts/signup/")
    page.get_by_label("Username").fill("plain_paul")
    page.get_by_label("Email").fill("paul@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password (again)").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    expect(page.get_by_text("Your feed is waiting for people")).to_be_visible()
    page.get_by_role("link", name="Settings").click()
    page.get_by_label("Name").first.fill("Paul Plain")
    page.get_by_role("main").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.goto(f"{product.url}/settings/language/")
    page.get_by_label("Language").select_option(label="Deutsch")
    page.get_by_role("main").get_by_role("button", name="Save").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.locator("button[data-log-out]").click()
    page.wait_for_url(f"{product.url}/public/")
    expect(page.get_by_role("button", name="Dark")).to_have_count(1)
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.context.close()


def test_a_post_and_a_comment_from_writing_to_undo(plain: Page, product: Product) -> None:
    here = write(plain, product, "Plain as day")
    plain.get_by_label("Your comment").fill("First of mine")
    plain.get_by_role("button", name="Comment", exact=True).click()
    comment = plain.locator(".branch > article").filter(has_text="First of mine")
    expect(comment).to_be_visible()
    expect(plain.locator("#comments-head")).to_have_text(re.compile(r"^\s*1\s+comment\s*$"))
    # The link leads to the page of the reply, with its form.
    comment.get_by_role("link", name="Reply").click()
    plain.wait_for_url(re.compile(r"/posts/\d+/#reply"))
    expect(plain.locator(".above article")).to_contain_text("Plain as day")
    plain.get_by_label("Your reply to Ada Winter").fill("And an answer")
    plain.get_by_role("button", name="Reply", exact=True).click()
    expect(plain.locator(".branch > article").filter(has_text="And an answer")).to_be_visible()
    expect(plain.locator("#comments-head")).to_have_text(re.compile(r"^\s*1\s+reply\s*$"))
    alone = plain.locator(".post-alone")
    alone.locator("summary").click()
    alone.get_by_role("link", name="Edit").click()
    plain.locator("main textarea").first.fill("First, edited")
    plain.get_by_role("button", name="Save").click()
    plain.goto(here)
    edited = plain.locator(".branch > article").filter(has_text="First, edited")
    answer = plain.locator(".branch .branch > article").filter(has_text="And an answer")
    edited.locator("summary").click()
    edited.get_by_role("button", name="Delete").click()
    expect(edited).to_have_count(0)
    expect(plain.get_by_text("This comment cannot be seen any more.")).to_be_visible()
    expect(answer).to_be_visible()
    plain.get_by_role("button", name="Undo").click()
    plain.goto(here)
    expect(edited).to_be_visible()
    expect(answer).to_be_visible()
    edited.get_by_role("button", name="Like").click()
    expect(edited.get_by_role("button", name="Like")).to_have_attribute("aria-pressed", "true")

    plain.goto(here)
    plain.locator(".post summary").first.click()
    plain.locator(".post").get_by_role("link", name="Edit").first.click()
    plain.locator("main textarea").first.fill("Plain as night")
    plain.get_by_role("button", name="Save").click()
    expect(plain.get_by_text("Plain as night")).to_be_visible()
    plain.locator(".post summary").first.click()
    plain.locator(".post").get_by_role("button", name="Delete").first.click()
    plain.get_by_role("button", name="Undo").click()
    expect(plain.get_by_text("Plain as night")).to_be_visible()


def test_a_page_opens_at_its_post_with_what_it_answers_above_it(plain: Page, product: Product) -> None:
    write(plain, product, "Plain from the start")
    for number in range(7):
        plain.locator("#reply [name=body]").fill(f"One deeper, number {number}")
        plain.locator("#reply .button-strong").click()
        plain.locator(".branch time").first.click()
        expect(plain.locator(".post-alone")).to_contain_text(f"number {number}")
    assert plain.locator(".above > li").count() == 7
    place = plain.locator(".post-alone").bounding_box()
    assert place
    assert plain.viewport_size
    assert 0 < place["y"] < plain.viewport_size["height"] - place["height"]


def test_reactions_bookmarks_and_follows(plain: Page, product: Product) -> None:
    plain.goto(f"{product.url}/@fumi/")
    for name in ("like", "share", "bookmark"):
        where = plain.locator(f".action-{name}").first
        was = where.get_attribute("aria-pressed")
        where.click()
        expect(plain.locator(f".action-{name}").first).not_to_have_attribute("aria-pressed", str(was))
        plain.locator(f".action-{name}").first.click()
        expect(plain.locator(f".action-{name}").first).to_have_attribute("aria-pressed", str(was))
    plain.goto(f"{product.url}/@emeka/")
    plain.locator(".profile .follow").click()
    expect(plain.locator(".profile .follow")).to_have_attribute("data-on", "yes")
    plain.get_by_role("button", name="Ring me when").click()
    plain.locator(".profile .follow").click()
    expect(plain.locator(".profile .follow")).to_have_attribute("data-on", "no")


def test_the_inbox(page_of: Callable[..., Page], product: Product) -> None:
    page = page_of("fumi", java_script_enabled=False)
    page.goto(f"{product.url}/inbox/")
    unread = page.locator(".entry-unread")
    before = unread.count()
    page.locator(".entry-unread .entry-mark").first.click()
    expect(unread).to_have_count(before - 1)
    page.get_by_role("button", name="Mark all read").click()
    expect(unread).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(unread).to_have_count(before - 1)
    page.locator(".entry-open").first.click()
    assert not page.url.endswith("/inbox/")


def test_search_and_pages(plain: Page, product: Product) -> None:
    plain.goto(f"{product.url}/search/")
    plain.get_by_role("searchbox").first.fill("flamingo")
    plain.keyboard.press("Enter")
    expect(plain.get_by_text("412 dunlins").first).to_be_visible()
    product.manage("shell", "-c", MANY)
    plain.goto(f"{product.url}/@dana/")
    first = plain.locator("#feed [data-item]").first.get_attribute("id")
    plain.get_by_role("link", name="Show more").click()
    assert plain.locator("#feed [data-item]").first.get_attribute("id") != first
    plain.get_by_role("link", name="Newer").click()
    assert plain.locator("#feed [data-item]").first.get_attribute("id") == first


MANY = """
from socialapp.posts.operations import publish_post
from socialapp.users.models import Person
dana = Person.objects.get(username="dana")
for number in range(25):
    publish_post(author=dana, body=f"Page {number}")
"""


def test_pictures(page_of: Callable[..., Page], product: Product, tmp_path: Path) -> None:
    page = page_of("bob", java_script_enabled=False)
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(samples.photo((300, 200)))
    page.goto(f"{product.url}/settings/")
    page.get_by_label("Picture (optional)").set_input_files(photo)
    page.get_by_role("main").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.goto(f"{product.url}/posts/")
    page.get_by_text("Pictures", exact=True).click()
    page.get_by_label("Picture", exact=True).nth(0).set_input_files(photo)
    page.get_by_label("What does it show?").nth(0).fill("A plain corner")
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_text("Posted.")).to_be_visible()


@pytest.mark.parametrize(
    "path", ["/", "/public/", "/@ada/", "/@ada/replies/", "/inbox/", "/bookmarks/", "/search/?q=fog"]
)
def test_the_same_is_there(page_of: Callable[..., Page], product: Product, path: str) -> None:
    look_the_same(page_of, product.url + path)


def test_the_same_is_there_in_a_conversation(page_of: Callable[..., Page], counted: str) -> None:
    look_the_same(page_of, counted)


def look_the_same(page_of: Callable[..., Page], address: str) -> None:
    """With scripts and without."""
    texts = []
    for scripts in (True, False):
        page = page_of("charlie", java_script_enabled=scripts)
        page.goto(address)
        lines = [" ".join(each.split()) for each in page.locator("main [data-item] p").all_inner_texts()]
        texts.append([re.sub(r"just now|\d+ \w+ ago", "a while ago", line) for line in lines])
    assert texts[0] == texts[1]
