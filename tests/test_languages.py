"""English and German: each text can be translated and is, people choose, and each is spoken to in their language."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.core import mail
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from config.env import CHECKOUT
from notifications.models import Kind, NotificationGroup
from reactions import operations as reactions
from socialapp.follows.operations import follow
from socialapp.posts.models import Post
from socialapp.users.languages import language_of
from socialapp.users.models import Person
from socialapp.users.operations import choose_language, make_token
from tests import bare_texts, translations
from tests.elements import elements

LOGIN = "allauth.account.auth_backends.AuthenticationBackend"
PASSWORD = "correct horse battery staple"
# What stands for something in a text.
PLACE = re.compile(r"%\(\w+\)[sd]|#")
GERMAN = {"Accept-Language": "de-AT,de;q=0.8,en;q=0.5"}

# Files whose owners are still at work on them: empty but while branches are being merged.
STILL_TO_DO: list[str] = []
# What is no text although it looks like one.
NO_TEXTS = {
    "https://example.org/hook",
    "web",
    "from:ada",
    "example.com · eve@example.com · 192.0.2.0/24",
    "curl -X PUT -d whsec_… …",
}


def stated_language(page: str) -> str | None:
    """The language that a page says it is in."""
    (html,) = elements(page, "html")
    return html.attributes["lang"]


def name_of(path: Path) -> str:
    """From the checkout on."""
    return path.relative_to(CHECKOUT).as_posix()


# --- The catalogue ---


def test_each_language_that_can_be_chosen_has_a_catalogue() -> None:
    assert sorted([settings.LANGUAGE_CODE, *translations.LANGUAGES]) == sorted(code for code, _ in settings.LANGUAGES)


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_the_catalogue_has_each_text_and_no_other_translated(language: str) -> None:
    assert translations.faults(translations.merged(language)) == []
    # Out of date? Run bin/translations.
    assert translations.po(language).read_text() == translations.as_po(translations.merged(language)).decode()


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_what_is_compiled_is_what_was_written(language: str) -> None:
    assert translations.mo(language).read_bytes() == translations.as_mo(translations.catalogue_of(language))


def test_a_button_whose_first_words_are_for_screen_readers_begins_in_upper_case_for_the_eye() -> None:
    """In German the verb is last: "<unseen>Name </unseen>Entfernen"."""
    shown = [
        (message.id, text.partition("</span>")[2])
        for message in translations.catalogue_of("de")
        for text in [str(message.string)]
        if text.startswith('<span class="unseen">')
    ]
    assert len(shown) > 10
    assert [(text, word) for text, word in shown if not word[:1].isupper()] == []


@pytest.mark.parametrize(
    "path", [path for path in translations.sources() if "migrations" not in path.parts], ids=name_of
)
def test_no_text_stands_where_it_cannot_be_translated(path: Path) -> None:
    if name_of(path) not in STILL_TO_DO:
        assert [text for text in bare_texts.of_file(path) if text not in NO_TEXTS] == []


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("<p>Hello {{ name }}</p>", ["Hello …"]),
        ('<p title="Hello">{% translate "Bye" %}</p>', ["Hello"]),
        ('<p class="hello">{% blocktranslate %}Hello{% endblocktranslate %} @ socialapp</p>', []),
        ('{{ name|default:"Nobody" }}{{ name|default:_("Nobody") }}', ["Nobody"]),
        (
            '{% nav_link "feeds:home" "home" "Home" %}{% include "web/pager.html" with older="More" %}',
            ["Home", "More"],
        ),
        ('{{ at|date:"j F Y" }}{{ at|date:"DATE_FORMAT" }}', ["j F Y"]),
        ("{# Hello #}{% comment %}Hello{% endcomment %}", []),
    ],
)
def test_bare_texts_of_a_template_are_found(template: str, found: list[str]) -> None:
    assert bare_texts.of_template(template) == found


# --- The pages, walked through in German ---


def addresses(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    """Each route of the product's pages, as Django writes it."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        else:
            yield route


