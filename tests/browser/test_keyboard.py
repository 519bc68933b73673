"""All of it by keys alone; one always sees where one is, and is never thrown back to the beginning."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import EXECUTABLE
from tests.product import Product

PASSWORD = "correct horse battery staple"
# Where the focus is, and whether that can be seen: by an outline or a ring, its own or of the box around it.
FOCUS = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return { name: "nowhere", seen: false };
  const marks = (one, part) => {
    const look = getComputedStyle(one, part);
    return (look.outlineStyle !== "none" && parseFloat(look.outlineWidth) > 0) || look.boxShadow !== "none";
  };
  if (at.id === "main") return { name: "main", seen: true }; // what follows a thing that is gone; no control
  const around = [at, at.parentElement, at.closest("label, .composer"), at.nextElementSibling];
  return { name: at.outerHTML.slice(0, 150), seen: marks(at, "::after") || around.some((one) => one && marks(one)) };
}"""
MOST_STEPS = 80

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(EXECUTABLE is None, reason="Debian's chromium is not installed"),
]


class Keys:
    """Somebody without a mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        """One after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def where(self) -> str:
        """What has the focus; fails when that cannot be seen."""
        focus = self.page.evaluate(FOCUS)
        assert focus["seen"], f"The focus cannot be seen: {focus['name']}"
        return str(focus["name"])

    def tab_to(self, selector: str) -> None:
        """By Tab, and the focus is seen at each step."""
        for _ in range(MOST_STEPS):
            self.press("Tab")
            self.where()
            if self.page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"Tab does not lead to {selector}.")

    def type(self, text: str) -> None:
        """Where the focus is."""
        self.page.keyboard.type(text)


@pytest.fixture
def ada(page_of: Callable[..., Page]) -> Keys:
    """At her home page."""
    return Keys(page_of("ada"))


def test_sign_up_and_post(browser: Browser, product: Product) -> None:
    page = browser.new_context().new_page()
    page.set_default_timeout(20_000)
    keys = Keys(page)
    page.goto(f"{product.url}/public/")
    keys.tab_to('a[href^="/accounts/signup/"]')
    keys.press("Enter")
    page.wait_for_url("**/accounts/signup/**")
    for field, value in [("username", "kim_keys"), ("email", "kim@example.org"), ("password1", PASSWORD)]:
        if field == "username" and page.evaluate("document.activeElement.id") == "id_username":
            keys.type(value)
            continue
        keys.tab_to(f"#id_{field}")
        keys.type(value)
    keys.tab_to("#id_password2")
    keys.type(PASSWORD)
    keys.press("Enter")
    expect(page.get_by_text("Your feed is waiting for people")).to_be_visible()
    keys.press("n")
    keys.where()
    keys.type("Typed, not clicked")
    keys.press("Control+Enter")
    expect(page.locator(".post").filter(has_text="Typed, not clicked")).to_be_visible()
    keys.tab_to("button[data-log-out]")
    keys.press("Enter")
    page.wait_for_url("**/public/")
    page.context.close()


def test_like_and_comment(ada: Keys, product: Product) -> None:
    page = ada.page
    page.goto(f"{product.url}/public/")
    ada.press("j", "j")
    at = ada.where()
    like = page.locator("[data-item]:focus .action-like")
    was = like.get_attribute("aria-pressed")
    for key in ("l", "s", "b"):
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            ada.press(key)
        page.wait_for_timeout(200)
        assert ada.where()[:40] == at[:40]
    expect(like).not_to_have_attribute("aria-pressed", str(was))
    ada.press("o")
    page.wait_for_url("**/posts/*/")
    ada.press("c")
    ada.type("By keys")
    ada.tab_to("#reply .button-strong")
    ada.press("Space")
    mine = page.locator(".branch > article").filter(has_text="By keys")
    expect(mine).to_be_visible()
    expect(mine).to_be_focused()
    ada.where()


