"""What happens in one browser is seen in another, by itself."""

import json
import os
import re
import signal
import time
import urllib.request
from collections.abc import Callable

import pytest
import redis
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.chromium import EXECUTABLE, log_in
from tests.browser.conftest import PATIENCE_MS
from tests.browser.test_two_people import sign_up
from tests.processes import processes
from tests.product import Product

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(EXECUTABLE is None, reason="Debian's chromium is not installed"),
]


def embedded(product: Product) -> dict[str, str]:
    """Where its servers are."""
    found: dict[str, str] = json.loads((product.data / "embedded.json").read_text())
    return found


def streams(product: Product) -> int:
    """How many are open."""
    url = f"http://127.0.0.1:{embedded(product)['LIVE_PORT']}/live/healthz"
    with urllib.request.urlopen(url) as answer:
        return int(json.loads(answer.read())["streams"])


def listens(page: Page) -> None:
    """Wait until the page's browser has its stream, and this page knows of it."""
    page.wait_for_function("navigator.locks.query().then(({ held }) => held.length === 1)")
    page.wait_for_timeout(1_000)


def write(page: Page, product: Product, text: str) -> str:
    """Post it; returns the post's id."""
    page.goto(product.url)
    page.get_by_label("What is on your mind?").fill(text)
    page.get_by_role("button", name="Post", exact=True).click()
    post = page.locator("[data-post]").filter(has_text=text)
    expect(post).to_be_visible()
    return str(post.get_attribute("data-post"))


def press(page: Page, product: Product, post: str, button: str) -> None:
    """Press a button of a post on its own page."""
    page.goto(f"{product.url}/posts/{post}/")
    page.locator(f'[data-post="{post}"]').get_by_role("button", name=button).first.click()


def test_a_like_moves_the_count_and_the_badge_in_the_authors_browser(
    product: Product, browser: Browser, page_of: Callable[..., Page]
) -> None:
    # An author whom no other test notifies.
    author, bob = sign_up(browser, product, "awake"), page_of("bob")
    post = write(author, product, "Who is awake?")
    listens(author)
    expect(author.locator("[data-badge]").first).to_be_hidden()
    press(bob, product, post, "Like")
    expect(author.locator(f'[data-post="{post}"] [data-count="likes"]')).to_have_text("1")
    expect(author.locator("[data-badge]").first).to_contain_text("1")
    expect(author).to_have_title(re.compile(r"^\(1\) "))
    press(bob, product, post, "Like")
    expect(author.locator(f'[data-post="{post}"] [data-count="likes"]')).to_have_text("0")


def test_the_inbox_grows_in_place(product: Product, page_of: Callable[..., Page]) -> None:
    ada, bob = page_of("ada"), page_of("bob")
    post = write(ada, product, "Does it grow?")
    ada.goto(f"{product.url}/inbox/")
    listens(ada)
    ada.evaluate("window.isTheSame = true")
    press(bob, product, post, "Share")
    first = ada.locator("#inbox-list > li").first
    expect(first).to_contain_text("Bob Okafor")
    expect(first).to_contain_text("Does it grow?")
    first.locator("button").last.focus()
    press(page_of("dana"), product, post, "Share")
    expect(ada.locator("#inbox-list > li").first).to_contain_text("Dana Reyes")
    assert ada.evaluate("window.isTheSame")
    expect(ada.locator("#inbox-list > li").filter(has_text="Does it grow?")).to_have_count(1)
    # The keys stepped to it, and then it changes.
    entry = first.locator("[data-item]")
    entry.evaluate("entry => { entry.tabIndex = -1; entry.focus() }")
    press(bob, product, post, "Share")
    expect(first).not_to_contain_text("Bob Okafor")
    expect(entry).to_be_focused()


def test_no_mark_is_lost_while_news_arrive(product: Product, page_of: Callable[..., Page]) -> None:
    ada, bob = page_of("ada"), page_of("bob")
    posts = {text: write(ada, product, text) for text in ("Mark this", "And this")}
    for post in posts.values():
        press(bob, product, post, "Share")
        expect(bob.locator(f'[data-post="{post}"] .action-share').first).to_have_attribute("aria-pressed", "true")
    ada.goto(f"{product.url}/inbox/")
    listens(ada)
    entries = [ada.locator(".entry").filter(has_text=text) for text in posts]
    for entry in entries:
        expect(entry).to_have_class("entry entry-unread")
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    ada.route(re.compile("/read/$"), hold, times=1)
    # One mark is on its way, the other waits for it, and the server knows of neither.
    for entry in entries:
        entry.locator(".entry-mark").click()
    press(page_of("dana"), product, posts["And this"], "Like")
    ada.wait_for_timeout(3_000)
    waiting[0].continue_()
    expect(ada.locator("#inbox-list > li").first).to_contain_text("Dana Reyes")
    for entry in (entries[0], entries[1].filter(has_text="shared")):
        expect(entry).to_have_class("entry")
    ada.reload()
    for entry in (entries[0], entries[1].filter(has_text="shared")):
        expect(entry).to_have_class("entry")


