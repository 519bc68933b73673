"""The secret key is changed: what the old one signed stays valid while it is a fallback, and no longer."""

from collections.abc import Callable, Iterator

import pytest
from allauth.account.models import EmailAddress
from django.conf import LazySettings
from django.core.signing import BadSignature

from notifications.live.auth import Credential, admit
from notifications.preferences.unsubscribe import read_token, unsubscribe_url
from socialapp.api import pagination
from socialapp.api.pagination import BadCursor, Cursor
from socialapp.users.addresses import ResetTokens
from socialapp.users.models import Person
from socialapp.users.sessions import stored_key
from tests.people import logged_in

NEW_KEY = "z9Q-" * 20


@pytest.fixture(params=[True, False], ids=["the old one is a fallback", "the old one is gone"])
def keeping(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def rotate(settings: LazySettings, keeping: bool) -> Iterator[Callable[[], None]]:
    """Have another key, as after a restart."""

    def change() -> None:
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY] if keeping else []
        settings.SECRET_KEY = NEW_KEY
        pagination._signer.cache_clear()

    yield change
    pagination._signer.cache_clear()


def test_a_log_in_of_pages_and_streams(
    ada: Person, keeping: bool, rotate: Callable[[], None], settings: LazySettings
) -> None:
    browser = logged_in(ada)
    session = Credential("session", stored_key(browser.cookies["sessionid"].value))
    rotate()
    assert bool(admit([session])) == keeping
    assert browser.get("/settings/").status_code == (200 if keeping else 302)
    # Who came by is of the new key from then on, and needs the old one no more.
    settings.SECRET_KEY_FALLBACKS = []
    assert browser.get("/settings/").status_code == (200 if keeping else 302)


def test_links_of_mails_and_cursors(ada: Person, keeping: bool, rotate: Callable[[], None]) -> None:
    EmailAddress.objects.create(user=ada, email=ada.email, verified=True, primary=True)
    link = unsubscribe_url(ada.pk, ["like"]).rstrip("/").rpartition("/")[2]
    cursor = Cursor((7,)).token()
    reset = ResetTokens(ada.email).make_token(ada)
    rotate()
    assert ResetTokens().check_token(ada, reset) == keeping
    if keeping:
        assert read_token(link) == (ada.pk, ["like"])
        assert pagination.read_token(cursor, [int]) == Cursor((7,))
    else:
        with pytest.raises(BadSignature):
            read_token(link)
        with pytest.raises(BadCursor):
            pagination.read_token(cursor, [int])
