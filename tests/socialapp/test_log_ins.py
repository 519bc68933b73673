"""Where somebody is logged in: seen by them, ended by them."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.utils import timezone

from socialapp.users.log_ins import clear_expired, log_ins_of
from socialapp.users.models import LogIn, Person
from tests.passwords import ada
from tests.people import PASSWORD

__all__ = ["ada"]

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 "
    "Mobile/15E148 Safari/604.1"
)
PAGE = "/settings/security/"


def browser_of(person: Person, user_agent: str = FIREFOX, address: str = "203.0.113.7") -> Client:
    """In which they have just logged in, by the page."""
    browser = Client(HTTP_USER_AGENT=user_agent, REMOTE_ADDR=address)
    answer = browser.post("/accounts/login/", {"login": person.username, "password": PASSWORD})
    assert answer.status_code == 302
    return browser


def is_in(browser: Client) -> bool:
    """Is it logged in?"""
    return bool(browser.get("/settings/").status_code == 200)


def test_the_owner_sees_each_browser_with_its_address_and_which_is_this(ada: Person) -> None:
    browser_of(ada, IPHONE, "198.51.100.4")
    page = " ".join(browser_of(ada).get(PAGE).text.split())
    assert page.index("Firefox on Linux") < page.index("this browser") < page.index("Mobile Safari on iPhone")
    assert "from 203.0.113.7" in page
    assert "from 198.51.100.4" in page


def test_the_table_of_log_ins_opens_nothing(ada: Person) -> None:
    key = browser_of(ada).cookies["sessionid"].value
    assert not LogIn.objects.filter(session_id=key).exists()
    thief = Client()
    thief.cookies["sessionid"] = LogIn.objects.get().session_id
    assert not is_in(thief)


def test_one_is_ended_and_the_other_stays(ada: Person, bob: Person) -> None:
    lost, mine = browser_of(ada, IPHONE), browser_of(ada)
    row = LogIn.objects.get(user_agent=IPHONE)
    stranger = Client()
    stranger.force_login(bob, "allauth.account.auth_backends.AuthenticationBackend")
    assert stranger.post(f"{PAGE}log-ins/{row.pk}/end/").status_code == 404
    assert is_in(lost)
    assert mine.post(f"{PAGE}log-ins/{row.pk}/end/").status_code == 302
    assert (is_in(lost), is_in(mine)) == (False, True)
    assert [each.user_agent for each in log_ins_of(ada)] == [FIREFOX]


def test_all_others_are_ended_also_those_that_are_in_no_list(ada: Person) -> None:
    lost, unlisted, mine = browser_of(ada, IPHONE), browser_of(ada, IPHONE), browser_of(ada)
    LogIn.objects.filter(user_agent=IPHONE).first().delete()  # type: ignore[union-attr]
    began = LogIn.objects.get(user_agent=FIREFOX).began_at
    assert mine.post(f"{PAGE}log-ins/end/").status_code == 302
    assert (is_in(lost), is_in(unlisted), is_in(mine)) == (False, False, True)
    (left,) = log_ins_of(Person.objects.get(pk=ada.pk))
    assert (left.user_agent, left.began_at) == (FIREFOX, began)


def test_it_is_noted_anew_when_the_address_changes_and_not_at_each_request(ada: Person) -> None:
    browser = browser_of(ada)
    LogIn.objects.update(last_used_at=timezone.now() - timedelta(days=1))
    browser.get("/settings/")
    assert LogIn.objects.get().last_used_at < timezone.now() - timedelta(hours=1)
    browser.get("/settings/", REMOTE_ADDR="198.51.100.4")
    row = LogIn.objects.get()
    assert (row.address, row.last_used_at > timezone.now() - timedelta(hours=1)) == ("198.51.100.4", True)


def test_a_session_that_a_new_password_ended_is_not_listed(ada: Person) -> None:
    browser_of(ada)
    ada.set_password("another horse battery staple")
    ada.save()
    assert Session.objects.count() == 1
    assert log_ins_of(ada) == []


def test_expired_sessions_and_rows_without_one_are_cleared(ada: Person) -> None:
    browser_of(ada)
    browser_of(ada)
    row = LogIn.objects.all()[0]
    Session.objects.filter(pk=row.session_id)._raw_delete("default")  # an old process
    Session.objects.update(expire_date=timezone.now() - timedelta(days=1))
    clear_expired()
    assert (Session.objects.count(), LogIn.objects.count()) == (0, 0)


def test_a_new_browser_is_told_of_by_mail_once(ada: Person) -> None:
    browser = browser_of(ada, IPHONE)
    (message,) = mail.outbox
    assert (message.to, message.subject) == (["ada@example.org"], "A log-in from a new browser")
    assert "with Mobile Safari on iPhone, from the address 203.0.113.7." in " ".join(str(message.body).split())
    browser.post("/accounts/logout/")
    browser.post("/accounts/login/", {"login": "ada", "password": PASSWORD})
    assert len(mail.outbox) == 1


def test_signing_up_is_no_news(db: None) -> None:
    form = {"username": "zoe", "email": "zoe@example.org", "password1": PASSWORD, "password2": PASSWORD}
    assert Client().post("/accounts/signup/", form).status_code == 302
    assert [message.subject for message in mail.outbox if "browser" in message.subject] == []