def test_what_is_pressed_stays_where_it_is_until_it_is_let_go(product: Product, page_of: Callable[..., Page]) -> None:
    ada = page_of("ada")
    posts = [write(ada, product, text) for text in ("Hold still", "One more")]
    press(page_of("bob"), product, posts[0], "Share")
    ada.goto(f"{product.url}/inbox/")
    listens(ada)
    entry = ada.locator(".entry").filter(has_text="Hold still")
    expect(entry).to_have_class("entry entry-unread")
    entry.locator(".entry-mark").hover()
    ada.mouse.down()
    press(page_of("dana"), product, posts[1], "Share")
    ada.wait_for_timeout(3_000)
    ada.mouse.up()
    expect(entry).to_have_class("entry")
    expect(ada.locator("#inbox-list > li").first).to_contain_text("One more")


def test_new_posts_wait_behind_a_pill_until_one_wants_them(product: Product, page_of: Callable[..., Page]) -> None:
    ada, bob = page_of("ada"), page_of("bob")
    listens(ada)
    for text in ("First loaf", "Second loaf"):
        write(bob, product, text)
    pill = ada.locator("#feed-new button")
    expect(pill).to_have_text("2 new posts")
    assert ada.get_by_text("Second loaf").count() == 0
    pill.click()
    posts = ada.locator("#feed > li")
    expect(posts.nth(0)).to_contain_text("Second loaf")
    expect(posts.nth(1)).to_contain_text("First loaf")
    expect(pill).to_be_hidden()


def test_posts_further_down_are_not_new(product: Product, page_of: Callable[..., Page]) -> None:
    """Who comes is told again of what is seconds old, also of what is on the second page of their feed."""
    posts = (
        "from socialapp.users.models import Person; from socialapp.posts.operations import publish_post; "
        "charlie = Person.objects.get(username='charlie'); "
        "[publish_post(author=charlie, body=f'Quick {n}') for n in range(25)]"
    )
    assert product.manage("shell", "-c", posts).returncode == 0
    emeka, charlie = page_of("emeka"), page_of("charlie")
    expect(emeka.locator("#feed")).to_contain_text("Quick 24")
    assert emeka.get_by_text("Quick 2", exact=True).count() == 0
    listens(emeka)
    expect(emeka.locator("#feed-new")).to_be_hidden()
    write(charlie, product, "After all of these")
    expect(emeka.locator("#feed-new button")).to_have_text("1 new post")


def test_the_tabs_of_a_browser_share_one_stream(product: Product, page_of: Callable[..., Page]) -> None:
    ada, bob = page_of("ada"), page_of("bob")
    post = write(ada, product, "How many streams?")
    listens(ada)
    before = streams(product)
    second, third = ada.context.new_page(), ada.context.new_page()
    second.goto(product.url)
    third.goto(f"{product.url}/posts/{post}/")
    third.wait_for_timeout(500)
    assert streams(product) == before
    press(bob, product, post, "Like")
    for page in (ada, second, third):
        expect(page.locator(f'[data-post="{post}"] [data-count="likes"]').first).to_have_text("1")
    ada.close()  # the one that had the stream
    press(bob, product, post, "Share")
    for page in (second, third):
        expect(page.locator(f'[data-post="{post}"] [data-count="shares"]').first).to_have_text("1")


def test_a_tab_that_sleeps_through_a_restart_of_redis_catches_up(
    product: Product, page_of: Callable[..., Page]
) -> None:
    ada, bob = page_of("ada"), page_of("bob")
    post = write(ada, product, "Good night.")
    listens(ada)
    asleep = ada.context.new_cdp_session(ada)
    asleep.send("Page.setWebLifecycleState", {"state": "frozen"})
    (valkey,) = (p.id for p in processes() if p.parent_id == product.process_id and "valkey-server" in p.command)
    os.kill(valkey, signal.SIGKILL)
    press(bob, product, post, "Like")
    write(bob, product, "While you slept")
    with redis.Redis.from_url(embedded(product)["REDIS_URL"]) as broker:
        wait_until_up(broker)
        broker.flushall()
    asleep.send("Page.setWebLifecycleState", {"state": "active"})
    expect(ada.locator(f'[data-post="{post}"] [data-count="likes"]')).to_have_text("1", timeout=PATIENCE_MS)
    expect(ada.locator("#feed-new button")).to_have_text("1 new post", timeout=PATIENCE_MS)


