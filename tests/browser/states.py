"""What a page can be besides fresh: empty, full, open, refused. Each brings a page there and leaves it."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import FilePayload, Page, expect

from tests.socialapp.media import samples


@dataclass(frozen=True)
class State:
    """As `who` sees it once `reach` has done its work at `path`, which answers `status`.

    `path` may name what belongs to Vera: {post}, {talk} (see facts.py).

    `without_worker`: no service worker, because `reach` answers requests itself (see `page_of`).
    """

    name: str
    path: str
    reach: Callable[[Page], None] = lambda page: None
    who: str = "vera"
    status: int = 200
    without_worker: bool = False


def press(role: str, name: str) -> Callable[[Page], None]:
    """The first button or link of that name."""
    return lambda page: page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]


def choose_pictures(page: Page) -> None:
    """Two, and a file that is none."""
    page.get_by_text("Pictures", exact=True).click()
    photo = FilePayload(name="photo.jpg", mimeType="image/jpeg", buffer=samples.photo((600, 400)))
    notes = FilePayload(name="notes.txt", mimeType="text/plain", buffer=b"Hello")
    page.get_by_label("Choose pictures").set_input_files([photo, photo, notes])
    expect(page.get_by_text("notes.txt is no JPEG")).to_be_visible()


def open_help(page: Page) -> None:
    """By its key."""
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def open_viewer(page: Page) -> None:
    """The first picture, large."""
    page.locator(".gallery-open").first.click()
    expect(page.get_by_role("dialog").get_by_role("img")).to_be_visible()


def open_menu(page: Page) -> None:
    """The first of the page."""
    page.locator("details.menu summary").first.click()


def complete(page: Page) -> None:
    """Type the beginning of a name."""
    page.locator("main textarea").first.press_sequentially("Hello @f")
    expect(page.get_by_role("listbox")).to_be_visible()


def type_too_much(page: Page) -> None:
    """More than fits."""
    page.locator("main textarea").first.fill("x" * 5_001)


def write_and_delete(page: Page) -> None:
    """A post; then a message says that it is gone, with the way back."""
    page.locator("main textarea").first.fill("Not for long")
    page.get_by_role("button", name="Post", exact=True).click()
    post = page.locator(".post").filter(has_text="Not for long").first
    post.locator("summary").click()
    post.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()


def mark_all(page: Page) -> None:
    """Read."""
    page.get_by_role("button", name="Mark all read").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()


def be_refused(status: int) -> Callable[[Page], None]:
    """A like that the server answers so."""

    def reach(page: Page) -> None:
        page.route("**/*like/", lambda route: route.fulfill(status=status, body=""), times=1)
        page.locator(".action-like").first.click()
        expect(page.locator("#flashes")).not_to_be_empty()

    return reach


def answer(page: Page) -> None:
    """Opens the form below a reply, three steps in, and is refused."""
    page.locator(".branch .branch .branch").get_by_role("link", name="Reply").first.click()
    expect(page.locator(".reply-in-place [name=body]")).to_be_focused()
    page.get_by_role("button", name="Reply", exact=True).click()
    expect(page.locator(".reply-in-place .errors")).to_be_visible()


def delete_in_the_middle(page: Page) -> None:
    """A reply of one's own that others answered."""
    reply = page.locator(".branch .branch > article").filter(has=page.locator("summary")).first
    reply.locator("summary").click()
    reply.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("This comment cannot be seen any more.")).to_have_count(2)


def new_replies(page: Page) -> None:
    """That are shown on a press, as the live module would have them."""
    page.evaluate("""() => {
      const pill = document.getElementById("replies-new");
      pill.append(pill.querySelector("template").content.cloneNode(true));
      const button = pill.querySelector("button");
      button.textContent = button.dataset.other.replace("#", 2);
    }""")
    expect(page.get_by_role("button", name="2 new replies")).to_be_visible()


