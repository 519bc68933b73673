"""Every page and state, wide and on phones, light and dark: axe finds nothing, nothing fails or scrolls sideways."""

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import override
from playwright.sync_api import Browser, Page

from tests.browser.chromium import EXECUTABLE
from tests.browser.every_page import PAGES, Listed
from tests.browser.facts import Facts, facts
from tests.browser.looking import WIDE, Watch, watched, wrong_in_short, wrong_with
from tests.browser.states import STATES, State
from tests.product import Product

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(EXECUTABLE is None, reason="Debian's chromium is not installed"),
]


@pytest.fixture(scope="session")
def known(product: Product) -> Facts:
    """What is there."""
    return facts(product)


class Lookers:
    """A page for each who looks: kept, so that nobody logs in twice."""

    def __init__(self, browser: Browser, known: Facts) -> None:
        self.browser, self.known = browser, known
        self.pages: dict[tuple[str, bool], tuple[Page, Watch]] = {}

    def page(self, who: str, *, without_worker: bool = False) -> tuple[Page, Watch]:
        """Of a person, by username; of a stranger, or of one who reads German."""
        key = who, without_worker
        if key not in self.pages:
            context = self.browser.new_context(
                base_url=self.known.url,
                locale="de-DE" if who == "stranger-de" else "en-GB",
                reduced_motion="reduce",
                service_workers="block" if without_worker else "allow",
            )
            # The offline page asks /healthz and reloads when it is answered. Here it never is, so the page stays.
            context.route("**/healthz", lambda route: route.abort("aborted"))
            if not who.startswith("stranger"):
                self.known.let_in(context, who)
            page = context.new_page()
            page.set_default_timeout(10_000)
            self.pages[key] = page, watched(page)
        return self.pages[key]


@pytest.fixture(scope="module")
def lookers(browser: Browser, known: Facts) -> Lookers:
    """Everybody."""
    return Lookers(browser, known)


def address(listed: Listed, known: Facts, owner: str) -> str:
    """Of a page, with what belongs to somebody."""
    return reverse(listed.name, args=listed.args(known.of[owner])) + listed.query


def cases() -> list[object]:
    """Each page for each who may see it."""
    found = []
    for page in PAGES:
        if page.members:
            found += [(page, page.by or "vera"), *([] if page.by else [(page, "hanna")])]
        if page.strangers:
            found += [(page, "stranger"), (page, "stranger-de")]
    return [pytest.param(page, who, id=f"{page.id}-{who}") for page, who in found]


@pytest.mark.parametrize(("listed", "who"), cases())
def test_page(lookers: Lookers, known: Facts, listed: Listed, who: str) -> None:
    page, watch = lookers.page(who)
    owner = who if who in {"vera", "hanna"} else "vera"
    watch.take()
    path = address(listed, known, owner)
    answer = page.goto(path)
    assert answer
    german = who in {"hanna", "stranger-de"}
    assert answer.status == listed.status
    if listed.status != 200:
        watch.forget_answers()
    if not listed.leads:
        assert page.url == known.url + path
    tell(wrong_in_short(page, lang="de") if german else wrong_with(page), watch)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name.replace(" ", "_"))
def test_state(lookers: Lookers, known: Facts, state: State) -> None:
    page, watch = lookers.page(state.who, without_worker=state.without_worker)
    page.set_viewport_size(WIDE)
    watch.take()
    answer = page.goto(state.path.format(**known.of["vera"]))
    assert answer
    assert answer.status == state.status
    state.reach(page)
    watch.forget_answers()
    lang = "de" if state.who == "stranger-de" else "en"
    tell(wrong_with(page, lang=lang), watch)


@pytest.mark.parametrize("template", ["400", "403", "403_csrf", "404", "413", "429", "500"])
def test_failure(lookers: Lookers, template: str) -> None:
    page, watch = lookers.page("stranger")
    with override("en"):
        body = render_to_string(f"{template}.html")
    page.route(
        "**/failure/", lambda route: route.fulfill(status=int(template[:3]), body=body, content_type="text/html")
    )
    watch.take()
    page.goto("/failure/")
    tell(wrong_with(page), watch)
    page.unroute_all()


def tell(wrong: list[str], watch: Watch) -> None:
    """All of it, each on its line."""
    if everything := wrong + watch.take():
        pytest.fail("\n".join(everything), pytrace=False)