def filled(route: str, values: dict[str, Any]) -> str:
    """The address of a route, with the values of its parts; a part of another name is a 1."""
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda part: str(values.get(part[1], 1)), route)


ROUTES = [
    route
    for route in addresses(get_resolver().url_patterns)
    # Those that log out or are not pages are left out.
    if not route.startswith(("api/", "admin/", "^", "healthz", "accounts/logout", "live/")) and "(?P" not in route
]


@pytest.fixture
def english_left() -> Callable[[Any], list[str]]:
    """Texts of a page that stand there in English although the catalogue has their German."""
    patterns = [
        re.compile(".+?".join(map(re.escape, PLACE.split(part))))
        for message in translations.catalogue_of("de")
        if message.context != "admin"  # columns, which are words like the names of queues
        for source in translations.parts(message.id)
        if message.id and source not in translations.parts(message.string)
        for part in (" ".join(part.split()) for part in re.split(r"<[^>]+>", source))
        if not any(part in translated for translated in translations.parts(message.string))
        # A part says nothing by one word: "%(done)s of %(all)s" is many a text.
        if (part == source and not PLACE.search(part)) or len(re.findall(r"[a-z]{2,}", PLACE.sub("", part))) > 1
    ]
    waiting = {text for name in STILL_TO_DO for text in bare_texts.of_file(CHECKOUT / name)} | NO_TEXTS

    def left(page: Any) -> list[str]:
        texts = [text for text in bare_texts.spoken(page.text) if text not in waiting]
        return [text for text in texts if any(pattern.fullmatch(text) for pattern in patterns)]

    return left


@pytest.fixture
def sample(ada: Person, bob: Person, post: Post, deliver: Callable[[], int]) -> dict[str, Any]:
    """One of everything that addresses name, all of it Ada's or in her sight."""
    comment, _ = reactions.comment(post_id=post.pk, author=bob, body="Schön!")
    reactions.comment(post_id=comment.pk, author=ada, body="Danke!")
    follow(follower_id=bob.pk, followee_id=ada.pk)
    reactions.like(post_id=post.pk, person_id=bob.pk)
    deliver()
    make_token(person=ada, name="Sicherung")
    return {
        "post_id": post.pk,
        "username": "ada",
        "entry_id": f"n{NotificationGroup.objects.get(kind=Kind.LIKE).pk}",
        "verb": "read",
    }


@pytest.mark.parametrize("who", ["ada", "stranger"])
def test_each_page_speaks_german(
    who: str, sample: dict[str, Any], ada: Person, english_left: Callable[[Any], list[str]]
) -> None:
    browser, seen = Client(headers=GERMAN), 0
    if who == "ada":
        choose_language(person=ada, language="de")
        browser = Client()
        browser.force_login(ada, LOGIN)
    for route in ROUTES:
        page = browser.get(filled(route, sample))
        if page.status_code in {301, 302, 405} or not page["Content-Type"].startswith("text/html"):
            continue
        seen += 1
        assert "<html" not in page.text or stated_language(page.text) == "de", route
        assert english_left(page) == [], route
    assert seen >= 15


def test_the_admin_speaks_german(sample: dict[str, Any], english_left: Callable[[Any], list[str]]) -> None:
    root = Person.objects.create_superuser("root", "root@example.org", None, language="de")
    browser = Client()
    browser.force_login(root, LOGIN)
    for route in addresses(get_resolver().url_patterns):
        if re.fullmatch(r"admin/(?:notifications|reactions|posts|users|follows|messaging|media)/[\w/-]+/", route):
            page = browser.get(f"/{route}")
            assert page.status_code in {200, 403, 405}, route
            # Django has a picture whose name nobody can translate.
            assert [text for text in english_left(page) if text != "Search"] == [], route


