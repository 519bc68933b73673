"""Who may join: anybody, whoever is approved, whoever was invited, nobody; and who is kept out."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django import forms
from django.conf import LazySettings
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone

from socialapp.limits.rates import Rates
from socialapp.messaging.consumer import consume
from socialapp.signup import operations
from socialapp.signup.models import Application, Block, Invitation, Invitee, Inviters, Mode, SignupRules
from socialapp.users.models import Person
from socialapp.users.operations import delete_account, suspend
from tests.people import PASSWORD, logged_in, new_person

pytestmark = pytest.mark.django_db(transaction=True)
SIGN_UP = "/accounts/signup/"


@pytest.fixture(autouse=True)
def first_visitors(db: None) -> None:
    """Nobody signed up before, from this address or with these mail addresses."""
    cache.clear()


def rules(mode: Mode, **more: Any) -> None:
    """As an admin sets them."""
    SignupRules.objects.update_or_create(pk=1, defaults={"mode": mode, **more})


def sign_up(username: str = "dana", where: str = SIGN_UP, browser: Client | None = None, **more: str) -> Any:
    """Fill in the form and send it."""
    form = {"username": username, "email": f"{username}@example.org", "password1": PASSWORD, "password2": PASSWORD}
    return (browser or Client()).post(where, form | more)


def invitation_by(person: Person, limit: int = 1) -> Invitation:
    Person.objects.filter(pk=person.pk).update(joined_at=timezone.now() - timedelta(days=30))
    person.refresh_from_db()
    return operations.invite(person=person, limit=limit, ends_at=timezone.now() + timedelta(days=1))


def where(invitation: Invitation) -> str:
    """Where its link leads."""
    answer = Client().get(f"/invite/{invitation.code}/")
    assert answer.status_code == 302
    return str(answer.headers["Location"])


# --- Who may join ---


def test_anybody_may_unless_somebody_said_otherwise(db: None) -> None:
    assert sign_up().status_code == 302
    assert Person.objects.get().username == "dana"


@pytest.mark.parametrize("by", ["setting", "admin"])
def test_nobody_may_where_it_is_closed(by: str, settings: LazySettings, ada: Person) -> None:
    invitation = invitation_by(ada)
    if by == "admin":
        rules(Mode.CLOSED)
    else:
        settings.SIGN_UP = "closed"
    for place in (SIGN_UP, where_of(invitation)):
        page = Client().get(place)
        assert (page.status_code, "Nobody new can join at the moment" in page.text) == (403, True)
        assert sign_up(where=place).status_code == 403
    assert Person.objects.count() == 1


def where_of(invitation: Invitation) -> str:
    return f"{SIGN_UP}?invitation={invitation.code}"


def test_an_admin_opens_it_without_a_restart(settings: LazySettings, ada: Person) -> None:
    settings.SIGN_UP = "closed"
    Person.objects.filter(pk=ada.pk).update(is_staff=True, is_superuser=True)
    ada.refresh_from_db()
    admin = logged_in(ada)
    assert admin.get("/admin/signup/signuprules/").status_code == 200
    form = {"mode": "open", "inviters": "everybody", "question": ""}
    assert admin.post("/admin/signup/signuprules/add/", form).status_code == 302
    assert sign_up().status_code == 302
    assert admin.get("/admin/signup/signuprules/add/").status_code == 403
    assert admin.post("/admin/signup/signuprules/1/change/", form | {"mode": "closed"}).status_code == 302
    assert sign_up("emeka").status_code == 403


# --- Invitations ---


def test_by_invitation_only_whoever_has_a_link(ada: Person) -> None:
    rules(Mode.INVITATION)
    page = Client().get(SIGN_UP)
    assert (page.status_code, "by invitation" in page.text) == (403, True)
    invitation = invitation_by(ada)
    place = where(invitation)
    assert "Ada invites you" in Client().get(place).text
    assert sign_up(where=place).status_code == 302
    dana = Person.objects.get(username="dana")
    assert Invitee.objects.get(person=dana).invitation.person == ada
    assert sign_up("emeka", where=place).status_code == 403
    assert Client().get(f"/invite/{invitation.code}/").status_code == 410
    assert Person.objects.count() == 2


@pytest.mark.parametrize("how", ["revoked", "ended", "suspended", "deleted"])
def test_a_link_ends(how: str, ada: Person) -> None:
    rules(Mode.INVITATION)
    invitation = invitation_by(ada, limit=5)
    if how == "revoked":
        operations.revoke(invitation=invitation)
    elif how == "ended":
        Invitation.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    elif how == "suspended":
        suspend(person=ada, reason="spam")
    else:
        delete_account(person=ada)
        consume()
        assert not Invitation.objects.exists()
    page = Client().get(f"/invite/{invitation.code}/")
    assert (page.status_code, "This invitation has ended" in page.text) == (410, True)
    assert sign_up(where=where_of(invitation)).status_code == 403


def test_the_last_place_is_given_once(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    invitation = invitation_by(ada)
    operations.use(invitation=invitation, person=new_person("bob"))
    with pytest.raises(ValidationError):
        operations.use(invitation=invitation, person=new_person("charlie"))
    assert Invitee.objects.count() == 1


def test_a_page_to_make_and_revoke_links(ada: Person) -> None:
    invitation_by(ada)
    browser = logged_in(ada)
    answer = browser.post("/settings/invitations/", {"note": "The choir", "limit": "25", "days": "7"}, follow=True)
    invitation = Invitation.objects.get(note="The choir")
    assert (invitation.limit, invitation.url in answer.text) == (25, True)
    sign_up(where=where(invitation))
    assert "@dana" in browser.get("/settings/invitations/").text
    answer = browser.post(f"/settings/invitations/{invitation.pk}/revoke/", follow=True)
    assert invitation.url not in answer.text
    assert "@dana" in answer.text
    assert logged_in(new_person("bob")).post(f"/settings/invitations/{invitation.pk}/revoke/").status_code == 404


@pytest.mark.parametrize(
    ("inviters", "is_staff", "days", "may"),
    [
        (Inviters.EVERYBODY, False, 30, True), (Inviters.EVERYBODY, False, 1, False),
        (Inviters.STAFF, False, 30, False),
        (Inviters.STAFF, True, 1, True), (Inviters.NOBODY, True, 30, False),
    ],
)  # fmt: skip
def test_who_may_invite(inviters: Inviters, is_staff: bool, days: int, may: bool, ada: Person) -> None:
    rules(Mode.OPEN, inviters=inviters)
    ada.is_staff, ada.joined_at = is_staff, timezone.now() - timedelta(days=days)
    ada.save()
    page = logged_in(ada).get("/settings/invitations/")
    assert ("Make a link" in page.text) == may
    if not may:
        with pytest.raises(PermissionDenied):
            operations.invite(person=ada, limit=1, ends_at=timezone.now())


# --- Approval ---


def test_whoever_applies_has_no_account_until_somebody_approves(ada: Person) -> None:
    rules(Mode.APPROVAL, question="Who sent you?")
    assert "Who sent you?" in Client().get(SIGN_UP).text
    answer = sign_up(answer="Ada did.")
    assert answer.headers["Location"] == "/accounts/applied/"
    assert "you hear of their decision by mail" in Client().get("/accounts/applied/").text
    assert not Person.objects.filter(username="dana").exists()
    assert "sessionid" not in answer.cookies
    login = {"login": "dana", "password": PASSWORD}
    assert Client().post("/accounts/login/", login).status_code == 200
    assert Client().post("/accounts/password/reset/", {"email": "dana@example.org"}).status_code == 302
    assert not any("password/reset/key" in message.body for message in mail.outbox)
    assert "taken" in sign_up("Dana", answer="Me, too.").text or Application.objects.count() == 1
    mail.outbox.clear()
    dana = operations.approve(application=Application.objects.get())
    assert (dana.username, EmailAddress.objects.get(user=dana).verified) == ("dana", False)
    (message,) = mail.outbox
    assert message.to == ["dana@example.org"]
    link = next(word for word in message.body.split() if "confirm-email" in word)
    browser = Client()
    browser.post(link.removeprefix("http://127.0.0.1:8000"))
    assert EmailAddress.objects.get(user=dana).verified
    assert browser.post("/accounts/login/", login).status_code == 302
    assert not Application.objects.exists()


def test_whoever_is_refused_hears_why_and_nothing_is_kept(ada: Person) -> None:
    rules(Mode.APPROVAL)
    sign_up(answer="Buy my things")
    Person.objects.filter(pk=ada.pk).update(is_staff=True, is_superuser=True)
    ada.refresh_from_db()
    application = Application.objects.get()
    page = logged_in(ada).get("/admin/signup/application/")
    assert "Buy my things" in page.text
    mail.outbox.clear()
    chosen = {"action": "refuse", "_selected_action": str(application.pk), "reason": "No sales here."}
    logged_in(ada).post("/admin/signup/application/", chosen)
    (message,) = mail.outbox
    assert "No sales here." in message.body
    assert not Application.objects.exists()
    assert sign_up(answer="Sorry.").status_code == 302


def test_whoever_was_invited_needs_no_approval(ada: Person) -> None:
    rules(Mode.APPROVAL)
    sign_up(where=where(invitation_by(ada)))
    assert Person.objects.filter(username="dana").exists()


def test_an_application_without_an_answer_comes_back(db: None) -> None:
    rules(Mode.APPROVAL)
    page = sign_up()
    assert (page.status_code, "This field is required" in page.text) == (200, True)
    assert not Application.objects.exists()


# --- Who is kept out ---


def block(kind: str, value: str, **more: Any) -> Block:
    made = Block(kind=kind, value=value, reason="spam", **more)
    made.full_clean(exclude=["created_at"])
    made.save()
    return made


@pytest.mark.parametrize(
    ("kind", "value", "email", "is_kept_out"),
    [
        ("domain", "Spam.example", "eve@spam.example", True),
        ("domain", "spam.example", "eve@mail.SPAM.example", True),
        ("domain", "spam.example", "eve@notspam.example", False),
        ("domain", "@spam.example", "eve@spam.example", True),
        ("mail", "eve@spam.example", "Eve+2@spam.example", True),
        ("mail", "eve@spam.example", "adam@spam.example", False),
    ],
)
def test_blocked_mail(kind: str, value: str, email: str, is_kept_out: bool, db: None) -> None:
    block(kind, value)
    page = sign_up(email=email)
    assert ("Nobody can join with this mail address" in page.text) == is_kept_out
    assert Person.objects.exists() != is_kept_out


@pytest.mark.parametrize(
    ("network", "address", "is_kept_out"),
    [
        ("192.0.2.7", "192.0.2.7", True), ("192.0.2.7", "192.0.2.8", False), ("192.0.2.0/24", "192.0.2.200", True),
        ("192.0.2.99/24", "192.0.3.1", False), ("2001:db8::/32", "2001:db8:1::1", True), ("0.0.0.0/0", "8.8.8.8", True),
    ],
)  # fmt: skip
def test_blocked_networks(network: str, address: str, is_kept_out: bool, db: None) -> None:
    block("network", network)
    page = sign_up(browser=Client(REMOTE_ADDR=address))
    assert ("Nobody can join from your network" in page.text) == is_kept_out
    assert Person.objects.exists() != is_kept_out


def test_a_block_ends(db: None) -> None:
    block("domain", "example.org", ends_at=timezone.now() - timedelta(seconds=1))
    assert sign_up().status_code == 302


@pytest.mark.parametrize(("kind", "value"), [("domain", "a b"), ("mail", "eve"), ("network", "300.0.0.1")])
def test_what_is_no_block(kind: str, value: str, db: None) -> None:
    with pytest.raises(ValidationError):
        block(kind, value)


def test_so_many_accounts_from_one_address(settings: LazySettings) -> None:
    settings.LIMITS = {"signups": Rates.of("2/d")}
    for name, address in (("a1", "192.0.2.1"), ("a2", "192.0.2.1")):
        assert sign_up(name, browser=Client(REMOTE_ADDR=address)).status_code == 302
    page = sign_up("a3", browser=Client(REMOTE_ADDR="192.0.2.1"))
    assert page.status_code == 429
    assert "A lot of accounts were made from your network" in page.text
    assert sign_up("a4", browser=Client(REMOTE_ADDR="192.0.2.2")).status_code == 302
    for name, address in (("b1", "2001:db8::1"), ("b2", "2001:db8::2")):
        sign_up(name, browser=Client(REMOTE_ADDR=address))
    assert sign_up("b3", browser=Client(REMOTE_ADDR="2001:db8::3")).status_code == 429


class Sum:
    """A captcha of a test: the field and the check of the protocol."""

    def field(self, request: HttpRequest) -> forms.Field:
        return forms.CharField(label="Two and two?")

    def is_passed(self, request: HttpRequest, value: object) -> bool:
        return value == "4"


def test_a_captcha(settings: LazySettings, db: None) -> None:
    settings.CAPTCHA = f"{__name__}.Sum"
    assert "Two and two?" in Client().get(SIGN_UP).text
    assert "That was not right" in sign_up(captcha="5").text
    assert not Person.objects.exists()
    assert sign_up(captcha="4").status_code == 302
