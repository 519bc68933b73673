"""Attacks on sessions, on what log-in and reset give away, and on what is left of an account that was deleted."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from notifications.deliveries.notices import send_test
from notifications.endpoints.operations import add_webhook
from notifications.preferences import mutes
from reactions import operations as reactions
from socialapp.follows.operations import follow
from socialapp.messaging.consumer import consume
from socialapp.posts.models import Post
from socialapp.posts.operations import edit_post, publish_post
from socialapp.users.models import NameWord, Person
from socialapp.users.operations import delete_account, edit_profile, make_token
from tests.passwords import ada
from tests.people import PASSWORD

__all__ = ["ada"]

NEW = "a new battery staple, horse"


def log_in(browser: Client) -> Any:
    return browser.post("/accounts/login/", {"login": "ada", "password": PASSWORD})


def test_the_key_of_a_session_from_before_log_in_is_none_after_it(ada: Person) -> None:
    """Session fixation: whoever planted the cookie, or read it, has nothing."""
    victim = Client()
    victim.post("/accounts/password/reset/", {"email": "x@example.org"})  # it has a session by now
    victim.get("/accounts/login/")
    planted = victim.cookies["sessionid"].value if "sessionid" in victim.cookies else "a" * 32
    victim.cookies["sessionid"] = planted
    assert log_in(victim).status_code == 302
    assert victim.cookies["sessionid"].value != planted
    assert victim.get("/settings/").status_code == 200
    thief = Client()
    thief.cookies["sessionid"] = planted
    assert thief.get("/settings/").status_code == 302


def test_log_out_ends_the_session_on_the_server(ada: Person) -> None:
    browser = Client()
    log_in(browser)
    stolen = browser.cookies["sessionid"].value
    browser.post("/accounts/logout/")
    thief = Client()
    thief.cookies["sessionid"] = stolen
    assert thief.get("/settings/").status_code == 302
    assert thief.get("/api/social/v1/me/").status_code == 401


def test_a_changed_password_ends_the_other_sessions(ada: Person) -> None:
    mine, other = Client(), Client()
    for browser in (mine, other):
        log_in(browser)
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert mine.post("/accounts/password/change/", form).status_code == 302
    assert mine.get("/settings/").status_code == 200
    assert other.get("/settings/").status_code == 302
    assert other.get("/api/social/v1/me/").status_code == 401


def test_the_sessions_and_tokens_of_a_deleted_account_open_nothing(ada: Person) -> None:
    browser, token = Client(), make_token(person=ada, name="script")
    log_in(browser)
    elsewhere = Client()
    log_in(elsewhere)
    assert browser.post("/settings/delete/", {"password": PASSWORD}).status_code == 302
    for each in (browser, elsewhere):
        assert each.get("/settings/").status_code == 302
    assert APIClient(headers={"Authorization": f"Bearer {token}"}).get("/api/social/v1/me/").status_code == 401
    assert log_in(Client()).status_code == 200
    mail.outbox.clear()
    Client().post("/accounts/password/reset/", {"email": "ada@example.org"})
    assert [message for message in mail.outbox if "/key/" in str(message.body)] == []


def without_what_was_typed(answer: Any, *typed: str) -> str:
    """The page, but for tokens, and for the word that the form shows again."""
    text = re.sub(r'(csrfmiddlewaretoken" value|data-at)="[^"]*"|[0-9a-zA-Z]{64}', "", answer.text)
    for word in typed:
        text = text.replace(word, "")
    return text


def test_log_in_does_not_say_whether_there_is_such_an_account(ada: Person) -> None:
    pages: list[Any] = []
    for login in ("ada", "zoe", "ada@example.org", "zoe@example.org"):
        answer = Client(REMOTE_ADDR=f"10.0.0.{len(pages)}").post(
            "/accounts/login/", {"login": login, "password": "wrong"}
        )
        pages.append((answer.status_code, without_what_was_typed(answer, "@example.org", login.split("@")[0])))
    assert pages[0] == pages[1]
    assert pages[2] == pages[3]


def test_nor_by_the_work_it_does(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """One password is hashed, whether or not there is somebody whose it could be."""
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return str(encode(self, password, salt))

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    costs = {}
    for number, login in enumerate(("ada", "zoe", "ada@example.org", "zoe@example.org")):
        hashed.clear()
        browser = Client(REMOTE_ADDR=f"10.0.1.{number}")
        browser.post("/accounts/login/", {"login": login, "password": "wrong"})
        costs[login] = len(hashed)
    assert costs["ada"] == costs["zoe"] > 0
    assert costs["ada@example.org"] == costs["zoe@example.org"] > 0


def test_a_reset_does_not_say_whether_there_is_such_an_account(ada: Person) -> None:
    pages: list[Any] = []
    for email in ("ada@example.org", "zoe@example.org"):
        answer = Client().post("/accounts/password/reset/", {"email": email}, follow=True)
        pages.append((answer.redirect_chain, without_what_was_typed(answer, email)))
    assert pages[0] == pages[1]
    assert [len(message.to) for message in mail.outbox] == [1, 1]  # the other address is written to as well


def test_a_reset_link_is_used_up(ada: Person) -> None:
    Client().post("/accounts/password/reset/", {"email": "ada@example.org"})
    link = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", str(mail.outbox[0].body))
    assert link
    owner = Client()
    where = owner.get(link[1], follow=True).redirect_chain[-1][0]
    owner.post(where, {"password1": NEW, "password2": NEW})
    thief = Client()
    assert "This link no longer works" in thief.get(link[1], follow=True).text
    assert "This link no longer works" in owner.get(link[1], follow=True).text


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP", "CF-Connecting-IP"])
def test_an_address_that_a_client_made_up_has_no_guesses_of_its_own(ada: Person, bob: Person, header: str) -> None:
    """Ten wrong log-ins a minute of one address, whatever it says of itself."""
    for number in range(11):
        made_up = {header: f"for=10.9.8.{number}" if header == "Forwarded" else f"10.9.8.{number}"}
        Client().post("/accounts/login/", {"login": f"nobody{number}", "password": "x"}, headers=made_up)
    answer = Client().post("/accounts/login/", {"login": "ada", "password": PASSWORD}, headers={header: "10.9.8.99"})
    assert (answer.status_code, "Too many" in answer.text) in {(200, True), (429, False), (429, True)}


def rows_with(word: str) -> list[str]:
    """Each column of any table, sessions included, in which the word stands."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND "
            "(data_type IN ('text', 'character varying', 'jsonb', 'json', 'bytea') OR data_type = 'ARRAY')"
        )
        for table, column in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE "{column}"::text ILIKE %s', [f"%{word}%"])
            if cursor.fetchone()[0]:
                found.append(f"{table}.{column}")
    return found