def test_the_admin_has_a_word_for_each_column() -> None:
    with translation.override(settings.LANGUAGE_CODE):
        columns = {
            str(field.verbose_name)
            for model in admin.site._registry
            if model.__module__.startswith(("socialapp", "reactions", "notifications"))
            for field in model._meta.local_fields
        }
    known = {message.id for message in translations.catalogue_of("de") if message.context == "admin"}
    django = {"last login", "password", "superuser status", "may open the admin"}
    assert columns - known - django == set()


def test_an_error_speaks_german() -> None:
    page = Client(headers=GERMAN, raise_request_exception=False).get("/public/?page=nonsense")
    assert page.status_code == 400
    assert "Dieser Cursor stammt nicht von hier." in page.text


# --- Whose language ---


@pytest.mark.parametrize(
    ("asked", "spoken"), [("de", "de"), ("de-CH, en", "de"), ("fr, de;q=0.5", "de"), ("fr", "en"), ("", "en")]
)
def test_a_stranger_is_spoken_to_as_their_browser_asks(db: None, asked: str, spoken: str) -> None:
    page = Client(headers={"Accept-Language": asked}).get("/public/")
    assert stated_language(page.text) == spoken
    assert page["Content-Language"] == spoken
    assert {"Accept-Language", "Cookie"} <= set(page["Vary"].split(", "))


def test_a_stranger_chooses_by_a_plain_form(db: None) -> None:
    browser = Client(enforce_csrf_checks=True)
    page = browser.get("/public/", headers=GERMAN).text
    choices = [each for each in elements(page, "button") if "lang" in each.attributes]
    assert [(each.attributes["lang"], each.attributes["aria-pressed"], each.text) for each in choices] == [
        ("en", "false", "English"),
        ("de", "true", "Deutsch"),
    ]
    data = {"language": "de", "next": "/public/?page="}
    answer = browser.post("/language/", data)
    assert answer["Location"] == "/public/?page="
    assert stated_language(browser.get("/public/").text) == "de"
    assert browser.post("/language/", data | {"next": "https://evil.example/"})["Location"] == "/"


def test_a_person_chooses_in_their_settings_and_it_holds_in_every_browser(ada: Person) -> None:
    browser = Client()
    browser.force_login(ada, LOGIN)
    page = browser.post("/settings/language/", {"language": "de"}, follow=True)
    assert "Gespeichert." in page.text
    elsewhere = Client(headers={"Accept-Language": "en"})
    elsewhere.force_login(ada, LOGIN)
    assert stated_language(elsewhere.get("/settings/").text) == "de"
    assert browser.post("/settings/language/", {"language": "tlh"}).status_code == 400
    assert 'action="/language/"' not in page.text  # the one choice is enough


def test_a_language_that_is_taken_away_is_nobodys_any_more(ada: Person) -> None:
    Person.objects.update(language="tlh")
    browser = Client(headers=GERMAN)
    browser.force_login(ada, LOGIN)
    assert stated_language(browser.get("/settings/").text) == "de"
    assert language_of(Person.objects.get()) == "en"


def test_a_program_chooses_for_its_person(api_of: Callable[[Person | None], APIClient], ada: Person) -> None:
    api = api_of(ada)
    assert api.get("/api/social/v1/me/").json()["language"] == ""
    assert api.patch("/api/social/v1/me/", {"language": "de"}).json()["language"] == "de"
    assert api.patch("/api/social/v1/me/", {"language": "tlh"}).status_code == 400


def test_who_signs_up_in_german_is_spoken_to_in_german(db: None) -> None:
    form = {"username": "grete", "email": "grete@example.org", "password1": PASSWORD, "password2": PASSWORD}
    Client(headers=GERMAN).post("/accounts/signup/", form)
    assert Person.objects.get().language == "de"
    (message,) = mail.outbox
    assert message.subject == "Willkommen bei socialapp: bestätige deine E-Mail-Adresse"
    assert "Wenn du das warst, folge diesem Link:" in message.body


