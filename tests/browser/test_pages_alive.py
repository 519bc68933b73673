"""Pages that change in place: at once, put back when refused, with the focus where it was; and what is kept of them."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, StorageState, expect

from tests.browser.chromium import EXECUTABLE, log_in
from tests.product import Product

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(EXECUTABLE is None, reason="Debian's chromium is not installed"),
]


@pytest.fixture(params=["block"])
def context(
    request: pytest.FixtureRequest, browser: Browser, product: Product, cookies_of: Callable[[str], StorageState]
) -> Iterator[BrowserContext]:
    """Ada's browser. Whatever a page complains of in its console fails the test.

    Without service workers, unless a test asks: see `page_of`.
    """
    complaints: list[str] = []
    made = browser.new_context(base_url=product.url, storage_state=cookies_of("ada"), service_workers=request.param)
    made.on("weberror", lambda error: complaints.append(str(error.error)))
    made.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
    made.set_default_timeout(10_000)
    yield made
    made.close()
    assert complaints == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """Of Ada."""
    return context.new_page()


def stay(page: Page) -> Callable[[], bool]:
    """Whether the page is still the same one, never reloaded."""
    page.evaluate("window.stayed = true")
    return lambda: bool(page.evaluate("window.stayed === true"))


def refuse(status: int) -> Callable[[Route], None]:
    """A server that answers so, a little later."""

    def answer(route: Route) -> None:
        route.fulfill(status=status, body="<h1>no</h1>", content_type="text/html")

    return answer


def held_back(page: Page) -> list[Route]:
    """The likes that are on their way, and go on only when told to."""
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route(re.compile("like/$"), hold)
    return waiting


def first_like(page: Page) -> str:
    """The id of the first like button of a page."""
    found = page.locator(".action-like").first.get_attribute("id")
    assert found
    return f"#{found}"


def test_a_like_shows_at_once_and_holds(page: Page) -> None:
    page.goto("/public/")
    stayed = stay(page)
    like = page.locator(first_like(page))
    was = like.get_attribute("aria-pressed")
    now = "false" if was == "true" else "true"
    waiting = held_back(page)
    like.focus()
    page.keyboard.press("Enter")
    expect(like).to_have_attribute("aria-pressed", now)  # nobody has answered yet
    with page.expect_response(re.compile("like/$")):
        waiting[0].continue_()
    expect(like).to_have_attribute("aria-pressed", now)
    expect(like).to_be_focused()
    assert stayed()
    page.unroute_all()
    page.reload()
    expect(page.locator(first_like(page))).to_have_attribute("aria-pressed", now)


@pytest.mark.parametrize(
    ("status", "words"), [(500, "That did not work"), (429, "A little slower"), (413, "too much"), (0, "offline")]
)
def test_what_is_refused_is_put_back_and_said(page: Page, status: int, words: str) -> None:
    page.goto("/public/")
    like = page.locator(first_like(page))
    page.wait_for_timeout(1_500)  # what other tests did to it is counted by now
    was, count = like.get_attribute("aria-pressed") or "", like.inner_text()
    page.route(re.compile("like/$"), refuse(status) if status else lambda route: route.abort())
    like.click()
    expect(page.locator("#flashes")).to_contain_text(words)
    expect(like).to_have_attribute("aria-pressed", was)
    assert like.inner_text() == count
    page.locator("#flashes").get_by_role("button", name="Close").click()
    expect(page.locator("#flashes")).to_be_empty()


def test_pressed_often_it_ends_as_it_was_pressed_last(page: Page) -> None:
    page.goto("/public/")
    where = first_like(page)
    was = page.locator(where).get_attribute("aria-pressed")
    waiting = held_back(page)
    for _ in range(4):
        page.locator(where).click()
    page.wait_for_timeout(200)
    assert len(waiting) == 1  # one at a time
    with page.expect_request(re.compile("like/$")):
        waiting[0].continue_()
    page.wait_for_timeout(200)
    with page.expect_response(re.compile("like/$")):
        waiting[1].continue_()
    expect(page.locator(where)).to_have_attribute("aria-pressed", str(was))
    page.unroute_all()
    page.reload()
    expect(page.locator(where)).to_have_attribute("aria-pressed", str(was))


def test_who_is_logged_out_is_asked_in_and_led_back(page: Page, context: BrowserContext, product: Product) -> None:
    page.goto("/public/")
    context.clear_cookies(name="sessionid")
    like = page.locator(first_like(page))
    was = like.get_attribute("aria-pressed") or ""
    like.click()
    flash = page.locator("#flashes")
    expect(flash).to_contain_text("You are logged out")
    expect(like).to_have_attribute("aria-pressed", was)
    flash.get_by_role("link", name="Log in").click()
    page.get_by_label("Login").fill("ada")
    page.get_by_label("Password").fill(product.demo_password)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    page.wait_for_url("/public/")


def test_the_token_may_change_in_another_tab(page: Page, context: BrowserContext, product: Product) -> None:
    page.goto("/public/")
    context.clear_cookies()
    other = context.new_page()
    log_in(other, product.url, "ada", product.demo_password)
    like = page.locator(first_like(page))
    with page.expect_response(re.compile("like/$")) as answered:
        like.click()
    assert answered.value.status == 200


def test_somebody_else_does_nothing_in_adas_name(page: Page, context: BrowserContext, product: Product) -> None:
    page.goto("/public/")
    context.clear_cookies()
    log_in(context.new_page(), product.url, "bob", product.demo_password)
    page.locator(first_like(page)).click()
    expect(page.locator("#flashes")).to_contain_text("You are somebody else now")


def test_follow_in_place(page: Page) -> None:
    page.goto("/@dana/")
    stayed = stay(page)
    button, counted = page.locator(".profile .follow"), page.locator("[data-count=followers] + [data-one]")
    bell = page.get_by_role("button", name="Ring me when")
    before = int(page.locator("[data-count=followers]").inner_text())
    expect(counted).to_have_text("follower" if before == 1 else "followers")
    expect(bell).to_be_hidden()
    button.click()
    expect(button).to_contain_text("Following")
    expect(bell).to_be_visible()
    expect(page.locator("[data-count=followers]")).to_have_text(str(before + 1))
    expect(counted).to_have_text("follower" if before == 0 else "followers")
    with page.expect_response(re.compile("bell/$")):
        bell.click()
    expect(bell).to_have_attribute("aria-pressed", "true")
    with page.expect_response(re.compile("bell/off/$")):
        bell.click()
    with page.expect_response(re.compile("unfollow/$")):
        button.click()
    expect(button).to_contain_text("Follow")
    assert stayed()


def test_comment_reply_delete_and_undo_without_a_reload(page: Page, counted: str) -> None:
    page.goto(counted)
    stayed = stay(page)
    page.get_by_label("Your comment").fill("First of mine")
    page.keyboard.press("Control+Enter")
    branch = page.locator(".thread > .branch").filter(has_text="First of mine")
    mine = branch.locator("> article")
    expect(mine).to_be_visible()
    expect(page.get_by_label("Your comment")).to_have_value("")
    expect(page.locator("#flashes")).to_contain_text("Your comment is there.")

    mine.get_by_role("link", name="Reply").click()
    box = page.get_by_label("Your reply to Ada Winter")
    expect(box).to_be_focused()
    box.fill("And an answer")
    page.locator(".reply-in-place").get_by_role("button", name="Reply").click()
    answer = page.locator(".branch .branch > article").filter(has_text="And an answer")
    expect(answer).to_be_visible()
    expect(box).to_have_count(0)
    expect(mine.locator("[data-count=comments]")).to_have_text("1")

    # A reply that others answered keeps its place.
    head = page.locator("#comments-head")
    before = head.inner_text()
    mine.locator("summary").click()
    mine.get_by_role("button", name="Delete").click()
    expect(mine).to_be_hidden()
    expect(branch.get_by_text("This comment cannot be seen any more.")).to_be_visible()
    expect(answer).to_be_visible()
    expect(head).not_to_have_text(before)
    page.get_by_role("button", name="Undo").click()
    expect(mine).to_be_visible()
    expect(branch.get_by_text("This comment cannot be seen any more.")).to_have_count(0)
    expect(head).to_have_text(before)

    answer.locator("summary").click()
    answer.get_by_role("button", name="Delete").click()
    expect(answer).to_be_hidden()
    expect(branch.get_by_text("This comment cannot be seen any more.")).to_have_count(0)
    expect(mine.locator("[data-count=comments]")).to_have_text("0")
    page.get_by_role("button", name="Undo").last.click()
    expect(answer).to_be_visible()
    expect(mine.locator("[data-count=comments]")).to_have_text("1")
    assert stayed()

    mine.locator("summary").click()
    mine.get_by_role("link", name="Edit").click()
    page.locator("main textarea").first.fill("First, edited")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".above + .post-alone")).to_contain_text("First, edited")
    expect(page.locator(".post-alone")).to_contain_text("edited")


def test_a_comment_that_is_refused_stays_as_it_was_typed(page: Page, counted: str) -> None:
    page.goto(counted)
    page.route(re.compile("comments/$"), refuse(500))
    box = page.get_by_label("Your comment")
    box.fill("Precious words")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator("#flashes")).to_contain_text("That did not work")
    expect(box).to_have_value("Precious words")
    page.unroute_all()
    page.reload()
    expect(box).to_have_value("Precious words")
    page.get_by_role("button", name="Discard").click()
    expect(box).to_have_value("")


def test_a_reply_that_is_refused_stays_in_its_place(page: Page, counted: str) -> None:
    page.goto(counted)
    reply = page.locator(".thread > .branch").first
    reply.get_by_role("link", name="Reply").first.click()
    box = page.locator(".reply-in-place [name=body]")
    box.fill("x" * 5_001)
    page.evaluate("document.querySelector('.reply-in-place').noValidate = true")
    page.locator(".reply-in-place").evaluate("form => form.requestSubmit()")
    expect(page.locator(".reply-in-place .errors").first).to_be_visible()
    expect(box).to_have_value("x" * 5_001)
    box.fill("Shorter")
    box.press("Control+Enter")
    expect(reply.locator(".branch").filter(has_text="Shorter")).to_be_visible()
    expect(box).to_have_count(0)


def test_one_form_in_place_at_a_time_and_both_drafts_are_kept(page: Page, counted: str) -> None:
    page.goto(counted)
    links = page.locator(".thread > .branch > article .action-comment")
    box = page.locator(".reply-in-place [name=body]")
    for number in range(2):
        links.nth(number).click()
        expect(box).to_have_value("")
        box.fill(f"Draft {number}")
    expect(box).to_have_count(1)
    page.reload()
    for number in range(2):
        links.nth(number).click()
        expect(box).to_have_value(f"Draft {number}")
        box.fill("")
        box.press("Escape")


def test_too_long_is_told_before_and_when_it_is_sent(page: Page) -> None:
    page.goto("/posts/")
    box = page.get_by_label("What is on your mind?")
    box.fill("🙂" * 4_990)
    expect(page.locator(".count")).to_have_text("10 characters left")
    box.fill("x" * 5_001)
    expect(page.locator(".count")).to_have_text("1 character too many")
    page.get_by_role("button", name="Post", exact=True).click()
    assert page.evaluate("document.querySelector('main textarea').validity.customError")
    assert page.url.endswith("/posts/")


def test_a_draft_outlives_the_page_and_not_the_sending(page: Page, context: BrowserContext) -> None:
    page.goto("/")
    page.get_by_label("What is on your mind?").fill("Half a thought")
    page.close()
    page = context.new_page()
    page.goto("/posts/")
    box = page.get_by_label("What is on your mind?")
    expect(box).to_have_value("Half a thought")
    expect(page.get_by_text("Draft restored")).to_be_visible()
    box.press("Control+Enter")
    page.wait_for_url("/")
    expect(page.locator("#flashes")).to_contain_text("Posted.")
    page.goto("/posts/")
    expect(box).to_have_value("")


def test_drafts_leave_with_the_person(page: Page, context: BrowserContext, product: Product) -> None:
    context.clear_cookies()  # a session of its own, which ends here
    log_in(page, product.url, "ada", product.demo_password)
    page.get_by_label("What is on your mind?").fill("Secret")
    page.wait_for_timeout(400)
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("/public/")
    assert page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('draft'))") == []


def written(page: Page, text: str) -> Locator:
    """A new post of Ada's, on her profile."""
    page.goto("/posts/")
    page.get_by_label("What is on your mind?").fill(text)
    page.get_by_role("button", name="Post", exact=True).click()
    page.wait_for_url("**/")
    page.goto("/@ada/")
    return page.locator(".post").filter(has_text=text)


