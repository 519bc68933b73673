"""What makes the site an app, how it looks, and the two files that every page is dressed in and moved by."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.finders import find
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test import Client

from config.env import CHECKOUT
from socialapp.users.models import Person
from socialapp.web.storage import BUNDLES

LOGIN = "allauth.account.auth_backends.AuthenticationBackend"


def test_the_manifest_names_what_is_there(db: None) -> None:
    answer = Client().get("/manifest.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    manifest = answer.json()
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/", "/", "standalone")
    assert manifest["shortcuts"] == [{"name": "New post", "url": "/posts/"}, {"name": "Inbox", "url": "/inbox/"}]
    assert {icon["sizes"] for icon in manifest["icons"]} == {"192x192", "512x512"}
    for icon in manifest["icons"]:
        assert (Path(settings.STATIC_ROOT) / icon["src"].removeprefix("/static/")).exists()


def test_a_shortcut_to_an_app_that_is_not_there_is_left_out(db: None, settings: object) -> None:
    settings.SHORTCUTS = [("nowhere:at_all", "Nowhere")]  # type: ignore[attr-defined]
    assert Client().get("/manifest.webmanifest").json()["shortcuts"] == []


def test_the_worker_keeps_nothing_but_the_page_for_being_offline(db: None) -> None:
    answer = Client().get("/service-worker.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert "no-cache" in answer["Cache-Control"]
    kept = re.search(r"const KEPT = (\[.*?\]);", answer.text)
    assert kept
    assert re.findall(r'"(.*?)"', kept[1])[0] == "/offline/"
    assert all(path.startswith("/static/") for path in re.findall(r'"(.*?)"', kept[1])[1:])
    assert '"push"' in answer.text


def test_the_page_for_being_offline_is_nobodys(ada: Person) -> None:
    browser = Client()
    browser.force_login(ada, LOGIN)
    page = browser.get("/offline/")
    assert "You are offline" in page.text
    assert "ada" not in page.text.lower().replace("data", "")
    assert Client().get("/offline/").text == page.text


@pytest.mark.parametrize(("chosen", "said"), [("dark", 'data-theme="dark"'), ("light", 'data-theme="light"')])
def test_a_theme_is_in_the_first_byte_of_the_page(db: None, chosen: str, said: str) -> None:
    browser = Client()
    answer = browser.post("/theme/", {"theme": chosen, "next": "/public/"})
    assert answer["Location"] == "/public/"
    assert said in browser.get("/public/").text
    browser.post("/theme/", {"theme": "'><script>"})
    assert "data-theme" not in browser.get("/public/").text


def test_the_keys_are_told_on_a_page(db: None) -> None:
    page = Client().get("/shortcuts/").text
    assert "<kbd>j</kbd>" in page
    assert "Next post, comment or entry" in page


def parts_of(bundle: str) -> list[Path]:
    """The files it is made of: those in the css/ or js/ of each app."""
    kind = BUNDLES[bundle]
    return [
        part
        for top in ("socialapp/*", "reactions", "notifications")
        for part in CHECKOUT.glob(f"{top}/static/*/{kind}/*.{kind}")
    ]


@pytest.mark.parametrize("bundle", BUNDLES)
def test_a_bundle_has_all_of_its_folders(bundle: str) -> None:
    made = (Path(settings.STATIC_ROOT) / bundle).read_text()
    parts = parts_of(bundle)
    assert len(parts) > 9
    assert [part.name for part in parts if part.read_text() not in made] == []
    assert re.fullmatch(r"/static/socialapp/all\.[0-9a-f]{12}\.(css|js)", staticfiles_storage.url(bundle))


def test_a_bundled_script_names_no_other_module() -> None:
    for part in parts_of("socialapp/all.js"):
        assert not re.search(r"^(import|export)\b", part.read_text(), re.MULTILINE)


def test_no_page_needs_more_than_the_policy_allows(db: None) -> None:
    page = Client().get("/public/").text
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page)
    assert find("django_htmx/htmx-2.min.js")
