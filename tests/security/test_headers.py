"""Attacks on what a browser keeps and lets pages do: after log-out, from other hosts, from injected markup."""

import subprocess
import sys

import pytest
from django.conf import settings
from django.test import Client

from config.env import CHECKOUT
from socialapp.users.models import Person
from tests.people import logged_in


@pytest.mark.parametrize(
    "path",
    ["/settings/", "/settings/language/", "/accounts/email/", "/accounts/password/change/", "/inbox/", "/bookmarks/"],
)
def test_what_only_its_person_may_read_is_kept_nowhere(ada: Person, path: str) -> None:
    assert "no-store" in logged_in(ada).get(path)["Cache-Control"]


def test_log_out_has_the_browser_drop_all_pages(ada: Person) -> None:
    browser = logged_in(ada)
    assert "Clear-Site-Data" not in browser.get("/")
    assert browser.post("/accounts/logout/")["Clear-Site-Data"] == '"cache"'


def test_a_page_that_came_back_is_told_who_is_logged_in_by_now(ada: Person) -> None:
    htmx = {"HX-Request": "true", "X-Person": str(ada.pk)}
    assert logged_in(ada).get("/", headers=htmx)["X-Person"] == str(ada.pk)
    assert [Client().get(path, headers=htmx)["X-Person"] for path in ("/", "/public/", "/inbox/")] == ["", "", ""]


@pytest.mark.parametrize("path", ["/public/", "/accounts/login/", "/api/social/v1/docs/"])
def test_pages_ask_no_device_and_are_part_of_no_other_site(db: None, path: str) -> None:
    page = Client().get(path)
    assert "camera=()" in page["Permissions-Policy"]
    assert page["Cross-Origin-Resource-Policy"] == "same-origin"


def test_no_script_in_the_pages_of_the_api_is_inline(db: None) -> None:
    page = Client().get("/api/social/v1/docs/")
    assert "default-src 'self'" in page["Content-Security-Policy"]
    assert "script-src" not in page["Content-Security-Policy"]
    assert "<script>" not in page.text


@pytest.mark.parametrize(("url", "prefix"), [("https://social.example", "__Host-"), ("http://127.0.0.1:8000", "")])
def test_cookies_are_of_this_host_alone_where_a_browser_can_be_told(url: str, prefix: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", "from config.settings import *; print(SESSION_COOKIE_NAME, CSRF_COOKIE_NAME)"],
        cwd=CHECKOUT,
        env={
            "SOCIALAPP_URL": url,
            "SOCIALAPP_DATA": str(settings.DATA),
            "DATABASE_URL": "postgres://nobody@127.0.0.1:9/none",
            "REDIS_URL": "redis://127.0.0.1:9/0",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == [f"{prefix}sessionid", f"{prefix}csrftoken"]
