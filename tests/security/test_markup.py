"""Markup typed wherever something can be typed (XSS): each page is read by an HTML parser, and nothing in it runs."""

import json
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from rest_framework.test import APIClient

from notifications.deliveries.notices import send_test
from notifications.endpoints.operations import add_webhook
from notifications.models import Attempt, Delivery, Endpoint, NotificationGroup
from notifications.preferences import mutes
from reactions import operations as reactions
from socialapp.bookmarks import operations as bookmarks
from socialapp.follows.operations import block, follow
from socialapp.messaging.consumer import consume
from socialapp.posts.operations import edit_post, publish_post
from socialapp.users.models import Person
from socialapp.users.operations import make_token
from tests.people import logged_in, new_person

MARK = "xss9"
BODIES = [
    f"<script>{MARK}()</script>",
    f"</textarea><script>{MARK}()</script>",
    f"</title><script>{MARK}()</script>",
    f"<img src=x onerror={MARK}()>",
    f"<svg/onload={MARK}()>",
    f"<svg><script>{MARK}()</script></svg>",
    f'" onmouseover="{MARK}()" x="',
    f"' onmouseover='{MARK}()' x='",
    f"` onmouseover=`{MARK}()`",
    f"javascript:{MARK}()",
    f'https://example.org/"onmouseover="{MARK}()',
    f"http://a.example/'><script>{MARK}()</script>",
    f"<a href=javascript:{MARK}()>x</a>",
    f"data:text/html,<script>{MARK}()</script>",
    f"<iframe srcdoc='<script>{MARK}()</script>'>",
    f"<!--><script>{MARK}()</script>-->",
    f"<![CDATA[<script>{MARK}()</script>]]>",
    f"&lt;script&gt;{MARK}()&lt;/script&gt;",
    f"{{{{ {MARK} }}}}{{% debug %}}",
    f"#<script>{MARK}</script> @<b>{MARK}</b>",
    f"<form action=//evil.example><input name={MARK}>",
    f"<base href=//evil.example/>{MARK}",
    f"<meta http-equiv=refresh content='0;url=//evil.example/'>{MARK}",
    f"<style>@import '//evil.example/{MARK}'</style>",
    f'https://example.org/?a=<script>{MARK}()</script>&b="{MARK}',
    f"//evil.example/{MARK}",
    f"<math><mtext></p><img src=x onerror={MARK}()>",
    f"\u2028<script>{MARK}()</script>",
    f"<scr\u0131pt>{MARK}()</scr\u0131pt>",
    f"＜script＞{MARK}()＜/script＞",
]


# One of each way out of where a text stands: of an element, of an attribute, of a script, into a link.
SOME = [BODIES[at] for at in (0, 1, 3, 6, 7, 9, 16)]


