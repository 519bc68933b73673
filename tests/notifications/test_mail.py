"""Mail: what every server takes, and what is a fault of the server, of a recipient, or of one mail."""

from datetime import timedelta
from typing import Any

import pytest
import requests
from anymail.exceptions import AnymailAPIError, AnymailRequestsAPIError
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from bin.fakes.script import Answer
from notifications.channels import mail as mails
from notifications.deliveries.notices import send_test, warn
from notifications.deliveries.send import deliver
from notifications.inbox.queries import Entry
from notifications.models import Attempt, Circuit, Delivery
from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.notifications.activities import comment
from tests.notifications.fakes import Other, pass_time

pytestmark = pytest.mark.django_db

A_WHILE = timedelta(minutes=4)


def breaker() -> Circuit:
    """Of the mail server."""
    return Circuit.objects.get(name="email server")


def states() -> set[tuple[str, str]]:
    """Of all deliveries, with the reason."""
    return set(Delivery.objects.values_list("state", "reason"))


ABOUT_US = [
    "banner 554 5.7.1 Service unavailable; client host blocked",
    "banner 421 4.3.2 Try again later",
    "ehlo 550 5.7.1 Not welcome",
    "starttls 454 4.7.0 TLS not available",
    "auth 535 5.7.8 Username and Password not accepted",
    "auth 454 4.7.0 Temporary authentication failure",
    "mail 550 5.7.1 Sender not allowed",
    "mail 553 5.1.8 Sender address rejected: Domain not found",
    "mail 501 Syntax",
    "mail reset",
    "rcpt 554 5.7.1 Relay access denied",
    "rcpt 454 4.7.1 Relay access denied",
    "rcpt 550 relay not permitted",
    "rcpt 550 5.4.5 Daily user sending limit exceeded",
    "rcpt 530 5.7.0 Authentication required",
    "rcpt 421 4.7.0 closing connection",
    "rcpt reset",
    "data 421 4.3.0 closing connection",
    "data 550 5.4.5 Daily SMTP relay limit exceeded for user",
]


@pytest.mark.parametrize("answer", ABOUT_US)
def test_what_is_answered_of_us_waits_until_it_is_mended(
    answer: str, other: Other, ada: Person, bob: Person, post: Post, settings: LazySettings
) -> None:
    other.fakes.mail.logins = {"us": "right"}
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "us", "right"
    settings.EMAIL_USE_TLS = answer.startswith("starttls")
    other.mail_of(ada)
    other.script("email", always=answer)
    comment(bob, post)
    pass_time(A_WHILE)
    for _ in range(7):
        deliver("email")
        pass_time(timedelta(seconds=40))
    assert states() == {("waiting", "")}
    assert breaker().failures >= Circuit.TRIPS_AT
    assert breaker().open_until is not None

    other.script("email")  # mended
    settings.EMAIL_USE_TLS = False
    pass_time(timedelta(hours=1))
    deliver("email")
    assert states() == {("sent", "")}
    assert breaker().failures == 0


@pytest.mark.parametrize("logins", [{"us": "right"}, {"them": "wrong"}, {}], ids=["password", "name", "no log-in"])
def test_mail_waits_until_the_server_knows_our_password(
    logins: dict[str, str], other: Other, ada: Person, bob: Person, post: Post, settings: LazySettings
) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "us", "wrong"
    other.fakes.mail.logins = logins
    other.mail_of(ada)
    comment(bob, post)
    pass_time(A_WHILE)
    for _ in range(7):
        deliver("email")
        pass_time(timedelta(seconds=40))
    assert states() == {("waiting", "")}
    assert breaker().failures >= Circuit.TRIPS_AT
    answer = Attempt.objects.filter(outcome="temporary").first()
    assert answer is not None
    assert answer.code == (535 if logins else None)

    other.fakes.mail.logins = {"us": "wrong"}
    pass_time(timedelta(hours=1))
    deliver("email")
    assert states() == {("sent", "")}


@pytest.mark.parametrize("offered", [True, False])
def test_an_address_that_is_not_of_ascii_is_refused_before_it_becomes_another(
    offered: bool, other: Other, ada: Person, bob: Person, post: Post
) -> None:
    """None can be typed in; one that came otherwise would be sent as `=?utf-8?…?=@example.org`."""
    other.fakes.mail.smtputf8 = offered
    Person.objects.filter(pk=ada.pk).update(email="ädа@example.org")
    ada.refresh_from_db()
    endpoint = other.mail_of(ada)
    comment(bob, post)
    pass_time(A_WHILE)
    deliver("email")
    assert states() == {("dead", "address_not_ascii")}
    attempt = Attempt.objects.get()
    assert (attempt.code, attempt.answer.partition(" ")[0]) == (553, "5.6.7")
    assert breaker().failures == 0
    endpoint.refresh_from_db()
    assert endpoint.last_error == "address_not_ascii"


