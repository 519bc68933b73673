"""A picture of a post, large: by keys, by touch and by buttons, wide and narrow."""

from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browser.chromium import EXECUTABLE
from tests.product import Product
from tests.socialapp.media import samples

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(EXECUTABLE is None, reason="Debian's chromium is not installed"),
]

WIDE, NARROW = {"width": 1440, "height": 800}, {"width": 360, "height": 740}
THREE = ["The harbour", "A crane", "Two gulls"]


def publish(page: Page, url: str, names: list[str]) -> Locator:
    """A new post, once its pictures are there to be opened."""
    page.goto(f"{url}/posts/")
    page.get_by_text("Pictures", exact=True).click()
    photos = [
        FilePayload(name=f"{name}.jpg", mimeType="image/jpeg", buffer=samples.photo((600, 400))) for name in names
    ]
    page.get_by_label("Choose pictures").set_input_files(photos)
    for place, name in enumerate(names):
        page.get_by_label("What does it show?").nth(place).fill(name)
    page.get_by_role("button", name="Post", exact=True).click()
    post = page.locator(".post").first
    expect(post.locator(".gallery-open")).to_have_count(len(names), timeout=60_000)  # workers prepare them
    return post


def shows(page: Page, name: str) -> None:
    """The viewer, with one picture and its description."""
    viewer = page.get_by_role("dialog", name="Picture")
    expect(viewer.get_by_role("img")).to_have_attribute("alt", name)
    expect(viewer.locator("figcaption")).to_have_text(name)
    expect(viewer.get_by_role("button", name="Picture before")).to_have_count(int(name != THREE[0]))
    expect(viewer.get_by_role("button", name="Next picture")).to_have_count(int(name != THREE[-1]))


def swipe(page: Page, *, across: int, down: int = 0) -> None:
    """One finger, from the middle of the window."""
    size = page.viewport_size
    assert size
    session = page.context.new_cdp_session(page)
    x, y = size["width"] / 2, size["height"] / 2
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for part in (0.5, 1):
        points = [{"x": x + part * across, "y": y + part * down}]
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": points})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_keys_lead_through_the_pictures_and_back_to_the_one_shown_last(
    page_of: Callable[..., Page], product: Product, size: dict[str, int]
) -> None:
    page = page_of("ada", viewport=size)
    post = publish(page, product.url, THREE)
    post.get_by_role("link", name=THREE[0]).focus()
    page.keyboard.press("Enter")
    shows(page, THREE[0])
    page.keyboard.press("ArrowLeft")
    shows(page, THREE[0])
    for name in (*THREE[1:], THREE[-1]):
        page.keyboard.press("ArrowRight")
        shows(page, name)
    page.keyboard.press("ArrowLeft")
    shows(page, THREE[1])
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(post.get_by_role("link", name=THREE[1])).to_be_focused()


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_its_buttons_lead_on_and_all_of_it_is_in_the_window(
    page_of: Callable[..., Page], product: Product, size: dict[str, int]
) -> None:
    page = page_of("ada", viewport=size)
    publish(page, product.url, THREE).get_by_role("link", name=THREE[0]).click()
    viewer = page.get_by_role("dialog", name="Picture")
    viewer.get_by_role("button", name="Next picture").click()
    shows(page, THREE[1])
    assert viewer.bounding_box() == {"x": 0, "y": 0, **size}
    boxes = [each.bounding_box() for each in viewer.locator("button, img, figcaption").all()]
    inside = [box["x"] >= 0 and box["x"] + box["width"] <= size["width"] for box in boxes if box]
    assert inside == [True] * 5
    viewer.get_by_role("button", name="Picture before").click()
    shows(page, THREE[0])
    # What was pressed is gone, and the focus is not lost with it.
    expect(viewer.get_by_role("button", name="Close")).to_be_focused()
    viewer.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_finger_leads_through_the_pictures(page_of: Callable[..., Page], product: Product) -> None:
    page = page_of("ada", viewport=NARROW, has_touch=True)
    publish(page, product.url, THREE).get_by_role("link", name=THREE[0]).tap()
    shows(page, THREE[0])
    swipe(page, across=-120)
    shows(page, THREE[1])
    swipe(page, across=-20)
    swipe(page, across=-60, down=200)
    swipe(page, across=-120, down=10)
    shows(page, THREE[2])
    swipe(page, across=120)
    shows(page, THREE[1])
    # No tap: right after a swipe, a browser may take it for the end of a fling.
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_one_picture_alone_has_no_arrows(page_of: Callable[..., Page], product: Product) -> None:
    page = page_of("ada", viewport=WIDE, has_touch=True)
    publish(page, product.url, ["Alone"]).get_by_role("link", name="Alone").click()
    viewer = page.get_by_role("dialog", name="Picture")
    expect(viewer.get_by_role("img", name="Alone")).to_be_visible()
    expect(viewer.get_by_role("button")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    swipe(page, across=-120)
    expect(viewer.get_by_role("img", name="Alone")).to_be_visible()
    page.mouse.click(5, 400)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("link", name="Alone").first).to_be_focused()


def test_a_film_beside_a_text_is_not_left_out_without_a_word(page_of: Callable[..., Page], product: Product) -> None:
    page = page_of("ada")
    page.goto(f"{product.url}/posts/")
    asked: list[str] = []
    answers = [False, True]

    def answer(dialog: object) -> None:
        asked.append(dialog.message)  # type: ignore[attr-defined]
        dialog.accept() if answers.pop(0) else dialog.dismiss()  # type: ignore[attr-defined]

    page.on("dialog", answer)
    page.get_by_role("main").get_by_role("textbox").first.fill("See the film!")
    page.get_by_text("Pictures", exact=True).click()
    film = FilePayload(name="gulls.mp4", mimeType="video/mp4", buffer=b"\0\0\0\x18ftypmp42")
    page.get_by_label("Choose pictures").set_input_files([film])
    expect(page.get_by_text("gulls.mp4 is no JPEG")).to_be_visible()
    page.get_by_role("button", name="Post", exact=True).click()
    assert asked == ["Send it without gulls.mp4?"]
    expect(page.get_by_role("main").get_by_role("textbox").first).to_have_value("See the film!")
    assert page.url == f"{product.url}/posts/"
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.locator(".post").first).to_contain_text("See the film!")
    assert len(asked) == 2