def test_a_conversation(ada: Keys, counted: str) -> None:
    page = ada.page
    page.goto(counted)
    posts = page.locator("[data-item]")
    ada.press("j", "j")
    expect(posts.nth(1)).to_be_focused()
    ada.where()
    ada.press("j")
    expect(posts.nth(2)).to_be_focused()
    ada.press("k")
    reply = posts.nth(1)
    expect(reply).to_be_focused()
    for key, verb in (("l", "like"), ("s", "share"), ("b", "bookmark")):
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            ada.press(key)
        expect(reply.locator(f".action-{verb}")).to_have_attribute("aria-pressed", "true")
        expect(reply).to_be_focused()
    ada.press("c")
    box = page.locator(".reply-in-place [name=body]")
    expect(box).to_be_focused()
    ada.where()
    ada.type("Not yet")
    ada.press("Escape")
    expect(box).to_have_count(0)
    expect(reply.locator(".action-comment")).to_be_focused()
    ada.where()
    ada.press("c")
    expect(box).to_have_value("Not yet")
    ada.tab_to("[data-reply-close]")
    ada.press("Enter")
    expect(reply.locator(".action-comment")).to_be_focused()
    ada.press("c")
    expect(box).to_be_focused()
    ada.type(", but now")
    ada.press("Control+Enter")
    mine = page.locator(".branch .branch > article").filter(has_text="Not yet, but now")
    expect(mine).to_be_focused()
    expect(box).to_have_count(0)
    ada.press("o")
    page.wait_for_url("**/posts/*/")
    expect(page.locator(".above + .post-alone")).to_contain_text("Not yet, but now")
    assert page.url != counted
    ada.press("c")
    expect(page.locator("#reply [name=body]")).to_be_focused()


def test_inbox_and_undo(ada: Keys) -> None:
    page = ada.page
    ada.press("g", "i")
    page.wait_for_url("**/inbox/")
    unread = page.locator(".entry-unread")
    before = unread.count()
    ada.tab_to("#mark-all")
    ada.press("Enter")
    expect(unread).to_have_count(0)
    page.wait_for_timeout(200)
    ada.where()
    ada.press("Shift+Tab")
    is_undo = "document.activeElement.matches('[data-flash-undo]')"
    for _ in range(5 * MOST_STEPS):  # past each entry, however many others made
        if page.evaluate(is_undo):
            break
        ada.press("Shift+Tab")
    assert page.evaluate(is_undo)
    ada.press("Enter")
    expect(unread).to_have_count(before)
    page.wait_for_timeout(200)
    ada.where()
    ada.press("j", "r")
    expect(unread).to_have_count(before - 1)
    page.wait_for_timeout(200)
    ada.where()


def test_search(ada: Keys) -> None:
    page = ada.page
    ada.press("/")
    page.wait_for_url("**/search/")
    if not page.evaluate("document.activeElement.matches('input[name=q]')"):
        ada.press("/")
    ada.where()
    ada.type("flamingo")
    ada.press("Enter")
    expect(page.get_by_text("412 dunlins").first).to_be_visible()


def test_menu_delete_and_undo(ada: Keys, product: Product) -> None:
    page = ada.page
    ada.press("n")
    ada.type("Short life, @f")
    expect(page.get_by_role("listbox")).to_be_visible()
    ada.press("ArrowDown", "Enter")
    ada.press("Control+Enter")
    post = page.locator(".post").filter(has_text="Short life")
    expect(post).to_be_visible()
    page.goto(f"{product.url}/@ada/")
    ada.press("j")
    ada.tab_to("[data-item] details.menu > summary")
    ada.press("Enter")
    ada.tab_to(".menu-danger")
    ada.press("Enter")
    expect(post).to_be_hidden()
    ada.where()
    is_undo = "document.activeElement.matches('[data-flash-undo]')"
    for _ in range(5 * MOST_STEPS):  # past each entry, however many others made
        if page.evaluate(is_undo):
            break
        ada.press("Shift+Tab")
    assert page.evaluate(is_undo)
    ada.press("Enter")
    expect(post).to_be_visible()
    page.wait_for_timeout(200)
    ada.where()
