"""A second factor and a passkey, from setting up to log-in, as their owner meets them."""

import time
from collections.abc import Iterator

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.chromium import EXECUTABLE
from tests.browser.looking import wrong_with
from tests.product import Product

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(EXECUTABLE is None, reason="Debian's chromium is not installed"),
]
WHO = "gerda"
# Somebody of one's own: other tests log in as the demo's people by password alone.
GERDA = """
from allauth.account.models import EmailAddress
from socialapp.users.models import Person
gerda, made = Person.objects.get_or_create(username="gerda", defaults={"email": "gerda@example.org"})
gerda.set_password(PASSWORD)
gerda.save()
if made:
    EmailAddress.objects.create(user=gerda, email=gerda.email, verified=True, primary=True)
"""


@pytest.fixture
def site(product: Product) -> str:
    """Where Gerda has an account. By a name: no passkey is for an address of numbers."""
    made = product.manage("shell", "-c", f"PASSWORD = {product.demo_password!r}\n{GERDA}")
    assert made.returncode == 0, made.stderr
    return product.url.replace("127.0.0.1", "localhost")


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of one's own."""
    opened = browser.new_context(reduced_motion="reduce", service_workers="block")
    opened.set_default_timeout(20_000)
    yield opened
    opened.close()


def with_authenticator(context: BrowserContext) -> Page:
    """A page of a computer that asks for one's finger, and gets it."""
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    finger = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {**finger, "isUserVerified": True, "automaticPresenceSimulation": True}},
    )
    return page


def code_of(key: str, periods: int = 0) -> str:
    """What an app shows now, or so many half minutes later (RFC 6238)."""
    return str(format_hotp_value(hotp_value(key.replace(" ", ""), int(time.time()) // 30 + periods)))


def look(page: Page) -> None:
    """As everybody does, in every size and colour."""
    page.wait_for_load_state()
    expect(page.locator("main")).to_be_visible()
    assert wrong_with(page) == []
    page.set_viewport_size({"width": 1280, "height": 1000})


def type_password(page: Page, product: Product) -> None:
    """As the first step of a log-in."""
    page.get_by_label("Login").fill(WHO)
    page.get_by_label("Password").fill(product.demo_password)
    page.get_by_role("button", name="Log in").click()


def log_out(page: Page, site: str) -> None:
    """And begin again."""
    page.goto(f"{site}/settings/")
    page.locator("main").get_by_role("button", name="Log out").click()
    page.goto(f"{site}/accounts/login/")


def set_up_codes(page: Page, password: str) -> list[str]:
    """Of an app, from the page of security; returns the recovery codes."""
    page.get_by_role("link", name="Set up").click()
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Go on").click()
    look(page)
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_text("Incorrect code")).to_be_visible()
    page.get_by_label("Code").fill(code_of(page.locator(".secret").inner_text()))
    page.get_by_role("button", name="Turn on").click()
    expect(page.locator(".codes li")).to_have_count(10)
    look(page)
    codes = page.locator(".codes li").all_inner_texts()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.path().read_text().split() == [code.replace(" ", "") for code in codes]
    page.reload()
    expect(page.get_by_text("You have 10 codes left")).to_be_visible()
    return codes


def add_passkey(page: Page) -> None:
    """From the page of security; and look at what can be done with it, and with the codes."""
    page.get_by_role("link", name="Add a passkey").click()
    look(page)
    page.get_by_label("Name").fill("My laptop")
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("strong").filter(has_text="My laptop")).to_be_visible()
    look(page)
    for name in ("Rename My laptop", "Remove My laptop", "Turn off codes", "Make new ones"):
        page.get_by_role("link", name=name).click()
        look(page)
        page.go_back()


def test_from_setting_up_to_log_in(context: BrowserContext, product: Product, site: str) -> None:
    page = with_authenticator(context)
    page.goto(f"{site}/accounts/login/?next=/settings/security/")
    look(page)
    type_password(page, product)
    look(page)
    codes = set_up_codes(page, product.demo_password)
    page.goto(f"{site}/settings/security/")
    add_passkey(page)

    log_out(page, site)
    type_password(page, product)
    look(page)
    page.get_by_label("Code").fill("00000000")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("Incorrect code")).to_be_visible()
    page.get_by_label("Code").fill(codes[0])
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{site}/")

    log_out(page, site)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{site}/")

    log_out(page, site)
    type_password(page, product)
    page.get_by_role("button", name="Use a passkey instead").click()
    page.wait_for_url(f"{site}/")
    for way in ("/accounts/2fa/reauthenticate/", "/accounts/2fa/webauthn/reauthenticate/"):
        page.goto(f"{site}{way}")
        look(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{site}/")
    page.goto(f"{site}/settings/security/")
    expect(page.get_by_text("9 left")).to_be_visible()
    page.get_by_role("link", name="Remove My laptop").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("The passkey is removed")).to_be_visible()


def test_a_browser_that_is_logged_out_from_another_is_out_at_its_next_request(
    browser: Browser, context: BrowserContext, product: Product, site: str
) -> None:
    pages = [context.new_page(), browser.new_context(service_workers="block").new_page()]
    for page in pages:
        page.goto(f"{site}/accounts/login/?next=/settings/security/")
        page.get_by_label("Login").fill("charlie")
        page.get_by_label("Password").fill(product.demo_password)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_text("this browser")).to_be_visible()
    mine, other = pages
    mine.reload()
    look(mine)
    mine.locator("main").get_by_role("button", name="Log out all others").click()
    expect(mine.get_by_text("All other browsers are logged out")).to_be_visible()
    expect(mine.locator(".list").last.locator("li")).to_have_count(1)
    other.reload()
    expect(other.get_by_text("Welcome back")).to_be_visible()
