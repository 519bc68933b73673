"""Attacks with the Host header: nothing that leaves this house, and no limit, goes by what a stranger writes there."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.apps import apps
from django.conf import LazySettings
from django.contrib.contenttypes.models import ContentType
from django.core import mail, signing
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import transaction
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone
from rest_framework.test import APIClient

from config.env import CHECKOUT
from notifications.models import Endpoint
from notifications.preferences.unsubscribe import UNSUBSCRIBE_SALT
from reactions import operations as reactions
from socialapp.filters.models import WordFilter
from socialapp.follows.models import Alias
from socialapp.follows.operations import follow
from socialapp.moderation.models import Category, Notice, Verb
from socialapp.moderation.notices import address_of as address_of_notice
from socialapp.moderation.operations.acts import act
from socialapp.moderation.operations.appeals import appeal
from socialapp.moderation.operations.notes import add_note
from socialapp.moderation.operations.reports import report
from socialapp.posts.models import Post
from socialapp.posts.operations import publish_post
from socialapp.signup.models import Invitation
from socialapp.takeout.models import Export, Import
from socialapp.users.addresses import ResetTokens
from socialapp.users.models import Person, Token
from tests.people import PASSWORD, logged_in, new_person

EVIL = "evil.example"
# An address that is allowed as a Host is the attacker's choice as well, and so is any port behind it.
ODD = "10.9.8.7:6666"


@pytest.fixture(autouse=True)
def odd_host(settings: LazySettings) -> None:
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "10.9.8.7"]


def of_mail(message: EmailMessage) -> str:
    """All that a mail server would be given."""
    html = [str(content) for content, _ in getattr(message, "alternatives", [])]
    return "\n".join([message.message().as_string(), str(message.body), *html])


def of_answer(answer: Any) -> str:
    """Head and body of an answer."""
    head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    body = b"".join(answer) if answer.streaming else answer.content
    return f"{head}\n{answer.cookies.output()}\n{body.decode()}"


def names_only_us(text: str) -> bool:
    return not re.search(r"evil\.example|10\.9\.8\.7|:6666\b|testserver", text)


FORMS = {
    "reset": ("/accounts/password/reset/", {"email": "ada@example.org"}),
    "reset of nobody": ("/accounts/password/reset/", {"email": "zoe@example.org"}),
    "sign-up": (
        "/accounts/signup/",
        {"username": "zoe", "email": "zoe@example.org", "password1": PASSWORD, "password2": PASSWORD},
    ),
    "sign-up with an address that is taken": (
        "/accounts/signup/",
        {"username": "zoe", "email": "ada@example.org", "password1": PASSWORD, "password2": PASSWORD},
    ),
    "another address": ("/accounts/email/", {"action_add": "", "email": "ada2@example.org"}),
    "confirm again": ("/accounts/email/", {"action_send": "", "email": "ada1@example.org"}),
    "another password": (
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": PASSWORD + "2", "password2": PASSWORD + "2"},
    ),
}


@pytest.fixture
def ada(ada: Person) -> Person:
    ada.set_password(PASSWORD)
    ada.save()
    EmailAddress.objects.create(user=ada, email="ada@example.org", verified=True, primary=True)
    EmailAddress.objects.create(user=ada, email="ada1@example.org")
    return ada


def browser_of(person: Person, form: str) -> Client:
    """One that has just typed the password, where the form is one of somebody who is logged in."""
    browser = Client()
    if form in {"another address", "confirm again", "another password"}:
        browser.post("/accounts/login/", {"login": person.username, "password": PASSWORD})
        browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
        mail.outbox.clear()  # of a new browser
    return browser


@pytest.mark.parametrize("form", FORMS)
def test_no_mail_and_no_answer_names_the_host_of_the_request_that_made_it(ada: Person, form: str) -> None:
    path, values = FORMS[form]
    browser = browser_of(ada, form)
    origin: Any = {"HTTP_HOST": ODD, "HTTP_ORIGIN": f"http://{ODD}", "HTTP_REFERER": f"http://{ODD}{path}"}
    answer = browser.post(path, values, **origin)
    assert answer.status_code in {200, 302}
    assert names_only_us(of_answer(answer))
    assert [message for message in mail.outbox if not names_only_us(of_mail(message))] == []
    if form in {"reset", "sign-up", "another address"}:
        message = mail.outbox[-1]
        assert isinstance(message, EmailMultiAlternatives)
        assert "http://127.0.0.1:8000/accounts/" in message.body


@pytest.mark.parametrize("form", FORMS)
def test_a_foreign_host_makes_no_mail(ada: Person, form: str) -> None:
    path, values = FORMS[form]
    browser = browser_of(ada, form)
    answer = browser.post(path, values, HTTP_HOST=EVIL, HTTP_ORIGIN=f"http://{EVIL}", HTTP_REFERER=f"http://{EVIL}/")
    assert answer.status_code == 400
    assert names_only_us(of_answer(answer))
    assert mail.outbox == []


def routes() -> list[str]:
    """Each address of the product, with the variables that it has."""
    found = []

    def walk(patterns: list[Any], before: str) -> None:
        for pattern in patterns:
            path = before + str(getattr(pattern, "pattern", ""))
            if hasattr(pattern, "url_patterns"):
                walk(pattern.url_patterns, path)
            else:
                found.append("/" + re.sub(r"[\^$]|\\Z", "", path))

    walk(get_resolver().url_patterns, "")
    return sorted(set(found) - {"/readyz"})


@pytest.fixture
def more(ada: Person, bob: Person, charlie: Person, things: dict[str, int]) -> dict[str, int]:
    """With what moderators decide of Bob, and the rest of what is Ada's."""
    bobs = publish_post(author=bob, body="Bad morning!")[0]
    case = report(reporter=charlie, person=bob, category=Category.SPAM, post_ids=[bobs.pk])[0].case
    moderator = new_person("mona")
    warned = act(moderator=moderator, verb=Verb.WARN, person=bob, words="Please stop.")
    return things | {
        "case": case.pk,
        "action": act(moderator=moderator, verb=Verb.HIDE, person=bob, post_id=bobs.pk).pk,
        "appeal": appeal(action=warned, person=bob, words="Why?").pk,
        "note": add_note(person=bob, moderator=moderator, text="He was warned.").pk,
        "person": bob.pk,
        "notice": Notice.objects.get(action=warned).pk,
        "alias": Alias.objects.create(person=ada, former=charlie).pk,
        "filter": WordFilter.objects.create(person=ada, phrase="fog").pk,
        "invitation": Invitation.objects.create(person=ada, limit=1, ends_at=timezone.now() + timedelta(1)).pk,
        "export": Export.objects.create(person=ada, state=Export.State.RUNNING).pk,
        "import": Import.objects.create(person=ada, kind="follows").pk,
    }


