"""A report from its button to the word to both sides, and an appeal that another grants, by keyboard alone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.chromium import EXECUTABLE
from tests.browser.looking import wrong_with
from tests.product import Product

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(EXECUTABLE is None, reason="Debian's chromium is not installed"),
]
WIDE = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}}
MOST_TABS = 200


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until it has the focus."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if wanted.evaluate("one => one === document.activeElement"):
            return
    pytest.fail(f"Tab does not reach {wanted}")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def open_row(page: Page, reported: str) -> None:
    """Go down the queue to the case of this person, and open it."""
    row = page.get_by_role("article").filter(has_text=f"@{reported}")
    for _ in range(MOST_TABS):
        if row.evaluate("one => one === document.activeElement"):
            press(page, "o")
            return
        press(page, "j")
    pytest.fail(f"The keys do not reach the case of @{reported}")


def wait_for_notice(page: Page, sentence: str) -> None:
    """Reload the inbox until it says so, and go on from its entry."""
    for _ in range(40):
        page.goto("/inbox/?only=moderation")
        if page.get_by_text(sentence).count():
            return
        page.wait_for_timeout(500)
    pytest.fail(f"The inbox never said {sentence!r}")


@pytest.mark.parametrize(("size", "reported", "reporter"), [(WIDE, "ada", "bob"), (PHONE, "fumi", "charlie")])
def test_from_the_report_to_the_granted_appeal(  # noqa: PLR0915  one story, told in its order
    product: Product, page_of: Callable[..., Page], size: dict[str, dict[str, int]], reported: str, reporter: str
) -> None:
    for moderator in ("dana", "emeka"):
        assert product.manage("moderator", moderator).returncode == 0
    base = {**size, "base_url": product.url, "reduced_motion": "reduce"}
    text = f"You are all fools, says {reported}."
    product.manage(
        "shell",
        "-c",
        "from socialapp.posts.operations import publish_post; from socialapp.users.models import Person;"
        # Another test made her staff, against whom only a superuser may act.
        f"Person.objects.filter(username={reported!r}).update(is_staff=False, is_superuser=False);"
        f"publish_post(author=Person.objects.get(username={reported!r}), body={text!r})",
    )

    them = page_of(reporter, **base)
    them.goto(f"/@{reported}/")
    post = them.get_by_role("article").filter(has_text=text)
    press(them, "j")
    tab_to(them, post.locator("summary"))
    press(them, "Enter")
    tab_to(them, post.get_by_role("link", name="Report"))
    press(them, "Enter")
    expect(them.get_by_role("heading", name="Report", exact=False)).to_be_visible()
    assert wrong_with(them) == []
    them.set_viewport_size(size["viewport"])  # type: ignore[arg-type]
    tab_to(them, them.get_by_label("Spam or fraud"))
    press(them, "ArrowDown")
    expect(them.get_by_label("Harassment, hate or threats")).to_be_checked()
    expect(them.get_by_label(text)).to_be_checked()
    tab_to(them, them.get_by_label("What should the moderators know?"))
    them.keyboard.type("We are not.")
    press(them, "Control+Enter")
    expect(them.get_by_text("Thank you. A moderator looks at it")).to_be_visible()

    dana = page_of("dana", logs_out=True, **base)
    press(dana, "g", "m")
    expect(dana.get_by_role("heading", name="Moderation")).to_be_visible()
    dana.wait_for_load_state()
    open_row(dana, reported)
    expect(dana.get_by_text(text)).to_be_visible()
    expect(dana.get_by_text("We are not.")).to_be_visible()
    assert wrong_with(dana) == []
    dana.set_viewport_size(size["viewport"])  # type: ignore[arg-type]
    press(dana, "c")
    expect(dana.get_by_role("button", name="Leave it to others")).to_be_visible()
    dana.wait_for_load_state()
    press(dana, "d")  # It cannot be undone, so Enter has to follow.
    expect(dana.get_by_role("button", name="Dismiss the reports")).to_be_focused()
    press(dana, "2", "r", "ArrowDown", "Escape")
    expect(dana.get_by_label("Hide the post")).to_be_checked()
    tab_to(dana, dana.get_by_label("What they are told"))
    dana.keyboard.type("Be kind to others.")
    press(dana, "Control+Enter")
    expect(dana.get_by_text("Done.")).to_be_visible()

    wait_for_notice(them, f"You reported @{reported}. It broke our rules, and we acted.")

    author = page_of(reported, **base)
    wait_for_notice(author, "A moderator hid a post of yours")
    press(author, "j", "o")
    expect(author.get_by_role("heading", name="A moderator hid a post of yours")).to_be_visible()
    expect(author.get_by_text("Be kind to others.")).to_be_visible()
    assert wrong_with(author) == []
    author.set_viewport_size(size["viewport"])  # type: ignore[arg-type]
    tab_to(author, author.get_by_label("Why should we decide otherwise?"))
    author.keyboard.type("It is a line of a play.")
    press(author, "Control+Enter")
    expect(author.get_by_text("waiting for a moderator")).to_be_visible()

    emeka = page_of("emeka", logs_out=True, **base)
    emeka.goto("/moderation/?which=appeals")
    emeka.wait_for_load_state()
    open_row(emeka, reported)
    expect(emeka.get_by_text("It is a line of a play.")).to_be_visible()
    assert wrong_with(emeka) == []
    emeka.set_viewport_size(size["viewport"])  # type: ignore[arg-type]
    tab_to(emeka, emeka.get_by_role("button", name="Grant it"))
    press(emeka, "Enter")
    expect(emeka.get_by_text("The appeal is granted.")).to_be_visible()

    wait_for_notice(author, "A post of yours can be seen again")
    them.goto(f"/@{reported}/")
    expect(them.get_by_text(text)).to_be_visible()
