"""Push is for the person who is logged in at a browser: whatever the browser and the server believe of each other."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.account.signals import password_changed
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.db.models import F
from django.dispatch import Signal
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from bin.fakes.push import Browser
from notifications.channels import push
from notifications.channels.push import application_server_key
from notifications.deliveries import maintenance
from notifications.deliveries.send import deliver
from notifications.endpoints import browsers, operations
from notifications.models import Circuit, Delivery, Endpoint, PushKey
from socialapp.messaging.consumer import consume
from socialapp.posts.models import Post
from socialapp.users.browsers import browser_name
from socialapp.users.models import Person
from socialapp.users.operations import delete_account
from tests.notifications.activities import comment
from tests.notifications.fakes import Other, pass_time
from tests.people import PASSWORD, logged_in

pytestmark = pytest.mark.django_db

NEW = "another battery, another horse"


def purge() -> None:
    """What `notifications.tasks.purge` does."""
    browsers.remove_logged_out()
    maintenance.purge()


def subscribe(page: Client, other: Other, **said: object) -> tuple[str, Browser]:
    """As the script of the page does."""
    address, browser = other.fakes.push.new_browser(application_server_key())
    body = {"endpoint": address, "keys": browser.keys(), "applicationServerKey": application_server_key(), **said}
    answer = page.post(reverse("notifications:subscribe"), json.dumps(body), "application/json")
    assert answer.status_code == 201
    return address, browser


def is_on(page: Client, address: str) -> bool:
    """What the page asks before it says that push is on."""
    said = json.dumps({"endpoint": address})
    return bool(page.post(reverse("notifications:push_state"), said, "application/json").json()["on"])


def test_push_ends_with_the_log_out(other: Other, ada: Person, bob: Person, post: Post) -> None:
    page = logged_in(ada)
    _, browser = subscribe(page, other)
    comment(bob, post)
    deliver("push")
    assert len(browser.messages) == 1
    page.post(reverse("account_logout"))
    comment(bob, post, 2)
    pass_time(timedelta(minutes=2))
    deliver("push")
    assert len(browser.messages) == 1
    assert not Endpoint.objects.filter(channel="push").exists()
    assert not Circuit.objects.filter(name__startswith="push").exists()


def test_a_log_out_at_one_browser_leaves_the_others_and_the_programs(
    other: Other, ada: Person, bob: Person, post: Post, api_of: Callable[[Person], APIClient]
) -> None:
    here, there = logged_in(ada), logged_in(ada)
    subscribe(here, other)
    _, elsewhere = subscribe(there, other)
    address, program = other.fakes.push.new_browser(application_server_key())
    said = {"endpoint": address, "keys": program.keys()}
    assert api_of(ada).post("/api/social/v1/notifications/endpoints/push/", said, format="json").status_code == 201
    here.post(reverse("account_logout"))
    comment(bob, post)
    deliver("push")
    purge()
    assert (len(elsewhere.messages), len(program.messages)) == (1, 1)
    assert Endpoint.objects.filter(channel="push").count() == 2


def test_what_waits_is_not_sent_once_the_session_has_expired(
    other: Other, ada: Person, bob: Person, post: Post
) -> None:
    _, browser = subscribe(logged_in(ada), other)
    comment(bob, post)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    deliver("push")
    assert Delivery.objects.get().reason == "logged_out"
    assert browser.messages == []
    purge()
    assert not Endpoint.objects.filter(channel="push").exists()


@pytest.mark.parametrize("by", ["password", "everywhere", "the operator"])
def test_push_ends_when_the_session_is_ended_from_elsewhere(
    by: str, other: Other, ada: Person, bob: Person, post: Post
) -> None:
    """The thief's session is over at once; its row is there until it expires, as the thief does not come back."""
    ada.set_password(PASSWORD)
    ada.save()
    mine, thief = logged_in(ada), logged_in(ada)
    _, here = subscribe(mine, other)
    _, there = subscribe(thief, other)
    if by == "password":
        form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW, "revoke-shown": "1"}
        assert mine.post(reverse("account_change_password"), form).status_code == 302
    elif by == "everywhere":
        Person.objects.filter(pk=ada.pk).update(sessions_ended=F("sessions_ended") + 1)
    else:
        ada.set_password(NEW)
        ada.save()
    assert Session.objects.count() == 2
    comment(bob, post)
    deliver("push")
    assert (len(here.messages), len(there.messages)) == (int(by == "password"), 0)
    purge()
    assert Endpoint.objects.filter(channel="push").count() == int(by == "password")