def test_a_post_is_deleted_and_brought_back_in_place(page: Page) -> None:
    post = written(page, "Short lived")
    stayed = stay(page)
    post.locator("summary").click()
    post.get_by_role("button", name="Delete").click()
    expect(post).to_be_hidden()
    page.get_by_role("button", name="Undo").click()
    expect(post).to_be_visible()
    expect(page.locator("#flashes")).to_contain_text("The post is back.")
    assert stayed()


def test_a_post_whose_deletion_fails_stays(page: Page) -> None:
    post = written(page, "Hard to lose")
    page.route(re.compile("delete/$"), refuse(500))
    post.locator("summary").click()
    post.get_by_role("button", name="Delete").click()
    expect(page.locator("#flashes")).to_contain_text("That did not work")
    expect(post).to_be_visible()


def test_the_inbox_is_marked_and_the_mark_undone(page_of: Callable[..., Page], product: Product) -> None:
    made = product.manage("shell", "-c", THREE_LIKES.format(password=product.demo_password))
    assert made.returncode == 0, made.stderr
    page = page_of("ines")  # of whom other tests want nothing
    page.goto(f"{product.url}/inbox/")
    unread = page.locator(".entry-unread")
    badge = page.locator("[data-badge] > :first-child")
    mark = page.locator(".entry-mark").first
    expect(unread).to_have_count(3)
    expect(badge).to_have_text("3")
    stayed = stay(page)
    mark.click()
    expect(unread).to_have_count(2)
    expect(badge).to_have_text("2")
    mark.click()
    expect(unread).to_have_count(3)
    page.get_by_role("button", name="Mark all read").click()
    expect(unread).to_have_count(0)
    expect(badge).to_be_hidden()
    page.get_by_role("button", name="Undo").click()
    expect(unread).to_have_count(3)
    expect(badge).to_have_text("3")
    assert stayed()