# Pictures of what is not open to all, or was reported, and an archive: here there is none of them.
OF_NOTHING = (
    "/posts/<id:post_id>/pictures/<id:picture_id>/<int:size>/",
    "/moderation/pictures/<id:picture_id>/",
    "/settings/export/<id:export_id>/download/",
)
VARIABLE = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")


def pages() -> list[str]:
    """Each page that has no variable in its address."""
    return [path for path in routes() if not VARIABLE.search(path)]


def address_of(route: str, things: dict[str, int]) -> str:
    """The address of something that exists. A KeyError: name a row for the variable."""
    words = {"username": "bob", "app_label": "posts", "url": "posts/post", "verb": "read", "name": "fog"}
    words |= {"removed": "x", "removed_follow": "x", "refused_request": "x", "size": "960", "code": "x" * 20}
    rows = {f"{name}_id": str(number) for name, number in things.items()} | {"entry_id": f"n{things['group']}"}
    signed = {
        "uidb36": user_pk_to_url_str(Person.objects.get(username="ada")),
        "token": signing.dumps([Person.objects.get(username="ada").pk, "like"], salt=UNSUBSCRIBE_SALT),
        "key": EmailConfirmationHMAC(EmailAddress.objects.get(email="ada1@example.org")).key,
    }
    if "<notice:" in route:
        signed["token"] = address_of_notice(things["notice"]).split("/")[-2]
    if "devices" in route:
        words["verb"] = "off"
    if "webauthn" in route:
        rows["pk"] = str(things["passkey"])
    if "uidb36" in route:
        signed["key"] = ResetTokens("ada@example.org").make_token(Person.objects.get(username="ada"))
    if "/replies" in route or "/followers" in route or "/following" in route:
        words["username"] = "ada"
    if admin := re.match(r"/admin/(\w+)/(\w+)/<path:object_id>", route):
        row = apps.get_model(f"{admin[1]}.{admin[2]}")._default_manager.order_by("-pk").first()
        rows["object_id"] = str(row.pk) if row else "1"
    if "content_type_id" in route:
        rows |= {"content_type_id": str(ContentType.objects.get_for_model(Post).pk), "object_id": rows["post_id"]}
    values = words | rows | signed
    return VARIABLE.sub(lambda found: values[found.group(1) or found.group(2)], route)


