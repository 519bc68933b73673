"""Avatars: chosen, replaced, removed, by the settings page, the API and moderators; and gone with the account."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from socialapp.media.cleanup import tidy
from socialapp.media.models import Picture
from socialapp.users.models import Person
from socialapp.users.operations import change_avatar, delete_account
from tests.socialapp.media import samples
from tests.socialapp.media.test_preparing import files_of, sent

V1 = "/api/social/v1/"
LOGIN = "allauth.account.auth_backends.AuthenticationBackend"
PHOTO = samples.photo((400, 300))


@pytest.fixture
def ada_browser(ada: Person) -> Client:
    """Ada's."""
    client = Client()
    client.force_login(ada, LOGIN)
    return client


@pytest.fixture
def ada_api(api_of: Callable[[Person], APIClient], ada: Person) -> APIClient:
    """Ada's program."""
    return api_of(ada)


def avatar_of(page: Any) -> bool:
    """Whether a page shows a picture in place of initials."""
    return '<img class="avatar' in page.text


def test_a_picture_is_chosen_replaced_and_removed(ada: Person, ada_browser: Client) -> None:
    page = ada_browser.get("/settings/")
    assert "up to 10 MB" in page.text
    assert "remove_avatar" not in page.text
    profile = {"name": "Ada", "bio": "I count."}
    page = ada_browser.post("/settings/", profile | {"avatar": samples.upload(PHOTO)}, follow=True)
    assert "Saved." in page.text
    assert avatar_of(page)
    assert avatar_of(Client().get("/@ada/"))
    first = Picture.objects.get()
    assert files_of(first) == {f"{first.token}-96.webp", f"{first.token}-288.webp"}
    ada_browser.post("/settings/", profile | {"avatar": samples.upload(samples.saved(samples.gradient(), "WEBP"))})
    tidy()
    second = Picture.objects.get()
    assert (files_of(first), len(files_of(second))) == (set(), 2)
    page = ada_browser.post("/settings/", profile | {"remove_avatar": "on"}, follow=True)
    assert not avatar_of(page)
    tidy()
    assert (Picture.objects.count(), files_of(second)) == (0, set())


def test_saving_the_rest_leaves_the_picture_alone(ada: Person, ada_browser: Client) -> None:
    change_avatar(person=ada, file=samples.upload(PHOTO))
    ada_browser.post("/settings/", {"name": "A.", "bio": ""})
    ada.refresh_from_db()
    assert (ada.name, bool(ada.avatar)) == ("A.", True)


@pytest.mark.parametrize("data", [b"no picture", samples.truncated(), samples.bomb(), b"x" * 10_485_761])
def test_what_is_refused_is_told_at_the_field_and_the_rest_stays_typed(ada_browser: Client, data: bytes) -> None:
    page = ada_browser.post("/settings/", {"name": "Ada", "bio": "Just typed.", "avatar": samples.upload(data)})
    assert page.status_code == 400
    assert 'id="id_avatar_error"' in page.text
    assert "Just typed." in page.text
    assert not avatar_of(page)


def test_through_the_api(ada_api: APIClient, ada: Person) -> None:
    assert ada_api.get(V1 + "me/").json()["avatar"] is None
    put = ada_api.put(V1 + "me/avatar/", PHOTO, content_type="image/jpeg")
    assert put.status_code == 200
    url = put.json()["avatar"]
    assert url.startswith("http://127.0.0.1:8000/media/")
    assert Client().get(url.removeprefix("http://127.0.0.1:8000")).status_code == 200
    again = ada_api.put(V1 + "me/avatar/", {"picture": samples.upload(PHOTO)}, format="multipart").json()["avatar"]
    assert again != url
    assert ada_api.get(V1 + "me/").json()["avatar"] == again
    assert ada_api.get(V1 + "people/", {"q": "ada"}).json()["results"][0]["avatar"] == again
    assert ada_api.post(V1 + "posts/", {"body": "Hello"}).json()["author"]["avatar"] == again
    refused = ada_api.put(V1 + "me/avatar/", b"x", content_type="image/jpeg")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "avatar")
    assert [ada_api.delete(V1 + "me/avatar/").status_code for _ in range(2)] == [204, 204]
    assert ada_api.get(V1 + "me/").json()["avatar"] is None


def test_who_has_one_costs_no_query_more(ada: Person, django_assert_num_queries: Any) -> None:
    with CaptureQueriesContext(connection) as without:
        Client().get("/search/?what=people&q=ada")
    change_avatar(person=ada, file=samples.upload(PHOTO))
    with django_assert_num_queries(len(without)):
        assert avatar_of(Client().get("/search/?what=people&q=ada"))


def test_a_deleted_account_leaves_no_picture(ada: Person) -> None:
    change_avatar(person=ada, file=samples.upload(PHOTO))
    unused = sent(ada)
    delete_account(person=ada)
    tidy()
    assert Picture.objects.count() == 0
    assert files_of(unused) == set()


def test_a_moderator_removes_it(ada: Person) -> None:
    change_avatar(person=ada, file=samples.upload(PHOTO))
    client = Client()
    client.force_login(Person.objects.create_superuser("root", "root@example.org"), LOGIN)
    assert avatar_of(client.get(f"/admin/users/person/{ada.pk}/change/"))
    data = {"action": "remove_avatar", "_selected_action": [ada.pk], "reason": "Not theirs"}
    assert client.post("/admin/users/person/", data).status_code == 302
    ada.refresh_from_db()
    assert ada.avatar == ""
