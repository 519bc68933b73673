"""A conversation in two browsers: one replies in place, and what others write arrives without moving what one reads."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.browser.chromium import EXECUTABLE
from tests.browser.test_live import listens, write
from tests.product import Product

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(EXECUTABLE is None, reason="Debian's chromium is not installed"),
]

PHONE = ViewportSize(width=360, height=780)
# Where the post that a page is about begins, and the room for it.
PLACE = "post => { const { top, bottom } = post.getBoundingClientRect(); return [top, bottom, innerHeight]; }"


@pytest.fixture
def ada(page_of: Callable[..., Page]) -> Page:
    """Hers."""
    return page_of("ada")


@pytest.fixture
def bob(page_of: Callable[..., Page]) -> Page:
    """His."""
    return page_of("bob")


@pytest.fixture
def talk(ada: Page, bob: Page, product: Product, request: pytest.FixtureRequest) -> str:
    """The id of a post of Ada's, at whose page both look, and hear of what happens there."""
    post = write(ada, product, f"Which sound would you keep? {request.node.name}")
    for page in (ada, bob):
        page.goto(f"{product.url}/posts/{post}/")
        listens(page)
        page.evaluate("window.stayed = true")
    return post


def comment(page: Page, text: str) -> str:
    """Write it below the post that the page is about; returns its id."""
    page.locator("#reply [name=body]").fill(text)
    page.locator("#reply [name=body]").press("Control+Enter")
    return id_of(page, text)


def reply(page: Page, to: str, text: str) -> str:
    """Write it in place; returns its id."""
    page.locator(f"#comment-on-{to}").click()
    box = page.locator(f"#reply-to-{to} [name=body]")
    expect(box).to_be_focused()
    box.fill(text)
    box.press("Control+Enter")
    expect(box).to_have_count(0)
    return id_of(page, text)


def id_of(page: Page, text: str) -> str:
    """Of a reply that is shown."""
    found = page.locator("article.post-reply").filter(has_text=text)
    expect(found).to_be_visible()
    return str(found.get_attribute("data-post"))


def says(page: Page, post: str, head: str, icon: str, listed: int) -> None:
    """Wait until the headline says that there are so many replies, so does the icon of the post, and so many stand."""
    expect(page.locator("#comments-head")).to_have_text(head)
    expect(page.locator(f"#comment-on-{post} [data-count]")).to_have_text(icon)
    expect(page.locator(".thread > .branch:not([hidden])")).to_have_count(listed)


def test_replies_likes_and_counts_arrive_by_themselves(ada: Page, bob: Page, talk: str) -> None:
    first = comment(bob, "A bell.")
    says(bob, talk, "1 comment", "1", 1)
    expect(ada.locator(f"#post-{first}")).to_contain_text("A bell.")
    says(ada, talk, "1 comment", "1", 1)

    second = reply(ada, first, "Which bell?")
    expect(ada.locator(f"#post-{second}")).to_be_focused()
    expect(ada.locator(f"#comment-on-{first} [data-count]")).to_have_text("1")
    expect(bob.locator(f"#replies-of-{first} > #branch-{second}")).to_contain_text("Which bell?")
    expect(bob.locator(f"#comment-on-{first} [data-count]")).to_have_text("1")
    expect(bob.locator(f"#post-{second} .post-beginner")).to_have_text("Author")
    expect(bob.locator(f"#post-{first} .post-beginner")).to_have_count(0)

    # What arrived is alive, too.
    bob.locator(f"#like-{second}").click()
    expect(ada.locator(f"#like-{second} [data-count]")).to_have_text("1")
    third = reply(bob, second, "Over the door.")
    expect(ada.locator(f"#replies-of-{second} > #branch-{third}")).to_be_visible()
    comment(ada, "Mine is the loom.")
    expect(bob.locator(".thread > .branch")).to_have_count(2)
    for page in (ada, bob):
        says(page, talk, "2 comments", "2", 2)
    assert ada.evaluate("window.stayed")
    assert bob.evaluate("window.stayed")
    for page in (ada, bob):
        before = [page.locator(f"[id='branch-{each}']").count() for each in (first, second, third)]
        assert before == [1, 1, 1]


def test_what_would_push_what_one_reads_waits_for_a_press(ada: Page, bob: Page, talk: str) -> None:
    first = comment(bob, "The first")
    for number in range(3):
        comment(bob, f"Number {number}")
    expect(ada.locator(".thread > .branch")).to_have_count(4)
    ada.evaluate("scrollTo(0, 0)")
    place = "document.querySelector('.thread > .branch:nth-child(2)').getBoundingClientRect().top"
    before = ada.evaluate(place)
    replies = [reply(bob, first, text) for text in ("It pushes", "It pushes, too")]
    pill = ada.locator("#replies-new button")
    expect(pill).to_have_text("2 new replies")
    assert ada.evaluate(place) == before
    assert ada.locator(f"#post-{replies[0]}").count() == 0
    expect(ada.locator(f"#comment-on-{first} [data-count]")).to_have_text("2")
    pill.click()
    for each in replies:
        expect(ada.locator(f"#replies-of-{first} > #branch-{each}")).to_be_visible()
    expect(ada.locator(f"#post-{replies[0]}")).to_be_focused()
    expect(pill).to_have_count(0)
    # At the end, nothing is pushed.
    last = comment(bob, "At the end")
    expect(ada.locator(f"#post-{last}")).to_be_visible()
    expect(pill).to_have_count(0)


