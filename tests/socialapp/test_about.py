"""The pages about the site: drafts in each language, and texts that its operator wrote."""

import re

import pytest
from django.conf import LazySettings, settings
from django.test import Client

from socialapp.about.models import SiteText, Subject
from socialapp.about.queries import DRAFTS, draft, rendered, values
from socialapp.users.models import Person
from tests.people import logged_in

LANGUAGES = [code for code, _ in settings.LANGUAGES]


@pytest.mark.parametrize("subject", Subject)
@pytest.mark.parametrize("language", LANGUAGES)
def test_there_is_a_draft_of_each_page_in_each_language(subject: str, language: str, db: None) -> None:
    assert (DRAFTS / language / f"{subject}.md").exists()
    page = Client().get(f"/{subject}/", headers={"Accept-Language": language}).text
    first_heading = re.search("^## (.+)$", draft(subject, language), re.MULTILINE)
    assert first_heading is None or f"<h2>{first_heading[1]}</h2>" in page
    assert "{{" not in page


@pytest.mark.parametrize("subject", Subject)
def test_drafts_say_the_same_in_each_language(subject: str) -> None:
    shapes = {
        (
            len(re.findall("^## ", text, re.MULTILINE)),
            len(re.findall(r"^(- |\d\. )", text, re.MULTILINE)),
            tuple(sorted(re.findall(r"{{ \w+ }}", text))),
        )
        for text in (draft(subject, language) for language in LANGUAGES)
    }
    assert len(shapes) == 1


def test_what_stands_in_braces_is_filled_in_and_nothing_else() -> None:
    assert set(re.findall(r"{{ (\w+) }}", "".join(draft(s, "en") for s in Subject))) <= set(values())
    assert rendered("{{ deleted_days }} {{ secret_key }}") == "<p>30 {{ secret_key }}</p>\n"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](https://tracker.example/1.png)",
        "<img src=x onerror=alert(1)>",
        '[x](https://a.example "onclick=alert(1)")',
    ],
)
def test_a_text_has_no_scripts_and_no_pictures(text: str) -> None:
    html = rendered(text)
    assert not re.search(r"<(script|img)|href=\"(javascript|data):|<[^>]* on\w+=[^\"]", html)


def test_an_operator_writes_their_own_and_can_have_the_draft_back(admin_client: Client) -> None:
    page = admin_client.get("/terms/").text
    add = re.search(r'href="(/admin/about/sitetext/add/[^"]+)"', page)
    assert add
    form = admin_client.get(add[1].replace("&amp;", "&")).text
    assert "What you may expect" in form
    sent = {"subject": "terms", "language": "en", "body": "## Ours\n\nBe **kind**."}
    assert admin_client.post("/admin/about/sitetext/add/", sent).status_code == 302
    assert "<h2>Ours</h2>\n<p>Be <strong>kind</strong>.</p>" in Client().get("/terms/").text
    text = SiteText.objects.get()
    assert f"/admin/about/sitetext/{text.pk}/change/" in admin_client.get("/terms/").text
    text.delete()
    assert "What you may expect" in Client().get("/terms/").text


def test_an_own_text_holds_for_readers_of_each_language(admin_client: Client) -> None:
    german = {"Accept-Language": "de"}
    assert "erwarten" in Client().get("/terms/", headers=german).text
    SiteText.objects.create(subject=Subject.TERMS, language="en", body="Be **kind**.")
    page = Client().get("/terms/", headers=german).text
    assert '<article class="panel about" lang="en"><p>Be <strong>kind</strong>.</p>' in page
    assert "?subject=terms&amp;language=de" in admin_client.get("/terms/", headers=german).text
    SiteText.objects.create(subject=Subject.TERMS, language="de", body="Seid **nett**.")
    page = Client().get("/terms/", headers=german).text
    assert '<article class="panel about" lang="de"><p>Seid <strong>nett</strong>.</p>' in page
    assert "kind" in Client().get("/terms/", headers={"Accept-Language": "en"}).text


def test_nobody_else_is_offered_that(ada: Person) -> None:
    assert "sitetext" not in logged_in(ada).get("/terms/").text


def test_the_contact_is_named_or_it_is_said_that_there_is_none(db: None, settings: LazySettings) -> None:
    settings.CONTACT = ""
    assert "has not named a contact" in Client().get("/contact/").text
    settings.CONTACT = "mailto:help@example.org"
    assert '<a href="mailto:help@example.org">help@example.org</a>' in Client().get("/contact/").text


def test_the_pages_are_linked_from_the_foot_and_from_sign_up(db: None) -> None:
    foot, sign_up = Client().get("/public/").text, Client().get("/accounts/signup/").text
    for subject in Subject:
        assert f'href="/{subject}/"' in foot
    for subject in (Subject.TERMS, Subject.PRIVACY):
        assert sign_up.count(f'href="/{subject}/"') >= 2