def test_push_by_the_api_of_a_session_ends_with_it(other: Other, ada: Person) -> None:
    page = logged_in(ada)
    address, browser = other.fakes.push.new_browser()
    said = json.dumps({"endpoint": address, "keys": browser.keys()})
    assert page.post("/api/social/v1/notifications/endpoints/push/", said, "application/json").status_code == 201
    page.post(reverse("account_logout"))
    assert not Endpoint.objects.exists()


def test_push_ends_with_the_account(other: Other, ada: Person) -> None:
    subscribe(logged_in(ada), other)
    delete_account(person=ada)
    consume()
    assert not Endpoint.objects.exists()


@pytest.mark.parametrize("signal", [user_logged_in, password_changed], ids=["log-in", "new password"])
def test_push_follows_the_session_to_its_new_key(
    signal: Signal, other: Other, ada: Person, bob: Person, post: Post, rf: RequestFactory
) -> None:
    page = logged_in(ada)
    _, browser = subscribe(page, other)
    request = rf.get("/")
    request.session = page.session
    request.session.cycle_key()
    signal.send(Person, request=request, user=ada)
    request.session.save()
    comment(bob, post)
    deliver("push")
    assert len(browser.messages) == 1


def test_another_person_at_the_same_browser_is_asked_again(
    other: Other, ada: Person, bob: Person, charlie: Person, post: Post
) -> None:
    page = logged_in(ada)
    address, browser = subscribe(page, other)
    assert is_on(page, address)
    page.logout()
    page = logged_in(bob)
    assert not is_on(page, address)
    said = json.dumps({"endpoint": address, "keys": browser.keys()})
    page.post(reverse("notifications:subscribe"), said, "application/json")
    assert is_on(page, address)
    comment(charlie, post)
    deliver("push")
    assert browser.messages == []  # they were for Ada


@pytest.mark.parametrize("ending", ["removed", "turned off", "gone", "another key", "restored without it"])
def test_the_page_offers_the_button_whenever_this_browser_is_not_on_here(
    ending: str, other: Other, ada: Person, bob: Person, post: Post
) -> None:
    page = logged_in(ada)
    address, _ = subscribe(page, other)
    endpoint = Endpoint.objects.get()
    if ending == "removed":
        operations.remove_endpoint(endpoint=endpoint)
    elif ending == "turned off":
        operations.disable(endpoint=endpoint)
    elif ending == "gone":
        other.script("push", "410")
        comment(bob, post)
        deliver("push")
    elif ending == "another key":
        PushKey.objects.all().delete()
        push.vapid.cache_clear()
    else:
        Endpoint.objects.all().delete()
    assert not is_on(page, address)
    subscribe(page, other)
    assert Endpoint.objects.filter(disabled_at=None, channel="push").count() == 1 + (ending == "another key")


def test_nobody_learns_whether_a_subscription_is_anothers(other: Other, ada: Person, bob: Person) -> None:
    address, _ = subscribe(logged_in(ada), other)
    assert not is_on(logged_in(bob), address)
    for said in ("", "[]", "{}", "3", '{"endpoint": 3}', "\ud83d".encode("utf-8", "surrogatepass")):
        answer = logged_in(bob).post(reverse("notifications:push_state"), said, "application/json")
        assert answer.status_code in {200, 400}
        assert "true" not in answer.text
    assert Client().post(reverse("notifications:push_state"), "{}", "application/json").status_code == 302


