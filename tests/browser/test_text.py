"""What people write stays in its box, and runs as its script does."""

from collections.abc import Callable, Iterator
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.product import Product

pytestmark = pytest.mark.slow

PHONE = ViewportSize(width=390, height=844)
HOSTILE = {
    "accents": "".join(letter + "\u0301\u0316" * 50 for letter in "Zalgo"),
    "one letter of two hundred": "\u1100" * 200,
    "one emoji of a hundred and fifty": "👨\u200d" * 150,
    "an unbroken word": "W" * 400,
    "a long address": "https://x.example/" + "a" * 600,
}
ARABIC = "مرحبا بالعالم، كيف الحال مع #وسم و @tomasz"
# By how much a page is wider than what is seen of it.
TOO_WIDE = "() => Math.max(0, document.scrollingElement.scrollWidth - innerWidth)"
# Where a part of a text is, from the left edge of the element around it.
PLACE = """(element, part) => {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const at = node.data.indexOf(part);
    if (at < 0) continue;
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + part.length);
    return range.getBoundingClientRect().left - element.getBoundingClientRect().left;
  }
}"""


def go(page: Page, path: str) -> None:
    page.goto(urljoin(page.url, path))


def post(page: Page, text: str) -> None:
    go(page, "/posts/")
    page.locator("#id_body").fill(text)
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_text("Posted.")).to_be_visible()


@pytest.fixture
def fumi(page_of: Callable[..., Page]) -> Iterator[Page]:
    """On a phone. Other tests find her under her name."""
    page = page_of("fumi", viewport=PHONE)
    yield page
    page.goto(urljoin(page.url, "/settings/"))
    page.get_by_label("Name").fill("Fumi Tanaka")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()


def test_nothing_that_people_write_makes_a_page_wider_than_the_screen(fumi: Page) -> None:
    for text in HOSTILE.values():
        post(fumi, text)
    go(fumi, "/settings/")
    fumi.get_by_label("Name").fill("\u1100" * 60)
    fumi.get_by_label("About you").fill("👨\u200d" * 150)
    fumi.get_by_role("button", name="Save").click()
    expect(fumi.get_by_text("Saved.")).to_be_visible()
    go(fumi, "/@fumi/")
    first = fumi.locator(".posts .post a[data-key=o]").first.get_attribute("href") or ""
    go(fumi, first)
    fumi.get_by_label("Your comment").fill(HOSTILE["one letter of two hundred"])
    fumi.get_by_role("button", name="Comment", exact=True).click()
    expect(fumi.locator(".branch .prose")).to_have_count(1)
    fumi.locator(".branch").get_by_role("link", name="Reply").click()
    fumi.locator(".reply-in-place [name=body]").fill(HOSTILE["one letter of two hundred"])
    fumi.locator(".reply-in-place").get_by_role("button", name="Reply").click()
    expect(fumi.locator(".branch .branch .prose")).to_have_count(1)
    for address in (
        "/@fumi/",
        "/public/",
        "/",
        first,
        f"{first}history/",
        "/people/?q=fumi",
        "/search/?q=Z",
        "/settings/",
    ):
        go(fumi, address)

        assert (address, fumi.evaluate(TOO_WIDE)) == (address, 0)
    heights = fumi.locator(".post-name").evaluate_all("names => names.map(name => name.getBoundingClientRect().height)")
    assert all(height < 32 for height in heights)


JUDGED = """
from socialapp.moderation.models import Case
from socialapp.moderation.operations.acts import decide
from socialapp.moderation.operations.notes import add_note
from socialapp.moderation.operations.reports import report
from socialapp.posts.models import Post
from socialapp.posts.operations import publish_post
from socialapp.users.models import Person
words = {words!r}
reporter, moderator = (Person.objects.get(username=name) for name in ("charlie", "dana"))
person = Person.objects.create(username="grace", name=words[1][:50], password=reporter.password)
posts = [publish_post(author=person, body=each)[0].pk for each in words]
for each in words:
    report(reporter=reporter, person=person, category="spam", words=each, post_ids=posts, key=each[:9])
case = Case.objects.get(person=person, closed_at=None)
for each in words:
    add_note(person=person, moderator=moderator, text=each)
decide(
    case=case, moderator=moderator, verb="warn", post_ids=[], rule=None, words=words[0], ends_at=None, stays_open=True
)
print(case.pk)
"""


@pytest.fixture
def case(product: Product) -> str:
    """Of grace, whom charlie reported and dana warned."""
    assert product.manage("moderator", "dana").returncode == 0
    told = product.manage("shell", "-c", JUDGED.format(words=list(HOSTILE.values())))
    assert told.returncode == 0, told.stderr
    return str(told.stdout.split()[-1])


def test_nor_what_moderators_and_those_they_judge_read(case: str, page_of: Callable[..., Page]) -> None:
    read = {
        "charlie": ["/@grace/report/"],
        "dana": ["/moderation/", f"/moderation/cases/{case}/", "/moderation/log/"],
        "grace": ["/inbox/?only=moderation", "/notices/"],
    }
    for name, addresses in read.items():
        page = page_of(name, viewport=PHONE)
        for address in addresses:
            go(page, address)
            assert (address, page.evaluate(TOO_WIDE)) == (address, 0)
    page.locator("main a[href*='/notices/']").first.click()
    expect(page.get_by_role("heading", name="Appeal")).to_be_visible()
    assert page.evaluate(TOO_WIDE) == 0


def test_text_from_right_to_left_runs_so(page_of: Callable[..., Page]) -> None:
    bob = page_of("bob", viewport=PHONE)
    post(bob, f"{ARABIC}\nGood morning, שלום!")
    go(bob, "/@bob/")
    prose = bob.locator(".posts .prose").first

    hello, tag, name = (prose.evaluate(PLACE, part) for part in ("مرحبا", "وسم", "tomasz"))
    # Its first word stands at the right, the tag further on in the line, and the name begins the next one.
    assert hello > tag
    assert min(hello, name) > PHONE["width"] / 2 - 75
    assert prose.evaluate(PLACE, "Good") < 5
    go(bob, "/posts/")
    field = bob.locator("#id_body")
    field.fill(ARABIC)

    assert field.evaluate("field => getComputedStyle(field).direction") == "rtl"
