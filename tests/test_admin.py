"""The admin as moderators use it."""

from collections.abc import Callable

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reactions import operations as reactions
from socialapp.messaging.models import OutboxMessage
from socialapp.posts.models import Post
from socialapp.posts.operations import publish_post
from socialapp.users.models import Person

OURS = [m for m in admin.site._registry if m.__module__.startswith(("socialapp", "reactions", "notifications"))]
LOGIN = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def moderator(db: None) -> Client:
    """A superuser's browser."""
    client = Client()
    client.force_login(Person.objects.create_superuser("root", "root@example.org", None), LOGIN)
    return client


def list_of(name: str) -> str:
    """The address of a model's list: "posts.Post"."""
    return reverse(f"admin:{apps.get_model(name)._meta.label_lower.replace('.', '_')}_changelist")


def act(client: Client, name: str, action: str, ids: list[int], reason: str = "") -> None:
    """Choose rows of a list and do something to them."""
    data = {"action": action, "_selected_action": ids, "reason": reason}
    assert client.post(list_of(name), data).status_code == 302


def a_busy_place(ada: Person, bob: Person, rows: int) -> None:
    """So many of everything."""
    for number in range(rows):
        post = publish_post(author=ada, body=f"No. {number}")[0]
        reactions.like(post_id=post.pk, person_id=bob.pk)
        reactions.share(post_id=post.pk, person_id=bob.pk)
        reactions.comment(post_id=post.pk, author=bob, body="Yes.")


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_each_list_is_found_searched_and_costs_the_same_with_more_rows(
    moderator: Client, ada: Person, bob: Person, deliver: Callable[[], int], model: type
) -> None:
    url = list_of(model._meta.label)  # type: ignore[attr-defined]
    a_busy_place(ada, bob, 2)
    deliver()
    a_busy_place(ada, bob, 1)  # some messages still wait
    moderator.get(url)
    with CaptureQueriesContext(connection) as few:
        assert moderator.get(url).status_code == 200
    a_busy_place(ada, bob, 6)
    deliver()
    a_busy_place(ada, bob, 3)
    with CaptureQueriesContext(connection) as many:
        assert moderator.get(url).status_code == 200
    assert len(many) == len(few) <= 7
    for word in ("bob", "1", "@ada", "x' --", "\0", "9" * 30):
        assert moderator.get(url, {"q": word}).status_code == 200


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_each_row_can_be_looked_at(
    moderator: Client, ada: Person, bob: Person, deliver: Callable[[], int], model: type
) -> None:
    a_busy_place(ada, bob, 1)
    deliver()
    a_busy_place(ada, bob, 1)
    row = model.objects.first()  # type: ignore[attr-defined]
    if row is not None:
        meta = row._meta
        url = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
        assert moderator.get(url).status_code == 200


def test_a_suspended_person_is_out_until_let_back_in(moderator: Client, bob: Person, post: Post) -> None:
    browser = Client()
    browser.force_login(bob, LOGIN)
    act(moderator, "users.Person", "suspend", [bob.pk], "Spam")
    bob.refresh_from_db()
    assert (bob.is_active, bob.suspended_reason) == (False, "Spam")
    assert browser.get("/inbox/").status_code == 302
    assert LogEntry.objects.get(object_id=str(bob.pk)).change_message == "Suspended. Spam"
    act(moderator, "users.Person", "unsuspend", [bob.pk])
    assert browser.get("/inbox/").status_code == 200


def test_posts_are_found_by_a_hashtag(moderator: Client, ada: Person) -> None:
    publish_post(author=ada, body="Buy now! #Spam")
    publish_post(author=ada, body="Good morning. #fog")
    page = moderator.get(list_of("posts.Post"), {"q": "#SPAM"})
    assert "Buy now!" in page.text
    assert "Good morning." not in page.text


def test_nothing_is_hidden_without_a_reason(moderator: Client, post: Post) -> None:
    act(moderator, "posts.Post", "hide", [post.pk])
    post.refresh_from_db()
    assert post.hidden_at is None


def test_a_hidden_post_is_a_404_until_it_is_shown_again(moderator: Client, post: Post) -> None:
    act(moderator, "posts.Post", "hide", [post.pk], "Off topic")
    assert Client().get(f"/posts/{post.pk}/").status_code == 404
    act(moderator, "posts.Post", "unhide", [post.pk])
    assert Client().get(f"/posts/{post.pk}/").status_code == 200


def test_a_hidden_comment_is_gone_until_it_is_shown_again(moderator: Client, bob: Person, post: Post) -> None:
    made, _ = reactions.comment(post_id=post.pk, author=bob, body="Buy my book")
    act(moderator, "posts.Post", "hide", [made.pk], "Advertising")
    assert "Buy my book" not in Client().get(f"/posts/{post.pk}/").text
    act(moderator, "posts.Post", "unhide", [made.pk])
    assert "Buy my book" in Client().get(f"/posts/{post.pk}/").text
    assert Post.objects.get(pk=made.pk).hidden_reason == ""


def test_a_message_set_aside_is_sent_again(
    moderator: Client, ada: Person, bob: Person, post: Post, deliver: Callable[[], int]
) -> None:
    reactions.like(post_id=post.pk, person_id=bob.pk)
    OutboxMessage.objects.update(dead_lettered_at=post.created_at, attempts=5, error="Traceback …\nValueError: no")
    assert deliver() == 0
    page = moderator.get(list_of("messaging.OutboxMessage"), {"state": "aside"})
    assert "ValueError: no" in page.text
    act(moderator, "messaging.OutboxMessage", "send_again", [OutboxMessage.objects.get().pk])
    assert deliver() == 1


def test_a_moderator_cannot_make_themselves_a_superuser(ada: Person) -> None:
    Person.objects.filter(pk=ada.pk).update(is_staff=True)
    ada.user_permissions.set(Permission.objects.filter(content_type__model="person"))
    client = Client()
    client.force_login(ada, LOGIN)
    url = reverse("admin:users_person_change", args=[ada.pk])
    assert client.post(url, {"is_superuser": "on", "is_staff": "on"}).status_code == 302
    ada.refresh_from_db()
    assert not ada.is_superuser


def test_strangers_are_sent_to_the_log_in_page(db: None) -> None:
    answer = Client().get("/admin/")
    assert answer.status_code == 302
    answer = Client().get("/admin/login/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/")