def wait_until_up(broker: redis.Redis) -> None:
    """Until the supervisor has started it again."""
    for _ in range(200):
        try:
            broker.ping()
        except redis.RedisError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("The broker did not come back.")


def test_a_killed_live_process_is_back_and_told_what_was_missed(product: Product, page_of: Callable[..., Page]) -> None:
    ada, bob = page_of("ada"), page_of("bob")
    post = write(ada, product, "Still there?")
    listens(ada)
    (live,) = (p.id for p in processes() if p.parent_id == product.process_id and "config.live" in p.command)
    os.kill(live, signal.SIGKILL)
    press(bob, product, post, "Like")
    expect(ada.locator(f'[data-post="{post}"] [data-count="likes"]')).to_have_text("1", timeout=PATIENCE_MS)


def test_where_streams_do_not_work_it_asks_again_and_again(product: Product, page_of: Callable[..., Page]) -> None:
    ada, bob = page_of("ada"), page_of("bob")

    def refuse(route: Route) -> None:
        route.abort()

    ada.route(f"http://127.0.0.1:{embedded(product)['LIVE_PORT']}/**", refuse)
    post = write(ada, product, "Without a stream")
    press(bob, product, post, "Like")
    expect(ada.locator(f'[data-post="{post}"] [data-count="likes"]')).to_have_text("1", timeout=40_000)
    expect(ada).to_have_title(re.compile(r"^\(\d+\) "))


def test_what_goes_down_from_the_first_page_of_the_inbox_is_not_lost(
    product: Product, page_of: Callable[..., Page]
) -> None:
    dana, bob = page_of("dana"), page_of("bob")
    likes = (
        "from socialapp.users.models import Person; from socialapp.posts.operations import publish_post; "
        "from reactions.operations import like; dana, bob = (Person.objects.get(username=n) for n in ('dana', 'bob')); "
        "[like(post_id=publish_post(author=dana, body=f'Row {n}')[0].pk, person_id=bob.pk) for n in range(30)]"
    )
    assert product.manage("shell", "-c", likes).returncode == 0
    post = write(dana, product, "And one more")
    dana.goto(f"{product.url}/inbox/?only=like")
    rows = dana.locator("#inbox-list > li")
    for _ in range(50):
        if rows.first.inner_text().find("Row 29") >= 0:
            break
        dana.reload()
    listens(dana)
    last = str(rows.last.locator("article").get_attribute("id"))
    press(bob, product, post, "Like")
    expect(rows.first).to_contain_text("And one more")
    expect(dana.locator(f"#{last}")).to_have_count(1)
    dana.get_by_role("link", name="Show more").click()
    expect(dana.locator("#inbox-list")).to_contain_text(re.compile(r"Row 0\b"))
    expect(dana.locator("#inbox-list")).to_contain_text(re.compile(r"Row 10\b"))
    for number in range(30):
        expect(rows.filter(has_text=re.compile(rf"Row {number}\b"))).to_have_count(1)


def log_out(page: Page, product: Product) -> None:
    """By the page that everybody uses."""
    page.goto(f"{product.url}/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Log out").click()
    page.wait_for_url(f"{product.url}/**")


def test_who_logs_in_again_beside_an_old_tab_is_told_the_news(product: Product, page_of: Callable[..., Page]) -> None:
    old, bob = page_of("ada", logs_out=True), page_of("bob")
    post = write(old, product, "Still me")
    listens(old)
    new = old.context.new_page()
    log_out(new, product)
    old.wait_for_timeout(4_000)  # until the stream is told that it opens nothing any more
    log_in(new, product.url, "ada", product.demo_password)
    new.goto(f"{product.url}/posts/{post}/")
    new.wait_for_timeout(1_000)
    press(bob, product, post, "Like")
    expect(new.locator(f'[data-post="{post}"] [data-count="likes"]').first).to_have_text("1", timeout=PATIENCE_MS)


def test_a_page_never_shows_the_news_of_who_logged_in_after_it_was_made(
    product: Product, page_of: Callable[..., Page]
) -> None:
    ada = page_of("ada")
    ada.context.route(f"http://127.0.0.1:{embedded(product)['LIVE_PORT']}/**", lambda route: route.abort())
    # As the session of somebody else would be answered.
    news = {"cursor": "9.9.9", "person": 0, "unread": 77, "posts": [], "counts": {}}
    ada.context.route("**/notifications/news/**", lambda route: route.fulfill(json=news))
    with ada.expect_response("**/notifications/news/**", timeout=60_000):
        ada.goto(f"{product.url}/public/")
    ada.wait_for_timeout(500)
    assert not ada.title().startswith("(77)")
