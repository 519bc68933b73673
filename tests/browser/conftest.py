"""One product and one browser for all tests that open pages: starting them costs more than what they test."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, StorageState

from tests.browser.chromium import chromium, log_in
from tests.browser.looking import done
from tests.product import Product, running_product

PATIENCE_MS = 20_000


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    """Healthy, with the demo people."""
    with running_product() as running:
        yield running


@pytest.fixture(scope="session")
def counted(product: Product) -> str:
    """The address of the demo's post that has pictures and comments: the count of birds."""
    found = product.manage(
        "shell", "-c", "from socialapp.posts.models import PostTag; print(PostTag.objects.get(name='flamingo').post_id)"
    )
    return f"{product.url}/posts/{found.stdout.split()[-1]}/"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Without a window. Of a module: while its driver runs, no other test can have an event loop."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def cookies_of(browser: Browser, product: Product) -> Callable[[str], StorageState]:
    """The cookies of a demo person who is logged in: once for a module, because guessing passwords is limited."""
    known: dict[str, StorageState] = {}

    def cookies(username: str) -> StorageState:
        if username not in known:
            context = browser.new_context()
            log_in(context.new_page(), product.url, username, product.demo_password)
            known[username] = context.storage_state()
            context.close()
        return known[username]

    return cookies


@pytest.fixture
def page_of(
    product: Product, browser: Browser, cookies_of: Callable[[str], StorageState]
) -> Iterator[Callable[..., Page]]:
    """A browser of their own, at the home page, in which a demo person is logged in.

    `logs_out`: the test will, so their log-in is not that of the others. Other options are Playwright's.
    Without service workers: some requests of a page that one controls go past Playwright, which then neither answers
    nor sees them.
    """
    contexts = []

    def page(username: str, *, logs_out: bool = False, **options: bool) -> Page:
        cookies = None if logs_out else cookies_of(username)
        contexts.append(browser.new_context(storage_state=cookies, service_workers="block", **options))  # type: ignore[arg-type]
        contexts[-1].set_default_timeout(PATIENCE_MS)
        found = contexts[-1].new_page()
        if logs_out:
            log_in(found, product.url, username, product.demo_password)
        found.goto(product.url)
        return found

    yield page
    for context in contexts:
        context.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What axe looked at, in one line, when it did."""
    if done:
        terminalreporter.write_line(
            f"Looked at {done['pages']} pages and states {done['looks']} times; axe ran {done['axe runs']} times."
        )
