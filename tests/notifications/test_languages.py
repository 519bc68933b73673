"""Who chose German is told in German, by page, mail and push; what programs read stays English."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone, translation

from config.env import CHECKOUT
from notifications.deliveries.maintenance import disable_failing_endpoints
from notifications.deliveries.notices import send_test
from notifications.deliveries.send import deliver
from notifications.inbox import sentences
from notifications.inbox.queries import Entry
from notifications.models import Circuit, Delivery, Kind
from notifications.templatetags.inbox import as_sentence
from socialapp.posts.models import Post
from socialapp.users.models import Person
from socialapp.users.operations import choose_language
from tests.notifications.activities import comment
from tests.notifications.fakes import Other, pass_time

pytestmark = pytest.mark.django_db
LOGIN = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def german(ada: Person) -> Person:
    """Ada, who chose German."""
    choose_language(person=ada, language="de")
    return ada


def entry(kind: Kind, names: list[str], count: int, post: Post | None = None) -> Entry:
    """So many did this, of whom these are named."""
    people = [Person(username=name.lower(), name=name) for name in names]
    return Entry("n1", kind, post, count, people, unread=True, at=timezone.now())


@pytest.mark.parametrize(
    ("kind", "names", "count", "english", "german"),
    [
        (Kind.LIKE, ["Ada"], 1, "Ada liked your post", "Ada gefällt dein Beitrag"),
        (Kind.LIKE, ["Ada", "Bob"], 2, "Ada and Bob liked your post", "Ada und Bob gefällt dein Beitrag"),
        (
            *(Kind.LIKE, ["Ada", "Bob"], 14),
            *("Ada, Bob and 12 others liked your post", "Ada, Bob und 12 weiteren Personen gefällt dein Beitrag"),
        ),
        (Kind.SHARE, ["Ada"], 1, "Ada shared your post", "Ada hat deinen Beitrag geteilt"),
        (Kind.SHARE, ["Ada", "Bob"], 2, "Ada and Bob shared your post", "Ada und Bob haben deinen Beitrag geteilt"),
        (
            *(Kind.COMMENT, ["Ada", "Bob", "Cy"], 4, "Ada, Bob, Cy and 1 other commented on your post"),
            "Ada, Bob, Cy und 1 weitere Person haben deinen Beitrag kommentiert",
        ),
        (Kind.FOLLOW, [], 1, "Someone followed you", "Jemand folgt dir jetzt"),
        (Kind.FOLLOW, [], 1_234, "1,234 people followed you", "1.234 Personen folgen dir jetzt"),
        (Kind.MENTION, ["100%(n)s"], 1, "100%(n)s mentioned you", "100%(n)s hat dich erwähnt"),
    ],
)
def test_a_sentence_is_whole_in_each_language(
    kind: Kind, names: list[str], count: int, english: str, german: str
) -> None:
    assert sentences.sentence(entry(kind, names, count)) == english
    with translation.override("de"):
        assert sentences.sentence(entry(kind, names, count)) == german


@pytest.mark.parametrize(
    ("kind", "names", "count", "english", "german"),
    [
        (Kind.LIKE, ["Ada"], 1, "Ada liked your comment", "Ada gefällt dein Kommentar"),
        (
            *(Kind.LIKE, ["Ada", "Bob"], 14),
            *("Ada, Bob and 12 others liked your comment", "Ada, Bob und 12 weiteren Personen gefällt dein Kommentar"),
        ),
        (Kind.LIKE, [], 2, "2 people liked your comment", "2 Personen gefällt dein Kommentar"),
        (
            Kind.SHARE,
            ["Ada", "Bob"],
            2,
            "Ada and Bob shared your comment",
            "Ada und Bob haben deinen Kommentar geteilt",
        ),
        (Kind.SHARE, [], 1, "Someone shared your comment", "Jemand hat deinen Kommentar geteilt"),
        (Kind.REPLY, ["Ada"], 1, "Ada replied to your comment", "Ada hat auf deinen Kommentar geantwortet"),
        (Kind.MENTION, ["Ada"], 1, "Ada mentioned you", "Ada hat dich erwähnt"),
    ],
)
def test_what_is_done_to_a_comment_is_not_said_of_a_post(
    kind: Kind, names: list[str], count: int, english: str, german: str
) -> None:
    reply = Post(thread=1, reply_to_id=1, body="Me too.")
    assert sentences.sentence(entry(kind, names, count, reply)) == english
    assert sentences.sentence(entry(kind, names, count, Post(body="News!"))) == english.replace(
        "liked your comment", "liked your post"
    ).replace("shared your comment", "shared your post")
    with translation.override("de"):
        assert sentences.sentence(entry(kind, names, count, reply)) == german


def test_each_kind_has_its_sentences_and_names_stand_out() -> None:
    assert set(sentences.WORDINGS) == set(Kind)
    with translation.override("de"):
        assert as_sentence(entry(Kind.LIKE, ["<Ada>", "Bob"], 14)) == (
            "<strong>&lt;Ada&gt;</strong>, <strong>Bob</strong> und <strong>12</strong> "
            "weiteren Personen gefällt dein Beitrag"
        )


def test_mail_is_german_from_its_subject_to_its_last_line(
    other: Other, german: Person, bob: Person, post: Post
) -> None:
    other.mail_of(german)
    comment(bob, post)
    pass_time(timedelta(minutes=4))
    deliver("email")
    (arrived,) = other.fakes.mail.mails
    assert str(arrived.message["Subject"]) == "Bob hat deinen Beitrag kommentiert"
    text, html = arrived.part("plain"), arrived.part("html")
    assert text.startswith("Hallo Ada,")
    assert "Du bekommst das wegen deiner Einstellungen:" in text
    assert "Keine E-Mails dieser Art mehr (Kommentare):" in text
    assert '<html lang="de">' in html
    assert "deiner Einstellungen</a>" in html


def test_push_is_german_and_a_webhook_is_not(other: Other, german: Person, bob: Person, post: Post) -> None:
    _, browser = other.browser_of(german)
    _, receiver = other.webhook_of(german)
    comment(bob, post)
    deliver("push")
    deliver("webhook")
    assert [message["title"] for message in browser.messages] == ["Bob hat deinen Beitrag kommentiert"]
    assert [body["data"]["text"] for body in receiver.messages] == ["Bob commented on your post"]


def test_a_test_is_german_too(other: Other, german: Person) -> None:
    endpoint, browser = other.browser_of(german)
    send_test(endpoint=endpoint)
    deliver("push")
    assert [(message["title"], message["body"]) for message in browser.messages] == [
        ("Ein Test von socialapp", "Es klappt: So sieht eine Benachrichtigung aus.")
    ]


def test_a_warning_is_written_in_the_language_of_its_reader(other: Other, german: Person) -> None:
    endpoint, _ = other.webhook_of(german)
    other.mail_of(german)
    endpoint.last_error, endpoint.last_error_values = "answered", {"code": 503}
    endpoint.save()
    Circuit.objects.filter(pk=endpoint.circuit_id).update(failing_since=timezone.now() - timedelta(hours=25))
    disable_failing_endpoints()
    text = Delivery.objects.get(kind="warning").text
    assert text.startswith("Webhook: my bot klappt seit einem Tag nicht: antwortete 503. Am ")


def test_the_row_keeps_a_code_and_the_page_tells_it_in_german(other: Other, german: Person) -> None:
    endpoint, _ = other.webhook_of(german)
    endpoint.disabled_at, endpoint.disabled_reason = timezone.now(), "kept_failing"
    endpoint.disabled_reason_values = {"days": 3, "why": {"code": "answered", "values": {"code": 500}}}
    endpoint.save()
    browser = Client()
    browser.force_login(german, LOGIN)
    assert "Aus: klappte 3 Tage lang nicht: antwortete 500." in browser.get("/settings/devices/").text
    (row,) = browser.get("/api/social/v1/notifications/endpoints/").json()["results"]
    assert row["disabled_reason"] == "kept_failing"
    assert row["disabled_reason_text"] == "klappte 3 Tage lang nicht: antwortete 500"


def test_the_words_of_push_stand_in_the_page(german: Person) -> None:
    browser = Client()
    browser.force_login(german, LOGIN)
    page = browser.get("/settings/devices/").text
    script = (CHECKOUT / "notifications/static/notifications/push.js").read_text()
    for name in re.findall(r"place\.dataset\.(\w+)", script):
        assert f"data-{name}=" in page
    assert 'data-on="Push ist in diesem Browser an."' in page
