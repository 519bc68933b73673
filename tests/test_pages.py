"""The pages as a browser without JavaScript meets them: what they do, what they cost, what they do with rubbish."""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertInHTML

from reactions import operations as reactions
from reactions.models import Like
from socialapp.bookmarks import operations as bookmarks
from socialapp.follows.operations import follow
from socialapp.posts.models import Post
from socialapp.posts.operations import delete_post, publish_post
from socialapp.users.models import Person
from tests.browser.every_page import PAGES
from tests.people import new_person

LOGIN = "allauth.account.auth_backends.AuthenticationBackend"
PASSWORD = "correct horse battery staple"


@pytest.fixture
def browser_of() -> Callable[[Person], Client]:
    """A browser in which a person is logged in."""

    def browser(person: Person) -> Client:
        client = Client()
        client.force_login(person, LOGIN)
        return client

    return browser


@pytest.fixture
def ada_browser(browser_of: Callable[[Person], Client], ada: Person) -> Client:
    """Ada's."""
    return browser_of(ada)


@pytest.fixture
def bob_browser(browser_of: Callable[[Person], Client], bob: Person) -> Client:
    """Bob's."""
    return browser_of(bob)


def form_values(page: Any, name: str = "key") -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}"\s+value="([^"]+)"', page.text)
    assert found
    return found[1]


def test_sign_up_log_out_log_in(db: None) -> None:
    browser = Client()
    answer = browser.post(
        "/accounts/signup/",
        {"username": "Grace", "email": "grace@example.org", "password1": PASSWORD, "password2": PASSWORD},
        follow=True,
    )
    assert "Your feed is waiting for people" in answer.text
    assert Person.objects.get().username == "grace"
    browser.post("/accounts/logout/")
    assert browser.get("/").status_code == 302
    answer = browser.post("/accounts/login/", {"login": "grace@example.org", "password": PASSWORD}, follow=True)
    assert "Your feed is waiting for people" in answer.text


@pytest.mark.parametrize("username", ["gr ace", "gräce", "admin", "a" * 31, "ada", "ADA", "grace-h"])
def test_a_username_that_cannot_be_is_refused(ada: Person, username: str) -> None:
    answer = Client().post(
        "/accounts/signup/",
        {"username": username, "email": "grace@example.org", "password1": PASSWORD, "password2": PASSWORD},
    )
    assert answer.status_code == 200
    assert 'class="errors"' in answer.text
    assert Person.objects.count() == 1


def test_a_forgotten_password_is_reset_by_mail(ada: Person) -> None:
    browser = Client()
    page = browser.post("/accounts/password/reset/", {"email": "ada@example.org"}, follow=True)
    assert "This server sends no mail yet" in page.text
    link = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", str(mail.outbox[0].body))
    assert link
    form = browser.get(link[1], follow=True)
    answer = browser.post(form.redirect_chain[-1][0], {"password1": PASSWORD, "password2": PASSWORD}, follow=True)
    assert "Your password is changed" in answer.text
    assert Person.objects.get().check_password(PASSWORD)
    assert "This link no longer works" in browser.get(link[1], follow=True).text


def test_mail_lies_in_the_data_folder_until_smtp_is_configured() -> None:
    assert settings.EMAIL_FILE_PATH == settings.MAIL_SHOWN_AT


def test_a_post_is_written_edited_deleted_and_brought_back(ada_browser: Client) -> None:
    key = form_values(ada_browser.get("/"))
    for _ in range(2):  # a form sent twice
        page = ada_browser.post("/posts/", {"body": "Good morning!", "key": key}, follow=True)
    assert page.text.count("Good morning!") == 1
    post = Post.objects.get()
    page = ada_browser.post(f"/posts/{post.pk}/edit/", {"body": "Good evening!"}, follow=True)
    assert "edited" in page.text
    history = ada_browser.get(f"/posts/{post.pk}/history/")
    assert "Good morning!" in history.text
    page = ada_browser.post(f"/posts/{post.pk}/delete/", follow=True)
    assert f'formaction="/posts/{post.pk}/restore/"' in page.text
    assert ada_browser.get(f"/posts/{post.pk}/").status_code == 404
    page = ada_browser.post(f"/posts/{post.pk}/restore/", follow=True)
    assert "Good evening!" in page.text


def test_what_cannot_be_posted_comes_back_as_it_was_typed(ada_browser: Client) -> None:
    page = ada_browser.post("/posts/", {"body": "x" * 5_001})
    assert page.status_code == 400
    assert "x" * 5_001 in page.text
    assert "5000" in page.text


def test_5000_characters_are_5000_whatever_the_browser_makes_of_line_breaks(ada_browser: Client) -> None:
    assert ada_browser.post("/posts/", {"body": "\r\n".join(["x" * 49] * 100)}).status_code == 302


def test_react_and_take_it_back(bob_browser: Client, post: Post, bob: Person) -> None:
    where = {"next": "/public/"}
    for _ in range(2):
        answer = bob_browser.post(f"/posts/{post.pk}/like/", where)
        assert (answer.status_code, answer["Location"]) == (302, "/public/")
    assert Like.objects.count() == 1
    assert f'formaction="/posts/{post.pk}/unlike/"' in bob_browser.get("/public/").text
    bob_browser.post(f"/posts/{post.pk}/unlike/", where)
    assert Like.objects.count() == 0
    bob_browser.post(f"/posts/{post.pk}/share/", where)
    assert "Bob" in bob_browser.get(f"/posts/{post.pk}/shares/").text


def test_the_way_back_leads_nowhere_else(bob_browser: Client, post: Post) -> None:
    answer = bob_browser.post(f"/posts/{post.pk}/like/", {"next": "https://evil.example/"})
    assert answer["Location"] == f"/posts/{post.pk}/"


def test_comment_reply_edit_delete(bob_browser: Client, ada_browser: Client, post: Post) -> None:
    answer = bob_browser.post(f"/posts/{post.pk}/comments/", {"body": "First!"})
    first = Post.objects.get(reply_to=post)
    assert answer["Location"] == f"/posts/{post.pk}/#branch-{first.pk}"
    answer = ada_browser.post(f"/posts/{first.pk}/comments/", {"body": "Thanks."})
    assert answer["Location"] == f"/posts/{first.pk}/#branch-{Post.objects.get(reply_to=first).pk}"
    bob_browser.post(f"/posts/{first.pk}/edit/", {"body": "First, I think."})
    page = bob_browser.get(f"/posts/{post.pk}/").text
    assert page.index("First, I think.") < page.index("Thanks.")
    assert ada_browser.post(f"/posts/{first.pk}/delete/").status_code == 403
    bob_browser.post(f"/posts/{first.pk}/delete/")
    page = bob_browser.get(f"/posts/{post.pk}/").text
    assert "First, I think." not in page
    assert "This comment cannot be seen any more." in page
    assert "Thanks." in page


def test_the_page_of_a_reply_shows_what_it_answers_above_it_and_its_replies_below(
    ada_browser: Client, ada: Person, bob: Person, post: Post
) -> None:
    first = reactions.comment(post_id=post.pk, author=bob, body="The first reply")[0]
    second = reactions.comment(post_id=first.pk, author=ada, body="The second reply")[0]
    third = reactions.comment(post_id=second.pk, author=bob, body="The third reply")[0]
    page = ada_browser.get(f"/posts/{second.pk}/").text
    assert re.findall(r'<article[^>]* id="post-(\d+)"', page) == [str(one.pk) for one in (post, first, second, third)]
    above, alone, below = re.split(r'<article[^>]*post-alone|id="comments"', page)
    assert ("The first reply" in above, "The second reply" in alone, "The third reply" in below) == (True,) * 3
    assert f'href="/posts/{post.pk}/"' in above
    # Ada began the conversation.
    assert [part.count('class="post-beginner"') for part in (above, alone, below)] == [0, 1, 0]


def test_what_was_deleted_in_the_middle_keeps_its_place_above_a_reply(
    ada_browser: Client, ada: Person, bob: Person, post: Post
) -> None:
    first = reactions.comment(post_id=post.pk, author=bob, body="The first reply")[0]
    second = reactions.comment(post_id=first.pk, author=ada, body="The second reply")[0]
    delete_post(post_id=first.pk, by=bob)
    above = ada_browser.get(f"/posts/{second.pk}/").text.split("post-alone")[0]
    assert "The first reply" not in above
    assert post.body in above
    assert above.count("This post cannot be seen any more.") == 1


def test_many_replies_to_a_reply_lead_to_its_page(ada_browser: Client, bob: Person, post: Post) -> None:
    first = reactions.comment(post_id=post.pk, author=bob, body="The first reply")[0]
    for number in range(5):
        reactions.comment(post_id=first.pk, author=bob, body=f"No. {number}")
    page = ada_browser.get(f"/posts/{post.pk}/").text
    assert "No. 2" in page
    assert "No. 3" not in page
    link = re.search(rf'id="more-of-{first.pk}"\s+href="([^"]+)"[^>]*>([^<]+)</a>', page)
    assert link
    assert link.groups() == (f"/posts/{first.pk}/#comments", "2 more replies")
    assert "No. 4" in ada_browser.get(link[1]).text


def test_a_refused_reply_stays_in_the_form_of_what_it_answers(ada_browser: Client, bob: Person, post: Post) -> None:
    first = reactions.comment(post_id=post.pk, author=bob, body="The first reply")[0]
    page = ada_browser.post(f"/posts/{first.pk}/comments/", {"body": "x" * 5_001})
    assert page.status_code == 400
    assert "x" * 5_001 in page.text
    assert f'action="/posts/{first.pk}/comments/"' in page.text


def test_replies_have_a_tab_of_their_own_on_a_profile(
    ada_browser: Client, bob_browser: Client, bob: Person, post: Post
) -> None:
    assert "Bob has not replied to anybody yet" in ada_browser.get("/@bob/replies/").text
    assert "You have not replied to anybody yet" in bob_browser.get("/@bob/replies/").text
    reactions.comment(post_id=post.pk, author=bob, body="Here I am.")
    replies = ada_browser.get("/@bob/replies/").text
    assert "Here I am." in replies
    assert 'In reply to <a href="/@ada/">Ada</a>' in replies
    assertInHTML('<a class="tab" href="/@bob/replies/" aria-current="page">Replies</a>', replies)
    posts = ada_browser.get("/@bob/").text
    assert "Here I am." not in posts
    assertInHTML('<a class="tab" href="/@bob/" aria-current="page">Posts</a>', posts)
    assert ada_browser.get("/@nobody/replies/").status_code == 404


def test_the_author_is_notified_in_the_inbox(
    ada_browser: Client, bob_browser: Client, post: Post, deliver: Callable[[], int]
) -> None:
    assert "Nothing yet" in ada_browser.get("/inbox/").text
    bob_browser.post(f"/posts/{post.pk}/like/")
    bob_browser.post("/@ada/follow/")
    deliver()
    page = ada_browser.get("/inbox/")
    assert "<strong>Bob</strong> liked your post" in page.text
    assert "(2 unread)" in page.text
    group = re.search(r"/inbox/(n\d+)/read/", page.text)
    assert group
    ada_browser.post(f"/inbox/{group[1]}/read/")
    assert "(1 unread)" in ada_browser.get("/inbox/").text
    answer = ada_browser.post("/inbox/read/", follow=True)
    assert "(1 unread)" not in answer.text
    assert "You have read everything" in ada_browser.get("/inbox/?only=unread").text
    ada_browser.post(f"/inbox/{group[1]}/unread/")
    assert "(1 unread)" in ada_browser.get("/inbox/").text


def test_an_entry_opens_what_it_tells_of_and_is_read(
    ada_browser: Client, bob_browser: Client, post: Post, deliver: Callable[[], int]
) -> None:
    bob_browser.post(f"/posts/{post.pk}/comments/", {"body": "Nice."})
    deliver()
    entry = re.search(r'formaction="(/inbox/n\d+/)"', ada_browser.get("/inbox/").text)
    assert entry
    reply = Post.objects.get(reply_to=post)
    assert ada_browser.post(entry[1])["Location"] == f"/posts/{reply.pk}/"
    assert "(1 unread)" not in ada_browser.get("/").text
    assert bob_browser.post(entry[1]).status_code == 404


def test_text_is_only_text(ada_browser: Client) -> None:
    ada_browser.post("/posts/", {"body": "<script>alert(1)</script> javascript:alert(1) https://example.org/?a=1&b=2"})
    page = ada_browser.get("/")
    assert "<script>" not in page.text
    assert '<a href="https://example.org/?a=1&amp;b=2" rel="nofollow noopener ugc">' in page.text
    assert 'href="javascript' not in page.text
    assert "default-src 'self'" in page["Content-Security-Policy"]


def test_an_account_is_deleted_with_the_password_only(bob: Person, bob_browser: Client) -> None:
    bob.set_password(PASSWORD)
    bob.save()
    bob_browser.force_login(bob, LOGIN)
    assert bob_browser.post("/settings/delete/", {"password": "wrong"}).status_code == 400
    answer = bob_browser.post("/settings/delete/", {"password": PASSWORD}, follow=True)
    assert "Your account is deleted" in answer.text
    assert bob_browser.get("/@bob/").status_code == 410
    assert bob_browser.get("/inbox/").status_code == 302


def test_a_token_is_shown_once_and_revoked(ada_browser: Client, api_of: Callable[[None], Any]) -> None:
    page = ada_browser.post("/settings/tokens/", {"name": "Backup"})
    value = re.search(r"sa_[\w-]{43}", page.text)
    assert value
    assert value[0] not in ada_browser.get("/settings/tokens/").text
    program = {"HTTP_AUTHORIZATION": f"Bearer {value[0]}"}
    assert Client().get("/api/social/v1/me/", **program).status_code == 200  # type: ignore[arg-type]
    revoke = re.search(r"/settings/tokens/\d+/revoke/", ada_browser.get("/settings/tokens/").text)
    assert revoke
    ada_browser.post(revoke[0])
    assert Client().get("/api/social/v1/me/", **program).status_code == 401  # type: ignore[arg-type]


def test_the_profile_is_edited(ada_browser: Client) -> None:
    page = ada_browser.post("/settings/", {"name": "Ada W.", "bio": "I count."}, follow=True)
    assert "Saved." in page.text
    page = ada_browser.get("/@ada/")
    assert "Ada W." in page.text
    assert "I count." in page.text


RUBBISH = [
    ("/posts/999/", 404),
    ("/posts/99999999999999999999/", 404),
    ("/@nobody/", 404),
    ("/@no-body/", 404),
    ("/public/?page=nonsense", 400),
    ("/people/?q=%00", 400),
    ("/search/?q=%00", 400),
    ("/search/?what=people&q=%00", 400),
    ("/search/?what=tags&q=%00", 400),
    ("/search/?q=" + "x" * 10_000, 400),
    ("/search/?q=%22%27%21%26%7C%28%29%3A%2A%5C-+or+or", 200),
    ("/search/?q=-fog", 200),
    ("/search/?q=%ED%A0%80", 200),
    ("/search/?q=from%3Anobody", 200),
    ("/search/?what=people&q=%25_%5C", 200),
    ("/search/?what=tags&q=%25_%5C", 200),
    ("/search/?what=nonsense", 302),
    ("/search/?q=fog&page=nonsense", 400),
    ("/tags/%00/", 404),
    ("/tags/123/", 404),
    ("/tags/a-b/", 404),
    ("/tags/" + "x" * 101 + "/", 404),
    ("/tags/nobody/", 200),
    ("/tags/fog/?page=nonsense", 400),
    ("/bookmarks/?page=nonsense", 400),
    ("/inbox/?only=%00", 302),
    ("/inbox/?page=nonsense", 400),
    ("/%00/", 404),
    ("/inbox", 301),
    ("/api/social/v1", 301),
    ("/nothing", 404),
]


@pytest.mark.parametrize(("address", "status"), RUBBISH)
def test_rubbish_is_answered_with_a_page(ada_browser: Client, address: str, status: int) -> None:
    answer = ada_browser.get(address)
    assert answer.status_code == status
    assert "text/html" in answer["Content-Type"]


def test_a_post_with_a_nul_in_it_is_refused(ada_browser: Client) -> None:
    assert ada_browser.post("/posts/", {"body": "a\0b"}).status_code == 400


FORMS = [
    "/posts/",
    "/posts/{post}/like/",
    "/posts/{post}/delete/",
    "/inbox/read/",
    "/@ada/follow/",
    "/settings/",
    "/posts/{post}/bookmark/",
]


@pytest.mark.parametrize("address", FORMS)
def test_strangers_are_asked_to_log_in_first(post: Post, address: str) -> None:
    answer = Client().post(address.format(post=post.pk))
    assert answer["Location"].startswith("/accounts/login/?next=")


@pytest.mark.parametrize("address", FORMS)
def test_a_form_from_elsewhere_is_refused(ada: Person, post: Post, address: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ada, LOGIN)
    assert browser.post(address.format(post=post.pk)).status_code == 403


COSTS = [
    ("/", 14),
    ("/public/", 10),
    ("/posts/{post}/", 20),
    ("/posts/{post}/likes/", 6),
    ("/posts/{post}/history/", 5),
    ("/@ada/", 16),
    ("/@p0/replies/", 19),
    ("/@ada/followers/", 7),
    ("/search/?what=people&q=p", 5),
    ("/search/?q=no", 13),
    ("/search/?q=from%3Ap1+%23number", 11),
    ("/search/?what=tags&q=n", 4),
    ("/search/", 4),
    ("/search/complete/?q=@p", 5),
    ("/search/complete/?q=%23n", 3),
    ("/tags/number/", 10),
    ("/bookmarks/", 9),
    ("/inbox/", 15),
    ("/settings/", 3),
    ("/settings/tokens/", 4),
]


@pytest.mark.parametrize(("address", "queries"), COSTS)
def test_what_a_page_costs_does_not_grow(
    ada: Person,
    ada_browser: Client,
    post: Post,
    deliver: Callable[[], int],
    django_assert_num_queries: Any,
    address: str,
    queries: int,
) -> None:
    people = [new_person(f"p{number}") for number in range(12)]
    for number, person in enumerate(people):
        follow(follower_id=ada.pk, followee_id=person.pk)
        follow(follower_id=person.pk, followee_id=ada.pk)
        made = publish_post(author=person, body=f"No. {number} #number @p0")[0]
        bookmarks.save(person_id=ada.pk, post_id=made.pk)
        for target in (made, post):
            reactions.like(post_id=target.pk, person_id=person.pk)
            reactions.share(post_id=target.pk, person_id=person.pk)
            reply = reactions.comment(post_id=target.pk, author=person, body="Yes.")[0]
            reactions.comment(post_id=reply.pk, author=ada, body="Sure?")
    deliver()
    ada_browser.get("/robots.txt")  # the log-in is noted, once in five minutes
    with django_assert_num_queries(queries):
        assert ada_browser.get(address.format(post=post.pk)).status_code == 200


def addresses(facts: dict[str, Any]) -> list[str]:
    """Of all pages that need no other facts than these."""
    found = []
    for page in PAGES:
        with suppress(KeyError):
            found.append(reverse(page.name, args=page.args(facts)) + page.query)
    return found


def test_each_page_answers_head_as_get(ada_browser: Client, post: Post) -> None:
    """What watches a site asks so, and so do previews of links."""
    found = addresses({"username": "ada", "post": post.pk})
    assert {"/", "/@ada/", f"/posts/{post.pk}/"} <= set(found)
    for address in found:
        head = ada_browser.head(address)
        assert (head.status_code, head.content) == (ada_browser.get(address).status_code, b""), address