@pytest.mark.parametrize(
    "wrong",
    [
        {"EMAIL_BACKEND": "anymail.backends.mailgun.EmailBackend", "ANYMAIL": {"MAILGUN_APIKEY": "misspelt"}},
        {"EMAIL_HOST": "mail..example.org"},
        {"EMAIL_HOST_USER": "us", "EMAIL_HOST_PASSWORD": "gehärtet"},
    ],
    ids=["a key that is missing", "a host that is none", "a password that is not of ASCII"],
)
def test_mail_that_is_not_set_up_waits_until_it_is(
    wrong: dict[str, Any], other: Other, ada: Person, bob: Person, post: Post, settings: LazySettings
) -> None:
    right = {name: getattr(settings, name) for name in wrong}
    other.fakes.mail.logins = {"us": "right"}
    for name, value in wrong.items():
        setattr(settings, name, value)
    other.mail_of(ada)
    comment(bob, post)
    pass_time(A_WHILE)
    for _ in range(7):
        deliver("email")
        pass_time(timedelta(seconds=40))
    assert states() == {("waiting", "")}
    assert breaker().failures >= Circuit.TRIPS_AT

    for name, value in right.items():
        setattr(settings, name, value)
    pass_time(timedelta(hours=1))
    deliver("email")
    assert states() == {("sent", "")}


OF_ONE = [
    ("rcpt 450 4.2.0 Greylisted", "waiting", ""),
    ("rcpt 451 try again later", "waiting", ""),
    ("rcpt 452 4.2.2 over quota", "waiting", ""),
    ("rcpt 552 5.2.2 over quota", "dead", "mail_refused"),
    ("rcpt 550 no such user here", "dead", "mail_refused"),
    ("rcpt 550 5.1.1 User unknown", "dead", "no_mailbox"),
    ("data 554 5.7.1 Spam", "dead", "mail_refused"),
    ("data 552 5.3.4 Too large", "dead", "mail_refused"),
    ("data 451 4.7.1 Service unavailable", "waiting", ""),
]


@pytest.mark.parametrize(("answer", "state", "reason"), OF_ONE)
def test_what_is_answered_of_one_recipient_holds_up_no_other(
    answer: str, state: str, reason: str, other: Other, ada: Person, bob: Person, charlie: Person, post: Post
) -> None:
    other.mail_of(ada)
    other.mail_of(charlie)
    other.fakes.mail.answers_of["ada@example.org"] = Answer.read(answer)
    comment(bob, post)
    pass_time(A_WHILE)
    for _ in range(8):
        deliver("email")
        pass_time(timedelta(minutes=6))
    assert states() == {(state, reason)}
    assert breaker().failures < Circuit.TRIPS_AT
    assert breaker().open_until is None

    comment(bob, Post.objects.create(author=charlie, body="Of Charlie"))
    pass_time(A_WHILE)
    deliver("email")
    assert other.told(charlie, "email") == 1


def test_a_refusal_is_an_answer_so_the_breaker_closes(other: Other, ada: Person, bob: Person, post: Post) -> None:
    other.mail_of(ada)
    open_the_breaker(other, ada, bob)
    other.script("email", "552")
    deliver("email")
    assert (breaker().failures, breaker().open_until) == (0, None)
    assert {state for state, _ in states()} == {"dead", "sent"}