def test_of_a_deleted_account_no_word_is_left_in_any_table(ada: Person, bob: Person, post: Post) -> None:
    word = "zxqvj"
    Person.objects.filter(pk=ada.pk).update(username=word, email=f"{word}@example.org", language="de")
    EmailAddress.objects.filter(user=ada).update(email=f"{word}@example.org")
    ada.refresh_from_db()
    edit_profile(person=ada, name=f"Ada {word}", bio=word)
    own = publish_post(author=ada, body=f"{word} #{word} @{word}", key=word)[0]
    edit_post(post_id=own.pk, by=ada, body=f"{word} again")
    comment = reactions.comment(post_id=own.pk, author=ada, body=word, key=f"{word}2")[0]
    theirs = publish_post(author=bob, body="Hello.")[0]
    reactions.comment(post_id=theirs.pk, author=ada, body=word)
    edit_post(post_id=comment.pk, by=ada, body=f"{word}!")
    reactions.like(post_id=theirs.pk, person_id=ada.pk)
    follow(follower_id=ada.pk, followee_id=bob.pk)
    make_token(person=ada, name=word)
    send_test(endpoint=add_webhook(person=ada, name=word, address=f"https://{word}.example/")[0])
    mutes.mute_person(person=ada, muted=bob)
    Client().post("/accounts/password/reset/", {"email": f"{word}@example.org"})
    consume()
    assert len(rows_with(word)) >= 10
    delete_account(person=ada)
    while consume():
        pass
    assert rows_with(word) == []
    left = [
        model
        for model in apps.get_models()
        if "person" in {f.name for f in model._meta.fields} and model is not NameWord
    ]  # of the placeholder
    assert {model.__name__: model._default_manager.filter(person=ada).count() for model in left} == dict.fromkeys(
        (model.__name__ for model in left), 0
    )
    assert not Session.objects.filter(session_data__contains=word).exists()