LISTS = [
    "feed/",
    "public/",
    "notifications/",
    "people/ada/posts/",
    "people/ada/followers/",
    "people/bob/following/",
    "people/?q=b",
    "search/posts/?q=morning",
    "tags/fog/",
    "bookmarks/",
]


def test_pages_listen_at_each_host_that_is_ours_whichever_was_asked(settings: LazySettings, db: None) -> None:
    settings.LIVE_PORT, settings.OWN_HOSTS = 8001, ["127.0.0.1", "laptop.local", "[::1]"]
    policy = Client().get("/public/", HTTP_HOST=ODD).headers["Content-Security-Policy"]
    assert "connect-src 'self' http://127.0.0.1:8001 http://laptop.local:8001; " in policy


def test_there_are_pages_to_look_at() -> None:
    assert {"/", "/accounts/login/", "/admin/", "/api/social/v1/feed/", "/live/"} <= set(pages())


def test_no_page_names_the_host_of_the_request(ada: Person, settings: LazySettings) -> None:
    settings.LIVE_PORT = 8001
    ada.is_staff = ada.is_superuser = True
    ada.save()
    strangers, own = Client(HTTP_HOST=ODD, HTTP_REFERER=f"http://{ODD}/"), logged_in(ada)
    odd: Any = {"HTTP_HOST": ODD, "HTTP_REFERER": f"http://{ODD}/"}
    for browser in (strangers, own):
        for path in pages():
            if "logout" not in path:
                answer = browser.get(path, **odd)
                same = browser.get(path)
                assert answer.headers.get("Content-Security-Policy") == same.headers.get("Content-Security-Policy"), (
                    path
                )
                assert names_only_us(of_answer(answer)), path


def rooms() -> dict[str, list[str]]:
    """The addresses with a variable, by how they begin."""
    found: dict[str, list[str]] = {}
    for route in routes():
        if VARIABLE.search(route):
            found.setdefault("/".join(route.split("/")[: 5 if route.startswith("/api/") else 2]), []).append(route)
    return found


@pytest.mark.parametrize("room", rooms())
def test_nothing_that_a_variable_leads_to_names_the_host_of_the_request(
    ada: Person, bob: Person, more: dict[str, int], api_of: Callable[[Person], APIClient], room: str
) -> None:
    ada.is_staff = ada.is_superuser = True
    ada.save()
    programs = (api_of(ada), APIClient())
    # Only the token that made a webhook gets its secret.
    Endpoint.objects.filter(pk=more["endpoint"]).update(token_id=Token.objects.filter(person=ada).latest("id").pk)
    for route in rooms()[room]:
        address = address_of(route, more)
        if route.startswith("/api/"):
            statuses = asked(programs, ("get", "post", "put", "patch", "delete"), address)
        else:
            statuses = asked((logged_in(ada), Client()), ("get", "post"), address)
        assert statuses - {401, 403, 404, 405} or route in OF_NOTHING, address
    assert [message for message in mail.outbox if not names_only_us(of_mail(message))] == []


def asked(clients: Iterable[Client], methods: Iterable[str], address: str) -> set[int]:
    """The statuses of all answers, none of which names the host of its request."""
    odd: Any = {"HTTP_HOST": ODD, "HTTP_REFERER": f"http://{ODD}/", "HTTP_ORIGIN": f"http://{ODD}"}
    statuses = set()
    for client in clients:
        for method in methods:
            # Each finds what the others, which may have deleted it, found.
            with transaction.atomic():
                answer = getattr(client, method)(address, **odd)
                transaction.set_rollback(True)
            statuses.add(answer.status_code)
            assert names_only_us(of_answer(answer)), (method, address)
            assert getattr(client, method)(address, HTTP_HOST=EVIL).status_code == 400
    return statuses


