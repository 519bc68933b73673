"""One code of the second step typed in two browsers at the same moment opens one of them."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core.cache import cache
from django.db import connection
from django.test import Client

from socialapp.users.models import Person
from tests.people import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
STEP = "/accounts/2fa/authenticate/"


@pytest.fixture(autouse=True)
def no_counts() -> Iterator[None]:
    """What was counted is in no table that the database of the tests empties."""
    yield
    cache.clear()


@pytest.fixture
def codes(ada: Person, request: pytest.FixtureRequest) -> list[str]:
    """Some that are good, of an app or on paper."""
    ada.set_password(PASSWORD)
    ada.save()
    key = generate_totp_secret()
    TOTP.activate(ada, key)
    if request.param == "paper":
        return list(RecoveryCodes.activate(ada).get_unused_codes()[:3])
    return [str(format_hotp_value(hotp_value(key, int(time.time()) // 30 + later))) for later in (0, 1)]


@pytest.mark.parametrize("codes", ["app", "paper"], indirect=True)
def test_one_code_in_two_browsers_opens_one(codes: list[str]) -> None:
    def use(browser: Client, code: str, both: Barrier) -> bool:
        try:
            both.wait(timeout=60)
            browser.post(STEP, {"code": code})
            return bool(browser.get("/settings/").status_code == 200)
        finally:
            connection.close()

    for number, code in enumerate(codes):
        browsers = [Client(REMOTE_ADDR=f"198.51.100.{10 * number + each}") for each in range(2)]
        for browser in browsers:
            browser.post("/accounts/login/", {"login": "ada", "password": PASSWORD})
        both = Barrier(2)
        with ThreadPoolExecutor() as threads:
            opened = list(threads.map(lambda browser: use(browser, code, both), browsers))  # noqa: B023  used here
        assert sorted(opened) == [False, True]
