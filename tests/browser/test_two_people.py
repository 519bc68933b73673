"""Two people in two browsers: one signs up and posts, the other reacts, the first is told."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import EXECUTABLE
from tests.product import Product

PASSWORD = "correct horse battery staple"
PATIENCE_MS = 10_000

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(EXECUTABLE is None, reason="Debian's chromium is not installed"),
]


def sign_up(browser: Browser, product: Product, username: str, *, scripts: bool = True) -> Page:
    """A browser of one's own, at the home page of a new account."""
    page = browser.new_context(java_script_enabled=scripts).new_page()
    page.goto(product.url)
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Username").fill(username)
    page.get_by_label("Email").fill(f"{username}@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password (again)").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    expect(page.get_by_text("Your feed is waiting for people")).to_be_visible()
    return page


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_sign_up_post_react_and_be_told(product: Product, browser: Browser, *, scripts: bool) -> None:
    suffix = "js" if scripts else "plain"
    ada = sign_up(browser, product, f"ada_{suffix}", scripts=scripts)
    ada.get_by_label("What is on your mind?").fill(f"Good morning from {suffix}!")
    ada.get_by_role("button", name="Post", exact=True).click()
    expect(ada.get_by_text(f"Good morning from {suffix}!")).to_be_visible()

    bob = sign_up(browser, product, f"bob_{suffix}", scripts=scripts)
    bob.goto(f"{product.url}/@ada_{suffix}/")
    bob.get_by_role("button", name="Follow").click()
    post = bob.get_by_role("article").filter(has_text=f"Good morning from {suffix}!")
    post.get_by_role("button", name="Like").click()
    post.get_by_role("button", name="Share").click()
    post.get_by_role("link", name="Comment").click()
    bob.get_by_label("Your comment").fill("Good morning to you.")
    bob.get_by_role("button", name="Comment", exact=True).click()
    expect(bob.get_by_text("Good morning to you.")).to_be_visible()

    inbox = ada.get_by_role("link", name="Inbox")
    for _ in range(20):
        ada.reload()
        if "4 unread" in inbox.inner_text():
            break
        ada.wait_for_timeout(PATIENCE_MS / 20)
    inbox.click()
    for activity in ("liked your post", "shared your post", "commented on your post", "followed you"):
        expect(ada.get_by_role("button", name=f"bob_{suffix} {activity}")).to_be_visible()
    ada.get_by_role("button", name="commented on your post").click()
    expect(ada.get_by_text("Good morning to you.")).to_be_visible()
    expect(inbox).to_contain_text("3 unread")
