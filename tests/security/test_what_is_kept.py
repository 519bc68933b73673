"""Attacks on what people wanted to be gone: old versions of a post, and links in old mails."""

from datetime import timedelta

import time_machine
from django.conf import LazySettings, settings
from django.contrib.sessions.models import Session
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone

from config.env import CHECKOUT
from notifications.models import FromWhom
from notifications.preferences.operations import preferences_of
from notifications.preferences.unsubscribe import unsubscribe_url
from socialapp.posts.models import Post, PostVersion
from socialapp.posts.operations import delete_post, edit_post, purge_posts, purge_versions
from socialapp.users.models import Person
from tests.people import logged_in


def test_only_authors_remove_what_a_post_once_said(ada: Person, bob: Person, post: Post) -> None:
    edit_post(post_id=post.pk, by=ada, body="Without my address")
    version = PostVersion.objects.get()
    where = f"/posts/{post.pk}/history/{version.pk}/remove/"
    assert f'formaction="{where}"' not in logged_in(bob).get(f"/posts/{post.pk}/history/").text
    assert logged_in(bob).post(where).status_code == 403
    assert Client().post(where).status_code == 302
    assert PostVersion.objects.count() == 1
    assert f'formaction="{where}"' in logged_in(ada).get(f"/posts/{post.pk}/history/").text
    page = logged_in(ada).post(where, follow=True)
    assert "Good morning!" not in page.text
    assert "Without my address" in page.text


def test_nor_by_way_of_a_post_of_their_own(ada: Person, bob: Person, post: Post) -> None:
    edit_post(post_id=post.pk, by=ada, body="Edited")
    own = Post.objects.create(author=bob, body="Mine")
    answer = logged_in(bob).post(f"/posts/{own.pk}/history/{PostVersion.objects.get().pk}/remove/")
    assert answer.status_code == 404
    assert PostVersion.objects.count() == 1


def test_a_link_that_turns_mail_off_works_for_a_year(ada: Person) -> None:
    path = unsubscribe_url(ada.pk, ["like"]).removeprefix("http://127.0.0.1:8000")
    with time_machine.travel(timezone.now() + timedelta(days=366)):
        for ask in (Client().get, Client().post):
            answer = ask(path)
            assert answer.status_code == 410
            assert "This link is too old" in answer.text
    assert preferences_of(ada.pk)["like", "email"] != FromWhom.NO_ONE
    with time_machine.travel(timezone.now() + timedelta(days=364)):
        assert Client().post(path).status_code == 200
    assert preferences_of(ada.pk)["like", "email"] == FromWhom.NO_ONE


def test_a_page_says_what_is_kept_and_for_how_long(db: None) -> None:
    page = " ".join(Client().get("/privacy/").text.split())
    assert "60 days after you log in" in page
    assert "30 days after" in page
    assert "brought back for 30 days" in page
    assert "removed for good after 30 days" in page
    assert "An export of your data: 7 days after it is ready" in page
    assert "days at most" not in page
    assert 'href="/privacy/"' in Client().get("/public/").text


def test_what_an_operator_chose_is_on_the_page(db: None, settings: LazySettings) -> None:
    settings.KEEP_DELIVERIES, settings.KEEP_DELETED_POSTS = timedelta(days=11), timedelta(days=12)
    settings.KEEP_VERSIONS, settings.SESSION_COOKIE_AGE = timedelta(days=13), 14 * 86_400
    page = " ".join(Client().get("/privacy/").text.split())
    assert "14 days after you log in" in page
    assert "answered: 11 days after they ended" in page
    assert "brought back for 12 days" in page
    assert "for 13 days at most" in page


def test_deleted_posts_are_kept_as_long_as_an_operator_chose(post: Post, settings: LazySettings) -> None:
    settings.KEEP_DELETED_POSTS = timedelta(days=10)
    delete_post(post_id=post.pk, by=post.author)
    Post.objects.update(deleted_at=Now() - timedelta(days=9))
    assert purge_posts() == 0
    Post.objects.update(deleted_at=Now() - timedelta(days=11))
    assert purge_posts() == 1


def test_an_earlier_text_is_kept_from_when_it_was_replaced(post: Post, settings: LazySettings) -> None:
    """However old it was by then."""
    for body in ("Second", "Third"):
        edit_post(post_id=post.pk, by=post.author, body=body)
    Post.objects.update(created_at=Now() - timedelta(days=900), edited_at=Now() - timedelta(days=9))
    first, second = PostVersion.objects.order_by("pk")
    PostVersion.objects.filter(pk=first.pk).update(created_at=Now() - timedelta(days=900))
    PostVersion.objects.filter(pk=second.pk).update(created_at=Now() - timedelta(days=11))
    assert purge_versions() == 0
    settings.KEEP_VERSIONS = timedelta(days=10)
    assert (purge_versions(), list(PostVersion.objects.all())) == (1, [second])
    Post.objects.update(edited_at=Now() - timedelta(days=11))
    assert (purge_versions(), PostVersion.objects.count()) == (1, 0)


def test_the_page_names_each_cookie_that_is_set(ada: Person) -> None:
    """Whoever adds one says so there, and here."""
    named = {
        settings.SESSION_COOKIE_NAME: "your session",
        settings.CSRF_COOKIE_NAME: "protects forms",
        settings.LANGUAGE_COOKIE_NAME: "language",
        "theme": "look",
        "known_browser": "is known",
        "zone": "time zone",
    }
    page = Client().get("/privacy/").text
    assert [words for words in named.values() if words not in page] == []
    sources = [*(CHECKOUT / "socialapp").rglob("*.py"), *(CHECKOUT / "socialapp").rglob("*.js")]
    texts = [path.read_text() for path in sources if "migrations" not in path.parts]
    setting = [text for text in texts if "set_cookie(" in text or "document.cookie =" in text]
    # Each place in the code that sets one; Django sets the first three.
    assert len(setting) == len(named) - 3


def test_who_reads_the_table_of_sessions_opens_none(ada: Person) -> None:
    browser = logged_in(ada)
    cookie = browser.cookies["sessionid"].value
    row = Session.objects.get()
    assert row.session_key not in {cookie, ""}
    assert browser.get("/settings/").status_code == 200
    thief = Client()
    thief.cookies["sessionid"] = row.session_key
    assert thief.get("/settings/").status_code == 302
    browser.post("/accounts/logout/")
    assert not Session.objects.exists()