def sign_up_wrongly(page: Page) -> None:
    """A name that cannot be, and two passwords."""
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Email").fill("who@example.org")
    page.get_by_label("Password", exact=True).fill("12345678")
    page.get_by_label("Password (again)").fill("87654321")
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    expect(page.locator(".errors").first).to_be_visible()


def log_in_wrongly(page: Page) -> None:
    """Somebody who is not."""
    page.locator("#id_login").fill("nobody_at_all")
    page.locator("#id_password").fill("wrong")
    page.locator("main form button:not([type])").first.click()
    expect(page.locator(".errors").first).to_be_visible()


def add_webhook_wrongly(page: Page) -> None:
    """To an address that leads nowhere outside."""
    page.locator("main form[method=post] input[name=name]").first.fill("Mine")
    page.locator("main form[method=post] input[name=address]").first.fill("https://127.0.0.1/")
    page.locator("main form[method=post]:has(input[name=address]) button").first.click()
    expect(page.locator(".errors").first).to_be_visible()


def make_token(page: Page) -> None:
    """Its value is shown once."""
    page.locator("main form input[name=name]").fill("Another")
    page.locator("main form:has(input[name=name]) button").first.click()


def delete_wrongly(page: Page) -> None:
    """With a password that is not one's own."""
    page.locator("main input[type=password]").fill("wrong")
    page.locator("main form:has(input[type=password]) button:not([type])").click()
    expect(page.locator(".errors").first).to_be_visible()


STATES = [
    State("home of a newcomer", "/", who="ida"),
    State("inbox of a newcomer", "/inbox/", who="ida"),
    State("bookmarks of a newcomer", "/bookmarks/", who="ida"),
    State("profile of a newcomer", "/@ida/", who="ida"),
    State("followers of a newcomer", "/@ida/followers/", who="ida"),
    State("followed by a newcomer", "/@ida/following/", who="ida"),
    State("tokens of a newcomer", "/settings/tokens/", who="ida"),
    State("devices of a newcomer", "/settings/devices/", who="ida"),
    State("nothing muted", "/settings/muted/", who="ida"),
    State("no one blocked", "/settings/muted/?which=blocked", who="ida"),
    State("people blocked", "/settings/muted/?which=blocked"),
    State("somebody else", "/@bob/"),
    State("somebody blocked", "/@dana/"),
    State("pictures chosen", "/posts/", choose_pictures),
    State("keys shown", "/public/", open_help),
    State("picture opened", "/posts/{post}/", open_viewer),
    State("menu of a person", "/@bob/", open_menu),
    State("names completed", "/posts/", complete),
    State("too long", "/posts/", type_too_much),
    State("post deleted", "/", write_and_delete),
    State("all read", "/inbox/", mark_all),
    State("like refused", "/public/", be_refused(500), without_worker=True),
    State("like too often", "/public/", be_refused(429), without_worker=True),
    State("reply refused in place", "/posts/{talk}/", answer),
    State("reply deleted in the middle", "/posts/{talk}/", delete_in_the_middle),
    State("new replies wait", "/posts/{talk}/", new_replies),
    State("no replies yet", "/@ida/replies/", who="ida"),
    State("no replies of somebody", "/@ida/replies/"),
    State("sign-up refused", "/accounts/signup/", sign_up_wrongly, who="stranger"),
    State("log-in refused", "/accounts/login/", log_in_wrongly, who="stranger"),
    State("log-in refused in German", "/accounts/login/", log_in_wrongly, who="stranger-de"),
    State(
        "webhook refused", "/settings/devices/", add_webhook_wrongly, who="ida"
    ),  # without a password, so she is not asked for it
    State("token made", "/settings/tokens/", make_token, who="ida"),
    State("deletion refused", "/settings/delete/", delete_wrongly, who="ida"),
    State("no such page", "/nothing/", status=404),
    State("no such page for strangers", "/nothing/", who="stranger-de", status=404),
    State("not mine", "/posts/{post}/edit/", status=403),
    State("no such cursor", "/public/?page=rubbish", status=400),
]