THREE_LIKES = """
from reactions.operations import like
from socialapp.posts.operations import publish_post
from socialapp.users.models import Person
ines = Person.objects.create_user(username="ines", email="ines@example.com", password="{password}")
for number in range(3):
    post, is_new = publish_post(author=ines, body=f"Note {{number}}")
    like(post_id=post.pk, person_id=Person.objects.get(username="bob").pk)
"""


def test_more_of_a_list_is_added_to_it(page: Page, product: Product) -> None:
    made = product.manage("shell", "-c", MANY_POSTS)
    assert made.returncode == 0, made.stderr
    page.goto("/@paula/")
    stayed = stay(page)
    posts = page.locator("#feed > li")
    expect(posts).to_have_count(20)
    more = page.get_by_role("link", name="Show more")
    more.focus()
    page.keyboard.press("Enter")
    expect(posts).to_have_count(40)
    expect(more).to_be_focused()
    more.click()
    expect(more).to_be_hidden()
    expect(page.locator("#feed > li").nth(40).locator("[data-item]")).to_be_focused()
    assert stayed()
    ids = page.eval_on_selector_all("[id]", "all => all.map((one) => one.id)")
    assert len(ids) == len(set(ids))


MANY_POSTS = """
from socialapp.posts.operations import publish_post
from socialapp.users.models import Person
paula = Person.objects.create_user(username="paula", email="paula@example.com")
for number in range(45):
    publish_post(author=paula, body=f"Note {number}")
"""