def test_a_foreign_host_is_refused_everywhere(ada: Person) -> None:
    strangers, own = Client(HTTP_HOST=EVIL), logged_in(ada)
    for path in [*pages(), "/posts/1/", "/@ada/"]:
        if path not in {"/healthz", "/readyz", "/metrics"}:
            for browser in (strangers, own):
                answer = browser.get(path, HTTP_HOST=EVIL)
                assert answer.status_code == 400, path
                assert names_only_us(of_answer(answer)), path


@pytest.mark.parametrize("path", LISTS)
def test_the_next_page_of_a_list_is_one_of_ours(
    ada: Person,
    bob: Person,
    charlie: Person,
    api_of: Callable[[Person], APIClient],
    deliver: Callable[[], int],
    path: str,
) -> None:
    for body in ("Good morning #fog", "Another morning #fog"):
        post, _ = publish_post(author=ada, body=body)
        for person in (bob, charlie):
            reactions.like(post_id=post.pk, person_id=person.pk)
    follow(follower_id=bob.pk, followee_id=ada.pk)
    follow(follower_id=charlie.pk, followee_id=ada.pk)
    follow(follower_id=bob.pk, followee_id=charlie.pk)
    Person.objects.create(username="bobby", email="bobby@example.org", password="!")
    deliver()
    reader = api_of(bob if path == "feed/" else ada)
    for post in Post.objects.all():
        reader.put(f"/api/social/v1/posts/{post.pk}/bookmark/")
    answer = reader.get(f"/api/social/v1/{path}{'&' if '?' in path else '?'}size=1", HTTP_HOST=ODD)
    assert answer.status_code == 200
    assert answer.json()["next"].startswith("http://127.0.0.1:8000/api/social/v1/")
    assert names_only_us(of_answer(answer))
    following = reader.get(answer.json()["next"], HTTP_HOST=ODD).json()
    assert following["previous"].startswith("http://127.0.0.1:8000/api/social/v1/")
    assert following["results"] != answer.json()["results"]
    assert reader.get(f"/api/social/v1/{path}", HTTP_HOST=EVIL).status_code == 400


def test_the_live_streams_of_programs_are_where_we_say(settings: LazySettings) -> None:
    settings.LIVE_PORT = 8001
    answer = Client().get("/live/?after=1", HTTP_HOST=ODD)
    assert (answer.status_code, answer.headers["Location"]) == (307, "http://127.0.0.1:8001/live/?after=1")


@pytest.mark.parametrize("path", ["/language/", "/theme/", "/accounts/login/"])
def test_a_form_leads_to_a_path_and_never_to_a_host(ada: Person, path: str) -> None:
    values = {"language": "de", "theme": "dark", "login": "ada", "password": PASSWORD}
    leads = [f"http://{ODD}/public/", f"//{ODD}/public/", "http://localhost/public/", f"http://{EVIL}/", "/public/"]
    referer = f"http://{ODD}/somewhere/"
    seen = [
        Client().post(path, values | {"next": lead}, HTTP_HOST=ODD, HTTP_REFERER=referer).headers["Location"]
        for lead in leads
    ]
    assert seen == ["/", "/", "/", "/", "/public/"]


def test_https_redirects_lead_to_our_own_name_and_probes_are_answered(settings: LazySettings, db: None) -> None:
    settings.SECURE_SSL_REDIRECT, settings.SECURE_SSL_HOST = True, "social.example"
    balancer = Client(HTTP_HOST="10.244.3.17:8000")
    assert balancer.get("/healthz").status_code == 200
    assert balancer.get("/readyz").status_code in {200, 503}
    assert balancer.get("/@ada/").headers["Location"] == "https://social.example/@ada/"


def test_with_https_a_probe_hears_that_the_database_is_away() -> None:
    script = "from django.test import Client; import django; django.setup(); print(Client().get('/readyz').status_code)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=CHECKOUT,
        env={
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SOCIALAPP_URL": "https://social.example",
            "DATABASE_URL": "postgres://nobody@127.0.0.1:9/none",
            "REDIS_URL": "redis://127.0.0.1:9/0",
            "SOCIALAPP_SECRET_KEY": "abcdefghij" * 6,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "503"