class Reader(HTMLParser):
    """What a browser would run or load of a page: scripts in it, handlers, links that are no http(s), foreign parts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        values = {name: value or "" for name, value in attrs}
        if tag in {"base", "object", "embed", "iframe", "applet", "math", "frame"}:
            self.found.append(f"<{tag}>")
        for name, value in values.items():
            if name.startswith("on") and not name.startswith("on-"):
                self.found.append(f"{tag} {name}={value}")
            scheme = "".join(value.split()).lower().partition(":")[0]
            if name in {"href", "src", "action", "formaction", "xlink:href"} and scheme in {
                "javascript",
                "data",
                "vbscript",
            }:
                self.found.append(f"{tag} {name}={value}")
            loads = (
                tag in {"script", "img", "link", "form"} and name in {"src", "href", "action"}
            ) or name == "formaction"
            if loads and value.startswith(("//", "http")) and "127.0.0.1" not in value:
                self.found.append(f"{tag} {name}={value}")
            if name in {"srcdoc", "style"} or MARK in name:
                self.found.append(f"{tag} {name}={value}")
        if tag == "meta" and values.get("http-equiv", "").lower() == "refresh":
            self.found.append("refresh")

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside in {"script", "style"} and MARK in data:
            self.found.append(f"{self.inside}: {data}")

    def handle_comment(self, data: str) -> None:
        if MARK in data:
            self.found.append(f"comment: {data}")


def found_in(answer: Any) -> list[str]:
    """What runs in an answer, and what its policy lets run."""
    policy = answer["Content-Security-Policy"]
    assert "script-src" not in policy
    assert "default-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert "unsafe-inline" not in policy or answer.wsgi_request.path.startswith("/api/")
    assert answer["X-Content-Type-Options"] == "nosniff"
    if "text/html" not in answer["Content-Type"]:
        return []
    reader = Reader()
    reader.feed(answer.text)
    reader.close()
    return reader.found


def test_the_reader_sees_what_runs() -> None:
    seen = 0
    for body in BODIES:
        reader = Reader()
        reader.feed(f'<p>{body}</p><a href="{body}">')
        seen += bool(reader.found)
    assert seen >= 20


@pytest.fixture
def ids(ada: Person, bob: Person, charlie: Person) -> dict[str, Any]:
    """All that Ada and Bob could type is markup, stored as if no door had looked at it."""
    everything = " ".join(BODIES)
    posts = [publish_post(author=ada, body=body)[0] for body in BODIES]
    whole = publish_post(author=ada, body=everything)[0]
    edit_post(post_id=whole.pk, by=ada, body=everything + " edited")
    comments = [reactions.comment(post_id=whole.pk, author=bob, body=body)[0] for body in BODIES]
    reactions.comment(post_id=comments[0].pk, author=bob, body=everything)
    others = [new_person(f"p{number}") for number in range(len(BODIES))]
    for other, body in zip(others, BODIES, strict=True):
        Person.objects.filter(pk=other.pk).update(name=body[:60], bio=everything[:500])
        follow(follower_id=other.pk, followee_id=ada.pk)
        follow(follower_id=ada.pk, followee_id=other.pk)
        reactions.like(post_id=whole.pk, person_id=other.pk)
        reactions.share(post_id=whole.pk, person_id=other.pk)
    Person.objects.filter(pk__in=[ada.pk, bob.pk]).update(name=BODIES[3][:60], bio=everything[:500])
    reactions.like(post_id=whole.pk, person_id=bob.pk)
    bookmarks.save(person_id=ada.pk, post_id=whole.pk)
    mutes.mute_person(person=ada, muted=others[0])
    block(blocker_id=ada.pk, blocked_id=others[1].pk)
    make_token(person=ada, name=BODIES[0][:60])
    consume()
    endpoint = add_webhook(
        person=ada, name=BODIES[0], address=f"https://hooks.example/?{BODIES[6]}".replace(" ", "%20")
    )[0]
    delivery = send_test(endpoint=endpoint)
    Endpoint.objects.filter(pk=endpoint.pk).update(
        last_error="mail_not_taken",
        last_error_values={"error": everything},
        address=f"https://hooks.example/{BODIES[0]}",
    )
    Delivery.objects.filter(pk=delivery.pk).update(
        text=everything,
        state="dead",
        reason="defect",
        reason_values={"error": everything},
        finished_at="2026-01-01T00:00Z",
    )
    Attempt.objects.create(
        delivery=delivery, number=1, took_ms=1, outcome="permanent", answer=everything, request=everything
    )
    return {
        "post": whole.pk, "one": posts[0].pk, "comment": comments[0].pk, "endpoint": endpoint.pk,
        "delivery": delivery.pk, "person": bob.pk,
        "entry": f"n{NotificationGroup.objects.filter(recipient=ada, kind='comment').first().pk}",  # type: ignore[union-attr]
    }  # fmt: skip


PAGES = [
    "/",
    "/public/",
    "/@ada/",
    "/@bob/",
    "/@ada/followers/",
    "/@ada/following/",
    "/posts/{post}/",
    "/posts/{one}/",
    "/posts/{post}/history/",
    "/posts/{post}/likes/",
    "/posts/{post}/shares/",
    "/posts/{post}/edit/",
    "/posts/{comment}/",
    "/posts/{comment}/edit/",
    "/@bob/replies/",
    "/bookmarks/",
    "/tags/script/",
    "/people/",
    "/inbox/",
    "/inbox/missed/",
    "/inbox/{entry}/why/",
    "/settings/",
    "/settings/tokens/",
    "/settings/devices/",
    "/settings/devices/{endpoint}/",
    "/settings/devices/tests/{delivery}/",
    "/settings/muted/",
    "/settings/muted/?which=blocked",
    "/settings/notifications/",
    "/accounts/email/",
    "/search/?q=xss9",
    "/search/?what=people&q=xss9",
    "/search/complete/?q=@p",
    "/search/complete/?q=%23sc",
]
ADMIN = [
    "/admin/users/person/",
    "/admin/users/person/{person}/change/",
    "/admin/posts/post/",
    "/admin/posts/post/{post}/change/",
    "/admin/posts/post/{comment}/change/",
    "/admin/notifications/delivery/",
    "/admin/notifications/delivery/{delivery}/change/",
    "/admin/notifications/endpoint/",
    "/admin/notifications/endpoint/{endpoint}/change/",
    "/admin/notifications/delivery/dashboard/",
    "/admin/notifications/delivery/dead-letters/",
    "/admin/posts/post/?q=<script>xss9()</script>",
]


def test_nothing_that_was_stored_runs_in_any_page(ids: dict[str, Any], ada: Person, bob: Person) -> None:
    browser, stranger = logged_in(ada), Client()
    bobs = logged_in(bob)
    answers = {page: (bobs if "{comment}/edit/" in page else browser).get(page.format(**ids)) for page in PAGES}
    assert {page: answer.status_code for page, answer in answers.items() if answer.status_code != 200} == {}
    assert {page: found for page, answer in answers.items() if (found := found_in(answer))} == {}
    seen = sum(MARK in answer.text for answer in answers.values())
    assert seen >= 20  # it is there, as text
    assert [page for page in PAGES if found_in(stranger.get(page.format(**ids)))] == []


def test_nor_in_the_admin(ids: dict[str, Any]) -> None:
    moderator = new_person("moderator")
    Person.objects.filter(pk=moderator.pk).update(is_staff=True, is_superuser=True)
    browser = logged_in(Person.objects.get(pk=moderator.pk))
    answers = {page: browser.get(page.format(**ids)) for page in ADMIN}
    assert {page: answer.status_code for page, answer in answers.items() if answer.status_code not in {200, 404}} == {}
    assert {page: found for page, answer in answers.items() if (found := found_in(answer))} == {}
    assert sum(MARK in answer.text for answer in answers.values()) >= 8


REFLECTED = [
    "/search/?q={}",
    "/search/?what=people&q={}",
    "/search/?what=tags&q={}",
    "/search/?what={}",
    "/search/?q=a&page={}",
    "/search/complete/?q={}",
    "/inbox/?only={}",
    "/inbox/?page={}",
    "/public/?page={}",
    "/people/?q={}",
    "/people/?page={}",
    "/accounts/login/?next={}",
    "/accounts/signup/?next={}",
    "/accounts/password/reset/?next={}",
    "/api/social/v1/docs/?lang={}",
    "/api/social/v1/schema/?lang={}",
    "/api/social/v1/docs/?{}",
    "/inbox/missed/?actor={}&kind={}&post={}",
    "/nowhere/{}",
    "/@{}/",
    "/tags/{}/",
    "/unsubscribe/{}/",
    "/accounts/confirm-email/{}/",
    "/accounts/password/reset/key/{}/",
    "/?{}={}",
    "/api/social/v1/people/?q={}",
    "/api/social/v1/{}",
    "/api/social/v1/public/?cursor={}",
    "/media/{}",
]


@pytest.mark.parametrize("door", REFLECTED)
def test_nothing_that_is_in_an_address_runs(ada: Person, door: str) -> None:
    for browser in (logged_in(ada), Client()):
        browser.raise_request_exception = False
        for body in SOME:
            answer = browser.get(door.replace("{}", quote(body, safe="")))
            assert answer.status_code < 500
            assert found_in(answer) == []
            if "json" in answer["Content-Type"]:
                assert "html" not in answer["Content-Type"]


FORMS = [
    ("/posts/", "body", {}),
    ("/settings/", "name", {}),
    ("/settings/", "bio", {}),
    ("/settings/tokens/", "name", {}),
    ("/settings/devices/", "name", {"address": "x"}),
    ("/settings/devices/", "address", {"name": "x"}),
    ("/theme/", "theme", {}),
    ("/theme/", "next", {}),
    ("/accounts/login/", "login", {"password": "x"}),
    ("/accounts/signup/", "username", {}),
    ("/accounts/signup/", "email", {}),
    ("/accounts/password/reset/", "email", {}),
    ("/settings/notifications/schedule/", "time_zone", {}),
    ("/settings/notifications/", "like-email", {}),
    ("/settings/devices/push/", "endpoint", {}),
]


@pytest.mark.parametrize(("address", "field", "more"), FORMS)
def test_nothing_that_is_refused_runs_where_it_is_shown_again(
    ada: Person, address: str, field: str, more: dict[str, str]
) -> None:
    browser = Client() if address.startswith("/accounts") else logged_in(ada)
    for body in SOME:
        long = body + "x" * 6_000 if field in {"body", "bio"} else body
        answer = browser.post(address, more | {field: long})
        assert answer.status_code < 500
        assert found_in(answer) == []


def test_answers_of_the_api_are_never_taken_for_pages(
    ids: dict[str, Any], ada: Person, api_of: Callable[[Person], APIClient]
) -> None:
    for route in ("posts/{post}/", "people/ada/", "notifications/", "posts/{post}/comments/", "search/posts/?q=xss9"):
        answer = api_of(ada).get(f"/api/social/v1/{route.format(**ids)}")
        assert answer["Content-Type"] in {"application/json", "application/problem+json"}
        assert answer["X-Content-Type-Options"] == "nosniff"
        json.loads(answer.text)