def test_a_forgotten_password_is_mailed_about_in_the_language_of_its_person(ada: Person) -> None:
    choose_language(person=ada, language="de")
    Client(headers={"Accept-Language": "en"}).post("/accounts/password/reset/", {"email": ada.email})
    assert "hat ein neues Passwort für @ada" in mail.outbox[0].body
    Client(headers=GERMAN).post("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert "Ein Konto mit dieser Adresse gibt es hier nicht." in mail.outbox[1].body


def test_a_language_costs_no_query(ada: Person, django_assert_num_queries: Any) -> None:
    choose_language(person=ada, language="de")
    browser = Client()
    browser.force_login(ada, LOGIN)
    browser.get("/robots.txt")  # the log-in is noted, once in five minutes
    with django_assert_num_queries(3):  # session, person, badge: as without
        browser.get("/settings/")
    with django_assert_num_queries(0):
        Client(headers=GERMAN).get("/accounts/login/")


# --- The API ---


def test_the_api_says_what_is_wrong_in_the_language_that_was_asked_for(
    api_of: Callable[[Person | None], APIClient], ada: Person
) -> None:
    english, german = (
        api_of(ada).put("/api/social/v1/people/ada/follow/", headers={"Accept-Language": code}) for code in ("en", "de")
    )
    assert english.json()["detail"] == "You cannot follow yourself."
    assert german.json()["detail"] == "Du kannst dir nicht selbst folgen."
    assert without_sentences(german.json()) == without_sentences(english.json())
    assert german["Content-Language"] == "de"
    missing = api_of(None).get("/api/social/v1/me/", headers={"Accept-Language": "de"})
    assert (missing.json()["title"], missing.json()["status"]) == ("Unauthorized", 401)


def test_only_sentences_differ_between_languages(
    api_of: Callable[[Person | None], APIClient], ada: Person, sample: dict[str, Any]
) -> None:
    api = api_of(ada)
    for route in ["notifications/", "notifications/preferences/", "notifications/schedule/", "me/", "feed/"]:
        english, german = (
            without_sentences(api.get(f"/api/social/v1/{route}", headers={"Accept-Language": code}).json())
            for code in ("en", "de")
        )
        assert german == english
    told = api.get("/api/social/v1/notifications/", {"kind": "like"}, headers={"Accept-Language": "de"}).json()[
        "results"
    ]
    assert [entry["text"] for entry in told] == ["Bob gefällt dein Beitrag"]


# And `until`, which is the moment of the answer.
SENTENCES = {"text", "detail", "until"}


def without_sentences(body: Any) -> Any:
    """A body of the API without the members that are for people."""
    if isinstance(body, dict):
        return {name: without_sentences(value) for name, value in body.items() if name not in SENTENCES}
    return [without_sentences(value) for value in body] if isinstance(body, list) else body


def test_the_description_of_the_api_is_english_whoever_asks(db: None) -> None:
    pages = [Client(headers={"Accept-Language": code}).get("/api/social/v1/schema/").text for code in ("en", "de")]
    assert pages[0] == pages[1]
    with translation.override("de"):
        SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]


def test_a_comment_that_is_not_mine_is_not_mine_in_german(ada: Person, bob: Person, sample: dict[str, Any]) -> None:
    choose_language(person=ada, language="de")
    browser = Client()
    browser.force_login(ada, LOGIN)
    theirs = Post.objects.get(author=bob)
    answer = browser.delete(f"/api/social/v1/posts/{theirs.pk}/", headers={"X-CSRFToken": "none"})
    assert answer.json()["detail"] == "Dieser Beitrag ist nicht von dir."


def test_the_page_of_a_reply_speaks_german(
    ada: Person, bob: Person, sample: dict[str, Any], english_left: Callable[[Any], list[str]]
) -> None:
    choose_language(person=ada, language="de")
    browser = Client()
    browser.force_login(ada, LOGIN)
    theirs = Post.objects.get(author=bob)
    form = browser.get(f"/posts/{theirs.pk}/comments/", headers={"HX-Request": "true"})
    for page in (browser.get(f"/posts/{theirs.pk}/"), browser.get("/@ada/replies/"), form):
        assert english_left(page) == []
    assert "Schreib eine Antwort" in form.text