@pytest.mark.parametrize("how", ["read", "held", "expired", "broken", "unknown zone"])
def test_a_probe_that_is_not_sent_lets_the_next_one_probe_at_once(
    how: str, other: Other, ada: Person, bob: Person, charlie: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from notifications.deliveries import render, send
    from notifications.inbox.reading import mark_all_read
    from notifications.models import DeliverySchedule

    other.mail_of(ada)
    other.mail_of(charlie)
    open_the_breaker(other, charlie, bob)
    first = Post.objects.create(author=ada, body="First to probe")
    comment(bob, first)
    probe = Delivery.objects.filter(recipient=ada)
    probe.update(next_attempt_at=first.created_at - timedelta(hours=2))
    if how == "read":
        mark_all_read(person_id=ada.pk)
    elif how == "held":
        DeliverySchedule.objects.create(person=ada, mail_rhythm="weekly")
    elif how == "expired":
        probe.update(expires_at=first.created_at - timedelta(hours=1))
    elif how == "unknown zone":
        DeliverySchedule.objects.create(person=ada, mail_rhythm="weekly", time_zone="Mars/Olympus")
    else:

        def broken(batch: Any, asked: Any) -> Any:
            if asked[0].recipient_id == ada.pk:
                raise RuntimeError("a defect")
            return render.render(batch, asked)

        monkeypatch.setattr(send, "render", broken)
    other.script("email")
    deliver("email")
    assert (breaker().failures, breaker().open_until) == (0, None)
    assert set(Delivery.objects.filter(recipient=charlie).values_list("state", flat=True)) == {"sent"}


def test_a_mail_that_always_fails_is_the_last_to_probe(other: Other, ada: Person, bob: Person, charlie: Person) -> None:
    other.mail_of(ada)
    other.mail_of(charlie)
    open_the_breaker(other, ada, bob)
    other.fakes.mail.answers_of["ada@example.org"] = Answer.read("rcpt 550 5.7.1 relaying denied")
    other.script("email")
    comment(bob, Post.objects.create(author=charlie, body="Of Charlie"))
    pass_time(A_WHILE)
    deliver("email")
    assert other.told(charlie, "email") == 1


def test_a_test_mail_does_not_close_the_breaker_of_all(other: Other, ada: Person, bob: Person) -> None:
    endpoint = other.mail_of(ada)
    open_the_breaker(other, ada, bob, due=False)
    before = breaker().open_until
    send_test(endpoint=endpoint)
    deliver("email")
    assert breaker().open_until == before
    assert Delivery.objects.get(kind="test").attempts == 0


def open_the_breaker(other: Other, person: Person, actor: Person, *, due: bool = True) -> None:
    """Five mails for this person meet a server that is away; then it is half open."""
    other.script("email", always="banner 421 4.3.2 away")
    for _ in range(5):
        comment(actor, Post.objects.create(author=person, body="Good evening!"))
        pass_time(A_WHILE)
        deliver("email")
    for _ in range(5):
        pass_time(timedelta(seconds=3))
        deliver("email")
    assert breaker().failures >= Circuit.TRIPS_AT
    if due:
        pass_time(timedelta(minutes=20))


# --- Faults of ours ---


def test_a_defect_is_tried_three_times_and_counts_against_nothing_shared(
    other: Other, ada: Person, bob: Person, charlie: Person, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    other.mail_of(ada)
    other.mail_of(charlie)
    render = mails.compose

    def broken(outgoing: Any) -> Any:
        if outgoing.address == "ada@example.org":
            raise ValueError("a line break in a name")
        return render(outgoing)

    monkeypatch.setattr(mails, "compose", broken)
    comment(bob, post)
    pass_time(A_WHILE)
    for _ in range(6):
        deliver("email")
        pass_time(timedelta(minutes=1))
    assert list(Delivery.objects.values_list("state", "attempts", "reason", "reason_values")) == [
        ("dead", 3, "defect", {"error": "ValueError"})
    ]
    assert not Circuit.objects.filter(failures__gt=0).exists()


def test_one_row_that_breaks_takes_no_other_of_its_mail_along(
    other: Other, ada: Person, bob: Person, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    from notifications.deliveries import render

    other.mail_of(ada)
    bad = Post.objects.create(author=ada, body="Bad")
    item = render._item

    def broken(row: Any, *rest: Any) -> Any:
        if Delivery.objects.filter(pk=row.id, group__post=bad).exists():
            raise UnicodeEncodeError("ascii", "é", 0, 1, "no")
        return item(row, *rest)

    monkeypatch.setattr(render, "_item", broken)
    comment(bob, post)
    comment(bob, bad)
    pass_time(A_WHILE)
    for _ in range(6):
        deliver("email")
        pass_time(timedelta(minutes=1))
    assert other.told(ada, "email") == 1
    assert dict(Delivery.objects.values_list("group__post_id", "state")) == {post.pk: "sent", bad.pk: "dead"}


# --- What a server is given ---

NAMES = [
    "Ada",
    "=?utf-8?q?Site=20Admin?=",
    "Àdà " * 14,
    "管理者" * 20,
    '"Ada", <ada@evil.example>; (x)',
    "Ada \u202eevil",
    "a\r\nBcc: x@example.org",
    "👩‍👩‍👧‍👦" * 7,
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_reads_in_the_mail_as_it_does_on_the_page(
    name: str, other: Other, ada: Person, bob: Person, post: Post
) -> None:
    other.mail_of(ada)
    Person.objects.filter(pk__in=[ada.pk, bob.pk]).update(name=name)
    comment(bob, post)
    pass_time(A_WHILE)
    deliver("email")
    (mail,) = other.fakes.mail.mails  # which a strict server took
    shown = " ".join(name.replace("\u202e", "").split())
    assert str(mail.message["Subject"]).strip() == f"{shown} commented on your post"
    (to,) = mail.message["To"].addresses
    # Between words that are encoded, blanks are none (RFC 2047, 6.2); Python keeps them in names of addresses.
    assert (to.addr_spec, to.display_name.replace(" ", "")) == ("ada@example.org", shown.replace(" ", ""))
    assert mail.message["Bcc"] is None


def test_a_mail_is_of_seven_bits(other: Other, ada: Person, bob: Person, post: Post) -> None:
    other.mail_of(ada)
    Person.objects.filter(pk=bob.pk).update(name="Jürgen 👋 aus Köln")
    comment(bob, post)
    pass_time(A_WHILE)
    deliver("email")
    (mail,) = other.fakes.mail.mails
    assert mail.message.as_bytes().isascii()
    assert "Jürgen 👋 aus Köln commented" in mail.part("plain")


def test_the_mail_of_signing_up_is_of_seven_bits_too(other: Other, client: Client) -> None:
    values = {
        "username": "jürgen",
        "email": "j@example.org",
        "password1": "Dampfschiff7!",
        "password2": "Dampfschiff7!",
    }
    client.post("/accounts/signup/", {**values, "username": "juergen"}, headers={"Accept-Language": "de"})
    (mail,) = other.fakes.mail.mails
    assert mail.message.as_bytes().isascii()


@pytest.mark.parametrize("kind", ["test", "warning"])
def test_a_test_or_a_warning_offers_no_unsubscribing_that_does_nothing(kind: str, other: Other, ada: Person) -> None:
    endpoint = other.mail_of(ada)
    if kind == "test":
        send_test(endpoint=endpoint)
    else:
        warn(other.webhook_of(ada)[0], "It fails")
    deliver("email")
    (mail,) = other.fakes.mail.mails
    assert mail.message["List-Unsubscribe"] is None
    assert mail.message["List-Unsubscribe-Post"] is None
    assert "unsubscribe" not in mail.part("plain")


# --- A provider instead of a server ---


@pytest.mark.parametrize(
    ("status", "text", "state", "counts"),
    [
        (None, "", "waiting", True),
        (401, "Unauthorized", "waiting", True),
        (402, "Payment required", "waiting", True),
        (403, "Forbidden", "waiting", True),
        (404, "Domain not found: us.example", "waiting", True),
        (429, "Too many requests", "waiting", True),
        (500, "", "waiting", True),
        (422, "The 'From' address is not a Sender Signature on your account", "waiting", True),
        (422, "Not allowed to send. Your account has run out of credits.", "waiting", True),
        (422, "The from.email domain must be verified in your account to send emails.", "waiting", True),
        (400, "Your daily sending limit is reached", "waiting", True),
        (
            400,
            "Sandbox subdomains are for test purposes only. Add the address to authorized recipients",
            "waiting",
            True,
        ),
        (400, "Account pending approval", "waiting", True),
        (400, "Bad Request", "waiting", True),
        (422, "", "waiting", True),
        (406, "You tried to send to a recipient that has been marked as inactive.", "dead", False),
        (400, "Invalid HTML", "dead", False),
        (400, "The recipient is on the suppression list", "dead", False),
        (413, "Too large", "dead", False),
        (422, "Invalid 'To' address", "dead", False),
    ],
)
def test_what_a_provider_says(
    status: int | None,
    text: str,
    state: str,
    counts: bool,
    other: Other,
    ada: Person,
    bob: Person,
    post: Post,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_args: Any, **_options: Any) -> int:
        if status is None:
            raise AnymailAPIError(text) from ConnectionError("no route")
        answer = requests.Response()
        answer.status_code, answer._content = status, text.encode()
        raise AnymailRequestsAPIError(text, response=answer)

    other.mail_of(ada)
    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
    comment(bob, post)
    pass_time(A_WHILE)
    deliver("email")
    assert Delivery.objects.get().state == state
    assert (breaker().failures == 1) == counts


def test_an_excerpt_ends_neither_inside_of_an_address_nor_of_a_letter() -> None:
    def excerpt(body: str) -> str:
        return Entry("n1", "like", Post(body=body), 1, [], unread=True, at=timezone.now()).excerpt

    assert "https:" not in excerpt("a" * 140 + " https://example.org/" + "b" * 100)
    assert excerpt("👩‍👩‍👧‍👦" * 50).rstrip("…").count("👩‍👩‍👧‍👦") * len("👩‍👩‍👧‍👦") == len(excerpt("👩‍👩‍👧‍👦" * 50)) - 1