def test_a_renewed_subscription_takes_the_place_of_the_one_that_is_over(
    other: Other, ada: Person, bob: Person, post: Post
) -> None:
    page = logged_in(ada)
    old, _ = subscribe(page, other)
    needed = page.get(reverse("notifications:subscribe")).json()
    assert needed["key"] == application_server_key()
    _, fresh = subscribe(page, other, replaces=old)
    assert Endpoint.objects.filter(channel="push").count() == 1
    comment(bob, post)
    deliver("push")
    assert len(fresh.messages) == 1


def test_what_a_worker_needs_is_for_those_who_are_logged_in_and_its_token_is_asked_for(
    other: Other, ada: Person
) -> None:
    assert Client().get(reverse("notifications:subscribe")).status_code == 302
    page = Client(enforce_csrf_checks=True)
    page.force_login(ada, "allauth.account.auth_backends.AuthenticationBackend")
    address, browser = other.fakes.push.new_browser()
    said = json.dumps({"endpoint": address, "keys": browser.keys()})
    assert page.post(reverse("notifications:subscribe"), said, "application/json").status_code == 403
    token = page.get(reverse("notifications:subscribe")).json()["csrf"]
    answer = page.post(reverse("notifications:subscribe"), said, "application/json", headers={"X-CSRFToken": token})
    assert answer.status_code == 201


def test_a_subscription_for_another_key_is_refused(other: Other, ada: Person) -> None:
    address, browser = other.fakes.push.new_browser()
    said = json.dumps({"endpoint": address, "keys": browser.keys(), "applicationServerKey": "B" * 87})
    answer = logged_in(ada).post(reverse("notifications:subscribe"), said, "application/json")
    assert answer.status_code == 400
    assert "another key" in answer.json()["detail"]


def test_who_lost_push_in_a_browser_reads_so_by_mail_once(other: Other, ada: Person, bob: Person, post: Post) -> None:
    endpoint, _ = other.browser_of(ada)
    other.mail_of(ada)
    EmailAddress.objects.filter(user=ada).update(verified=True)
    other.script("push", "410")
    comment(bob, post)
    deliver("push")
    for _ in range(3):
        purge()
    (warning,) = Delivery.objects.filter(kind="warning")
    assert warning.channel == "email"
    assert warning.text.startswith("Push: Chrome was turned off: the browser ended its subscription. To be notified")
    operations.disable(endpoint=endpoint)
    purge()
    assert Delivery.objects.filter(kind="warning").count() == 1


def test_who_turned_push_off_is_not_warned(other: Other, ada: Person) -> None:
    endpoint, _ = other.browser_of(ada)
    other.mail_of(ada)
    operations.disable(endpoint=endpoint)
    purge()
    assert not Delivery.objects.exists()


APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0", "Firefox on Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 Edg/129.0.0.0", "Edge on Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 OPR/114.0.0.0", "Opera on Windows"),
        (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {CHROME} Safari/537.36", "Chrome on Chrome OS"),
        (f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {CHROME} Mobile Safari/537.36", "Chrome Mobile on Android"),
        (
            f"Mozilla/5.0 (Linux; Android 14; SM-S918B) {CHROME} SamsungBrowser/25.0 Mobile Safari/537.36",
            "Samsung Internet on Android",
        ),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) {APPLE} Version/17.5 Safari/605.1.15", "Safari on Mac OS X"),
        (
            f"Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) {APPLE} Version/17.5 Mobile/1 Safari/6",
            "Mobile Safari on iPad",
        ),
        (
            f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) {APPLE} FxiOS/128.0 Safari/6",
            "Firefox iOS on iPhone",
        ),
        ("", "A browser"),
    ],
)
def test_a_device_has_the_name_that_its_owner_knows_it_by(user_agent: str, name: str) -> None:
    assert browser_name(user_agent) == name


def test_a_name_that_has_no_end_is_read_at_its_beginning() -> None:
    assert browser_name("Mozilla/5.0 (X11; Linux x86_64) Firefox/131.0" + " x" * 100_000) == "Firefox on Linux"