def test_keys(page: Page) -> None:
    page.goto("/public/")
    page.keyboard.press("j")
    first = page.locator("#feed [data-item]").first
    expect(first).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(first).to_be_focused()
    like = first.locator(".action-like")
    was = like.get_attribute("aria-pressed")
    with page.expect_response(re.compile("like/$")):
        page.keyboard.press("l")
    expect(like).not_to_have_attribute("aria-pressed", str(was))
    page.keyboard.press("?")
    panel = page.get_by_role("dialog")
    expect(panel).to_be_visible()
    panel.get_by_label("Single keys").uncheck()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_timeout(200)
    assert page.url.endswith("/public/")  # turned off
    page.get_by_role("link", name="Keyboard shortcuts").click()
    panel.get_by_label("Single keys").check()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url("/inbox/")
    page.keyboard.press("n")
    page.wait_for_url("/posts/")
    page.get_by_label("What is on your mind?").press("u")  # typing is typing
    expect(page.get_by_label("What is on your mind?")).to_have_value("u")


@pytest.mark.parametrize("context", ["allow"], indirect=True)
def test_without_a_connection_there_is_a_page_that_comes_back(page: Page, context: BrowserContext) -> None:
    page.goto("/")
    page.evaluate(
        "new Promise((done) => { const worker = navigator.serviceWorker;"
        " worker.addEventListener('controllerchange', () => done(true)); if (worker.controller) done(true); })"
    )
    context.set_offline(True)
    page.goto("/inbox/")
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    expect(page.locator("body")).not_to_have_css("background-color", "rgb(255, 255, 255)")
    kept = page.evaluate(
        "caches.keys().then(async (names) => (await Promise.all(names.map(async (name) => (await (await caches.open(name)).keys()).map((one) => new URL(one.url).pathname)))).flat())"  # noqa: E501
    )
    assert not [path for path in kept if path != "/offline/" and not path.startswith("/static/")]
    context.set_offline(False)
    # The first look may come before the worker's own connection is back; there is one every two seconds.
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible(timeout=20_000)


