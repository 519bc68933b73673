"""What holds for each mail that the product sends, whatever it is about: text and HTML, links, headers, directions."""

import html as entities
import re
from datetime import timedelta
from email.message import EmailMessage
from functools import partial
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from django.template.loader import get_template
from django.utils import timezone

from config.env import CHECKOUT
from notifications.deliveries.notices import send_test, warn
from notifications.deliveries.send import deliver
from notifications.models import DeliverySchedule
from socialapp.posts.models import Post
from socialapp.users.languages import Accounts
from socialapp.users.models import Person
from tests.notifications.activities import comment
from tests.notifications.fakes import Other, other, pass_time

__all__ = ["other"]
pytestmark = pytest.mark.django_db

SITE = "https://social.example"
TEMPLATES = [CHECKOUT / "socialapp" / app / "templates" for app in ("users", "takeout", "signup")]
ACCOUNT = sorted(
    f"{folder}/email/{path.name.removesuffix('_subject.txt')}"
    for folder in ("account", "mfa")
    for templates in TEMPLATES
    for path in (templates / folder / "email").glob("*_subject.txt")
)
NOTIFICATION = ["notification", "several", "digest", "test", "warning"]
OVERRIDE, ISOLATE, END = "\u202e", "\u2068", "\u2069"


class Page(HTMLParser):
    """The links of an HTML part, and what it shows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.shown = ""
        self.feed(text)

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shown += " "
        self.links += [str(value) for name, value in attrs if name in {"href", "src"}]
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.shown += data


@pytest.fixture
def at_our_site(settings: LazySettings) -> None:
    """A site with a name, whatever a request says it is."""
    settings.PUBLIC_URL = SITE


def account_mail(name: str, person: Person, other: Other, actor: Person) -> EmailMessage:
    """One about an account, with all that any of them may name."""
    context = {
        "user": person,
        "other": actor,
        "timestamp": timezone.now(),
        "ip": "192.0.2.1",
        "browser": "Firefox on Linux",
        "codes_left": 9,
        "days": 7,
        "target": actor,
        "ends_at": timezone.now(),
        "added_email": "added@example.org",
        "deleted_email": "deleted@example.org",
        "from_email": "old@example.org",
        "to_email": "new@example.org",
        "activate_url": f"{SITE}/accounts/confirm-email/key/",
        "password_reset_url": f"{SITE}/accounts/password/reset/key/1-x/",
        "signup_url": f"{SITE}/accounts/signup/",
        "confirm_url": f"{SITE}/accounts/confirm-email/key/",
        "reason": "No sales here.",
        "may": "read and write as you",
        "token": "laptop",
        "token_name": "laptop",
        "name": "laptop",
        "username": person.username,
    }
    Accounts().send_mail(name, "ada@example.org", context)
    (mail,) = other.fakes.mail.mails
    return mail.message


def notification_mail(name: str, person: Person, other: Other, actor: Person) -> EmailMessage:
    """One about what others did, or about an endpoint."""
    endpoint = other.mail_of(person)
    if name == "test":
        send_test(endpoint=endpoint)
    elif name == "warning":
        warn(other.webhook_of(person)[0], f"Webhook {ISOLATE}bot{END} was turned off: it kept failing.")
    else:
        for number in range(1 if name == "notification" else 3):
            comment(actor, Post.objects.create(author=person, body=f"Number {number}"), number + 1)
    if name == "digest":
        DeliverySchedule.objects.create(person=person, mail_rhythm="daily")
        pass_time(timedelta(minutes=4))
        deliver("email")
        assert other.fakes.mail.mails == []
        pass_time(timedelta(days=1))
    pass_time(timedelta(minutes=4))
    deliver("email")
    (mail,) = other.fakes.mail.mails
    return mail.message


MAILS = [
    *(pytest.param(partial(account_mail, name), id=name) for name in ACCOUNT),
    *(pytest.param(partial(notification_mail, name), id=name) for name in NOTIFICATION),
]
Made = partial[EmailMessage]


def parts_of(message: EmailMessage) -> tuple[str, str]:
    """Text and HTML."""
    assert message.get_content_type() == "multipart/alternative"
    plain, html = message.iter_parts()
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    return str(plain.get_content()), str(html.get_content())


def addresses_in(text: str) -> set[str]:
    """All that begin with http."""
    return set(re.findall(r"https?://[^\s<>\"]+", text))


def words_of(text: str) -> list[str]:
    """As they are read, without marks of direction and punctuation."""
    return re.findall(r"\w+", re.sub(f"[{ISOLATE}{END}]", "", text))


def test_all_mails_are_here() -> None:
    some = {"email_confirmation", "password_reset_key", "token_made", "unknown_account", "new_browser"}
    assert {f"account/email/{name}" for name in some} | {"mfa/email/totp_activated"} <= set(ACCOUNT)
    assert all(get_template(f"{name}_message.txt") for name in ACCOUNT)


@pytest.mark.parametrize("make", MAILS)
@pytest.mark.parametrize("language", ["en", "de"])
def test_each_mail_has_text_and_html_that_say_the_same(
    language: str, make: Made, at_our_site: None, other: Other, ada: Person, bob: Person
) -> None:
    Person.objects.filter(pk=ada.pk).update(language=language)
    ada.refresh_from_db()
    text, html = parts_of(make(ada, other, bob))
    page = Page(html)
    shown = set(words_of(page.shown))
    said = re.sub(r"https?://\S+", "", text.partition("\n--\n")[0])
    # The greeting is the text's own.
    assert set(words_of(said)) - set(words_of(text.splitlines()[0])) <= shown
    # Each link of the page, but the site's own, is in the text, where no link can be clicked.
    assert set(page.links) - {SITE} <= addresses_in(text)
    assert f'lang="{language}"' in html
    assert "{{" not in text + html
    assert "{%" not in text + html
    assert not re.search(r"(: |by |@)\s*(at|was|is|named)\b", text)  # a name that is missing


@pytest.mark.parametrize("make", MAILS)
def test_each_link_of_a_mail_leads_to_our_site(
    make: Made, at_our_site: None, other: Other, ada: Person, bob: Person
) -> None:
    text, html = parts_of(make(ada, other, bob))
    found = addresses_in(text) | set(Page(html).links) | addresses_in(entities.unescape(html))
    assert found
    assert {urlsplit(address)[:2] for address in found} == {("https", "social.example")}


@pytest.mark.parametrize("make", MAILS)
def test_each_mail_has_the_headers_of_one_that_a_program_sends(
    make: Made, at_our_site: None, other: Other, ada: Person, bob: Person
) -> None:
    message = make(ada, other, bob)
    assert message["Auto-Submitted"] == "auto-generated"  # RFC 3834: nobody's holiday answers it
    assert re.fullmatch(r"<[^<>@]+@social\.example>", str(message["Message-ID"]))
    subject = str(message["Subject"])
    assert subject.strip()
    assert "\n" not in subject
    assert message.as_bytes().isascii()


@pytest.mark.parametrize("make", MAILS)
def test_one_can_unsubscribe_from_what_others_do_and_from_nothing_else(
    make: Made, at_our_site: None, other: Other, ada: Person, bob: Person
) -> None:
    name = make.args[0]
    message = make(ada, other, bob)
    if name not in {"notification", "several", "digest"}:
        assert message["List-Unsubscribe"] is None
        return
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"  # RFC 8058
    address = str(message["List-Unsubscribe"]).strip(" <>")
    assert address.startswith(f"{SITE}/")
    text, html = parts_of(message)
    assert any("/unsubscribe/" in urlsplit(link).path for link in Page(html).links)
    assert "/unsubscribe/" in text


@pytest.mark.parametrize("name", [f"{OVERRIDE}liveD", "\u2067Ada", "עדה לאבלייס", "عمر"])
@pytest.mark.parametrize("make", MAILS)
def test_a_name_turns_no_direction_but_its_own(
    make: Made, name: str, at_our_site: None, other: Other, ada: Person, bob: Person
) -> None:
    """Marks of direction in a name are not kept; one that is written from right to left stands for itself."""
    Person.objects.filter(pk__in=[ada.pk, bob.pk]).update(name=name)
    ada.refresh_from_db()
    message = make(ada, other, bob)
    text, html = parts_of(message)
    for line in [str(message["Subject"]), *text.splitlines(), *html.splitlines()]:
        bare = re.sub(f"{ISOLATE}[^{ISOLATE}{END}]*{END}", "", line)
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", bare), line
        assert not re.search("[\u0590-\u08ff]", bare), line
