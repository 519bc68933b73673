"""A browser and a server that disagree about push.

The push service is a fake: a Chromium without a window has none.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.chromium import EXECUTABLE, log_in
from tests.product import Product

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(EXECUTABLE is None, reason="Debian's chromium is not installed"),
]

# What Chromium would have, but for Google's servers. What it holds outlives the page, as a subscription does.
FAKE_PUSH = """
(() => {
  const kept = () => JSON.parse(localStorage.getItem("fake") || "null");
  const text = (bytes) => btoa(String.fromCharCode(...bytes))
    .replace(/\\+/g, "-").replace(/\\//g, "_").replace(/=+$/, "");
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const made = (held) => held && {
    endpoint: held.endpoint,
    options: { applicationServerKey: bytes(held.key).buffer },
    toJSON: () => ({ endpoint: held.endpoint, keys: held.keys }),
    unsubscribe: async () => { localStorage.removeItem("fake"); return true; },
  };
  PushManager.prototype.getSubscription = async () => made(kept());
  PushManager.prototype.subscribe = async ({ applicationServerKey: key }) => {
    if (kept() && kept().key !== key) throw new DOMException("another key", "InvalidStateError");
    const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
    const p256dh = text(new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)));
    const auth = text(crypto.getRandomValues(new Uint8Array(16)));
    const held = { endpoint: `https://push.example.org/${auth}`, key, keys: { p256dh, auth } };
    if (!kept()) localStorage.setItem("fake", JSON.stringify(held));
    return made(kept());
  };
  Notification.requestPermission = async () => "granted";
  Object.defineProperty(Notification, "permission", { get: () => "default" });
})();
"""


@pytest.fixture
def page(browser: Browser, product: Product) -> Iterator[Page]:
    """One browser, which people share; with service workers."""
    context: BrowserContext = browser.new_context(base_url=product.url)
    context.set_default_timeout(20_000)
    context.add_init_script(FAKE_PUSH)
    yield context.new_page()
    context.close()


def on(page: Page) -> bool:
    """Whether the page of devices says that push is on here."""
    page.goto("/settings/devices/")
    expect(page.locator("#push-state noscript")).to_have_count(0)
    said = page.locator("#push-state").inner_text() == "Push is on in this browser."
    assert page.locator("#push-on").is_hidden() == said
    return said


def kept(page: Page) -> Any:
    """The subscription that the browser holds."""
    return page.evaluate("JSON.parse(localStorage.getItem('fake'))")


def hold(page: Page, **changed: object) -> None:
    """The browser's subscription is another in part."""
    page.evaluate("held => localStorage.setItem('fake', JSON.stringify(held))", {**kept(page), **changed})


def turn_on(page: Page) -> None:
    page.locator("#push-on").click()
    expect(page.locator("#push-state")).to_have_text("Push is on in this browser.")


def log_out(page: Page) -> None:
    page.goto("/settings/")
    page.locator("#main").get_by_role("button", name="Log out").click()
    page.wait_for_url("**/public/**")


def test_push_in_a_shared_browser_is_of_one_person_at_a_time(page: Page, product: Product) -> None:
    log_in(page, product.url, "ada", product.demo_password)
    assert not on(page)
    turn_on(page)
    assert on(page)
    log_out(page)
    page.wait_for_function("!localStorage.getItem('fake')")

    log_in(page, product.url, "bob", product.demo_password)
    assert not on(page)
    turn_on(page)
    assert kept(page)
    # The session ends without a log-out, and Ada comes.
    page.context.clear_cookies()
    log_in(page, product.url, "ada", product.demo_password)
    page.wait_for_function("!localStorage.getItem('fake')")
    assert not on(page)


def test_after_remove_and_after_another_key_the_button_is_there_and_works(page: Page, product: Product) -> None:
    log_in(page, product.url, "ada", product.demo_password)
    assert not on(page)
    turn_on(page)
    remove = page.get_by_role("button", name="Remove Push")
    count = remove.count()
    remove.last.click()
    expect(remove).to_have_count(count - 1)
    assert kept(page)
    assert not on(page)
    turn_on(page)
    hold(page, key="BAAA")
    assert not on(page)
    turn_on(page)
    assert kept(page)["key"] == page.locator("#push").get_attribute("data-key")


def test_a_subscription_that_the_browser_renews_is_renewed_at_the_server(page: Page, product: Product) -> None:
    log_in(page, product.url, "ada", product.demo_password)
    assert not on(page)
    turn_on(page)
    count = page.get_by_role("button", name="Remove Push").count()
    before = kept(page)
    fresh = {"endpoint": f"{before['endpoint']}-renewed", "keys": before["keys"]}
    # Nothing but a push service can send this event to a worker.
    page.context.service_workers[0].evaluate(
        "([old, fresh]) => renew({ oldSubscription: { endpoint: old }, newSubscription: { toJSON: () => fresh } })",
        [before["endpoint"], fresh],
    )
    hold(page, **fresh)
    assert on(page)
    assert page.get_by_role("button", name="Remove Push").count() == count