def test_it_can_be_installed(page: Page) -> None:
    page.goto("/")
    said = page.request.get(page.locator("link[rel=manifest]").get_attribute("href") or "")
    assert said.headers["content-type"] == "application/manifest+json"
    manifest = said.json()
    assert manifest["display"] == "standalone"
    assert [each["url"] for each in manifest["shortcuts"]] == ["/posts/", "/inbox/"]
    for icon in manifest["icons"]:
        size = page.evaluate(
            "(src) => new Promise((done) => { const image = new Image(); image.onload = () => done(`${image.naturalWidth}x${image.naturalHeight}`); image.src = src; })",  # noqa: E501
            icon["src"],
        )
        assert size == icon["sizes"]


def test_light_and_dark_may_be_chosen(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("html")).to_have_css("background-color", "rgb(16, 20, 18)")
    page.get_by_role("button", name="As the device").click()
    expect(page.locator("html")).not_to_have_attribute("data-theme", "dark")


def test_times_stay_true(page: Page) -> None:
    page.clock.install()
    page.goto("/public/")
    page.evaluate(
        "document.querySelector('time[data-ago]').dateTime = new Date(Date.now() - 1000 * 60 * 2.5).toISOString()"
    )
    page.clock.run_for(16_000)
    expect(page.locator("time[data-ago]").first).to_have_text("2 min ago")
    page.clock.run_for(60_000 * 60 * 3)
    expect(page.locator("time[data-ago]").first).to_have_text("3 h ago")


@pytest.mark.parametrize(
    ("locale", "zone", "whole"),
    [
        ("en-US", "Asia/Kolkata", "Saturday, 28 November 2026 at 02:00 GMT+5:30"),
        ("en-GB", "America/New_York", "Friday, 27 November 2026 at 15:30 GMT-5"),
        ("en-GB", "Europe/London", "Friday, 27 November 2026 at 20:30 GMT"),
        ("de-DE", "Europe/Berlin", "Freitag, 27. November 2026 um 21:30 MEZ"),
        ("de-DE", "Asia/Kolkata", "Samstag, 28. November 2026 um 02:00 GMT+5:30"),
    ],
)
def test_a_time_that_is_hovered_is_whole_in_the_language_and_the_zone_of_its_reader(
    browser: Browser, product: Product, locale: str, zone: str, whole: str
) -> None:
    context = browser.new_context(locale=locale, timezone_id=zone)
    page = context.new_page()
    page.goto(f"{product.url}/public/")
    time = page.locator("time[data-ago]").first
    time.evaluate("time => { time.dateTime = '2026-11-27T20:30:00Z' }")
    time.hover()
    # Whether a comma follows the day goes by the browser's version.
    expect(time).to_have_attribute("title", re.compile(f"^{re.escape(whole).replace(',', ',?')}$"))
    context.close()


def test_a_page_one_comes_back_to_is_fresh(page: Page) -> None:
    page.goto("/public/")
    where = first_like(page)
    was = page.locator(where).get_attribute("aria-pressed")
    post = page.locator(where.replace("like", "post"))
    post.locator("time").click()
    with page.expect_response(re.compile("like/$")):
        page.locator(where).click()
    page.go_back()
    expect(page.locator(where)).not_to_have_attribute("aria-pressed", str(was))