def test_what_its_author_deletes_goes_elsewhere_too(ada: Page, bob: Page, talk: str) -> None:
    first, second = comment(bob, "The first"), comment(bob, "The second")
    answer = reply(ada, first, "An answer to it")
    bob.get_by_role("button", name="1 new reply").click()
    expect(bob.locator(f"#post-{answer}")).to_be_visible()
    for each in (first, second):
        post = bob.locator(f"#post-{each}")
        post.locator("summary").click()
        post.get_by_role("button", name="Delete").click()
        expect(post).to_be_hidden()
    bob.get_by_role("button", name="Undo").last.hover()  # so that it stays
    ada.locator("#reply [name=body]").focus()
    expect(ada.locator(f"#branch-{first} > .post-gone")).to_be_visible()
    expect(ada.locator(f"#post-{first}")).to_have_count(0)
    expect(ada.locator(f"#post-{answer}")).to_be_visible()
    expect(bob.locator("#comments-head")).to_have_text("Comments", use_inner_text=True)
    expect(bob.locator(f"#comment-on-{talk} [data-count]")).to_have_text("0")
    expect(ada.locator("#comments-head")).to_have_text("Comments", use_inner_text=True)
    bob.get_by_role("button", name="Undo").last.click()
    expect(bob.locator(f"#post-{second}")).to_be_visible()
    expect(ada.locator(f"#post-{second}")).to_be_visible()
    expect(ada.locator("#comments-head")).to_have_text(re.compile("1\\s+comment"))
    # What was answered comes back to its place.
    bob.get_by_role("button", name="Undo").last.click()
    expect(ada.locator(f"#branch-{first} > #post-{first}")).to_be_visible()
    expect(ada.locator(".post-gone")).to_have_count(0)
    says(ada, talk, "2 comments", "2", 2)


def test_who_is_blocked_changes_no_number_of_the_page(
    page_of: Callable[..., Page], bob: Page, product: Product, talk: str
) -> None:
    charlie, dana = page_of("charlie"), page_of("dana")
    dana.goto(f"{product.url}/@charlie/")
    dana.locator("#more-about-person").click()
    dana.get_by_role("button", name="Block", exact=True).click()
    dana.wait_for_load_state()
    for page in (charlie, dana):
        page.goto(f"{product.url}/posts/{talk}/")
    listens(dana)
    first = comment(charlie, "Dana does not see this.")
    comment(bob, "Dana sees this.")
    expect(dana.locator("article.post-reply")).to_contain_text("Dana sees this.")
    says(dana, talk, "1 comment", "1", 1)
    reply(charlie, first, "Nor this.")
    comment(charlie, "Nor that.")
    says(bob, talk, "3 comments", "3", 3)
    says(dana, talk, "1 comment", "1", 1)
    dana.reload()
    says(dana, talk, "1 comment", "1", 1)
    dana.goto(f"{product.url}/@charlie/")
    expect(dana.locator("main")).to_contain_text("You have blocked")
    dana.locator(".profile").get_by_role("button", name="Unblock").click()
    expect(dana.locator("main")).not_to_contain_text("You have blocked")


def test_many_replies_to_a_reply_are_on_its_own_page(ada: Page, bob: Page, product: Product, talk: str) -> None:
    first = comment(bob, "The first")
    for number in range(5):
        reply(bob, first, f"Number {number}.")
    ada.reload()
    listens(ada)
    more = ada.locator(f"#more-of-{first}")
    expect(more).to_have_text("2 more replies")
    reply(bob, first, "Number 5.")
    expect(more).to_have_text("3 more replies")
    more.click()
    expect(ada.locator(".branch")).to_have_count(6)
    says(ada, first, "6 replies", "6", 6)
    ada.go_back()
    expect(more).to_have_text("3 more replies")


def test_a_page_opens_at_its_post_with_what_it_answers_above_it(
    page_of: Callable[..., Page], ada: Page, bob: Page, product: Product, talk: str
) -> None:
    at = comment(bob, "The first")
    for number in range(6):
        at = reply(bob, at, f"One deeper, number {number}")
    for page in (ada, page_of("charlie", viewport=PHONE)):
        page.goto(f"{product.url}/posts/{at}/")
        top, bottom, height = page.locator(".post-alone").evaluate(PLACE)
        assert 0 < top < bottom < height
        assert page.locator(".above > li").count() == 7
        last = page.locator(".above > li").last
        assert last.evaluate(PLACE)[1] > 0  # a glimpse of what it answers
        # Going back to a page, it is where one left it.
        page.evaluate("scrollTo(0, 0)")
        page.reload()
        page.wait_for_timeout(300)
        assert page.evaluate("scrollY") == 0
    assert_narrow(page)


def assert_narrow(page: Page) -> None:
    """On a phone, replies stand at most three narrow steps further in."""
    root = page.locator(".above article").first
    page.goto(f"{page.url.split('/posts/')[0]}/posts/{root.get_attribute('data-post')}/")
    lefts: list[float] = page.locator(".branch > article").evaluate_all(
        "all => [...new Set(all.map(one => one.getBoundingClientRect().left))]"
    )
    assert len(lefts) == 4
    assert max(lefts) - min(lefts) < PHONE["width"] / 4


def test_buttons_say_about_whose_reply_they_are(ada: Page, bob: Page, talk: str) -> None:
    first = comment(bob, "The first")
    post: Locator = ada.locator(f"#post-{first}")
    for role, name in (
        ("link", "Reply; replies so far: 0 Bob Okafor"),
        ("button", "Share; shares so far: 0 Bob Okafor"),
        ("button", "Like; likes so far: 0 Bob Okafor"),
        ("button", "Bookmark Bob Okafor"),
    ):
        expect(post.get_by_role(role, name=name, exact=True)).to_be_visible()  # type: ignore[arg-type]
