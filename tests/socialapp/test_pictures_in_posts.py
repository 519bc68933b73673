"""Pictures in posts: by forms without JavaScript, through the API, and what becomes of them with the post."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from rest_framework.test import APIClient

from socialapp.media.cleanup import tidy
from socialapp.media.models import Picture
from socialapp.media.processing import prepare
from socialapp.posts import operations
from socialapp.posts.galleries import Attachment, pictures_of
from socialapp.posts.models import Post, PostPicture
from socialapp.posts.operations import delete_post, edit_post, hide_post, publish_post, purge_posts, purge_posts_of
from socialapp.users.models import Person
from tests.socialapp.media import samples
from tests.socialapp.media.test_preparing import files_of, sent

V1 = "/api/social/v1/"
SMALL = samples.saved(samples.gradient((60, 40)))


@pytest.fixture
def ada_browser(ada: Person) -> Client:
    """Ada's."""
    client = Client()
    client.force_login(ada, "allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def ada_api(api_of: Callable[[Person], APIClient], ada: Person) -> APIClient:
    """Ada's program."""
    return api_of(ada)


def a_post_with(ada: Person, *descriptions: str, body: str = "Look!") -> Post:
    """With so many pictures, all ready."""
    attachments = [Attachment(sent(ada, SMALL).pk, description) for description in descriptions]
    post = publish_post(author=ada, body=body, pictures=attachments)[0]
    prepare()
    return post


def places(*data: bytes, **values: str) -> dict[str, Any]:
    """The fields of the form of a new post, with files in the first places."""
    files = {f"picture-{n}-file": samples.upload(content) for n, content in enumerate(data, 1)}
    return {**files, **values}


# --- Pages ---


def test_a_post_appears_at_once_and_its_picture_when_it_is_prepared(ada_browser: Client) -> None:
    form = places(samples.photo((900, 600)), body="Fog.", **{"picture-1-description": "A bridge\r\nin fog "})
    page = ada_browser.post("/posts/", form, follow=True)
    assert "Fog." in page.text
    assert "This picture is being prepared." in page.text
    assert 'viewBox="0 0 900 600"' in page.text
    prepare()
    page = ada_browser.get("/")
    image = re.search(r'<img\s+src="(/media/[^"]+)"\s+srcset="([^"]+)"[^>]*>', page.text)
    assert image
    for attribute in ('alt="A bridge in fog"', 'width="900"', 'height="600"', 'loading="lazy"', "480w", "900w"):
        assert attribute in image[0]
    assert Client().get(image[1]).status_code == 200
    post = Post.objects.get()
    assert "gallery-open" in ada_browser.get(f"/posts/{post.pk}/").text
    assert "being prepared" not in ada_browser.get(f"/posts/{post.pk}/gallery/").text


def test_four_pictures_keep_their_order(ada_browser: Client) -> None:
    form = places(SMALL, SMALL, SMALL, SMALL, body="") | {f"picture-{n}-description": f"No. {n}" for n in range(1, 5)}
    assert ada_browser.post("/posts/", form).status_code == 302
    post = Post.objects.get()
    assert post.body == ""
    assert [row.description for row in pictures_of(post.pk)] == ["No. 1", "No. 2", "No. 3", "No. 4"]
    prepare()
    assert "gallery-4" in Client().get("/public/").text


def test_a_form_sent_twice_makes_one_post_with_its_pictures_once(ada_browser: Client) -> None:
    for _ in range(2):
        ada_browser.post("/posts/", places(SMALL, body="Once.", key="a key"))
    assert PostPicture.objects.get().post == Post.objects.get()
    prepare()
    tidy()
    assert Picture.objects.count() == 1


def test_when_a_picture_is_refused_the_text_and_the_other_pictures_are_still_there(ada_browser: Client) -> None:
    form = places(SMALL, b"no picture", body="A long story.", **{"picture-1-description": "The first"})
    page = ada_browser.post("/posts/", form)
    assert page.status_code == 400
    assert "A long story." in page.text
    assert "The first" in page.text
    assert "picture.jpg is here already." in page.text
    assert page.text.count("This file could not be read.") == 1
    assert "the rest of your post is still here" in page.text
    kept = re.search(r'name="picture-1-id"\s+value="(\d+)"', page.text)
    assert kept
    again = {"body": "A long story.", "picture-1-id": kept[1], "picture-1-description": "The first"}
    assert ada_browser.post("/posts/", again).status_code == 302
    assert [row.description for row in pictures_of(Post.objects.get().pk)] == ["The first"]


def test_pictures_are_kept_when_it_is_the_text_that_is_refused(ada_browser: Client) -> None:
    page = ada_browser.post("/posts/", places(SMALL, body="x" * 5_001))
    assert page.status_code == 400
    kept = re.search(r'name="picture-1-id"\s+value="(\d+)"', page.text)
    assert kept
    form = {"body": "Short.", "picture-1-id": kept[1], "picture-1-remove": "on"}
    assert ada_browser.post("/posts/", form).status_code == 302
    assert pictures_of(Post.objects.get().pk) == []


def test_what_is_too_heavy_is_told_where_it_was_chosen(ada_browser: Client) -> None:
    page = ada_browser.post("/posts/", places(b"x" * (10 * 1024 * 1024 + 1), body="Typed."))
    assert page.status_code == 400
    assert "larger than 10 MB" in page.text
    assert "Typed." in page.text


def test_what_is_far_too_heavy_is_a_page_that_helps(ada_browser: Client, settings: Any) -> None:
    settings.UPLOAD_MAX_SIZE = 1_000
    page = ada_browser.post("/posts/", places(b"x" * 2_000, body="Typed."))
    assert page.status_code == 413
    assert "That is too much at once" in page.text


@pytest.mark.parametrize("stolen", ["999", "0", "x", "99999999999999999999", "{bobs}"])
def test_nobody_posts_a_picture_that_is_not_theirs(ada_browser: Client, bob: Person, stolen: str) -> None:
    form = {"body": "Mine!", "picture-1-id": stolen.format(bobs=sent(bob, SMALL).pk)}
    assert ada_browser.post("/posts/", form).status_code == 400
    assert Post.objects.count() == 0


def test_neither_words_nor_pictures_is_nothing(ada_browser: Client) -> None:
    page = ada_browser.post("/posts/", {"body": "  "})
    assert (page.status_code, "Write something first." in page.text) == (400, True)


def test_a_picture_that_failed_is_told_to_its_author_only(ada_browser: Client) -> None:
    ada_browser.post("/posts/", places(samples.truncated(), body="Broken."))
    prepare()
    assert "This file could not be read." in ada_browser.get("/public/").text
    assert "gallery" not in re.sub(r"<link[^>]*>", "", Client().get("/public/").text)


def test_descriptions_are_changed_and_pictures_removed(ada_browser: Client, ada: Person) -> None:
    post = a_post_with(ada, "One", "Two")
    first, second = pictures_of(post.pk)
    page = ada_browser.get(f"/posts/{post.pk}/edit/")
    assert "One" in page.text
    name = "picture-{}-{}".format
    form = {"body": "Look!", name(first.picture_id, "remove"): "on", name(second.picture_id, "description"): "2"}
    page = ada_browser.post(f"/posts/{post.pk}/edit/", form, follow=True)
    assert "edited" in page.text
    assert [row.description for row in pictures_of(post.pk)] == ["2"]
    tidy()
    assert files_of(first.picture) == set()
    page = ada_browser.post(f"/posts/{post.pk}/edit/", {"body": "", name(second.picture_id, "remove"): "on"})
    assert page.status_code == 400
    assert len(pictures_of(post.pk)) == 1
    page = ada_browser.post(
        f"/posts/{post.pk}/edit/", {"body": "B", name(second.picture_id, "description"): "x" * 1_501}
    )
    assert (page.status_code, "A description is too long" in page.text) == (400, True)


def test_what_a_picture_shows_is_only_text(ada: Person) -> None:
    a_post_with(ada, '"><script>alert(1)</script>')
    assert "<script>alert" not in Client().get("/public/").text


# --- The API ---


def test_upload_then_post(ada_api: APIClient) -> None:
    made = ada_api.post(V1 + "pictures/", {"picture": samples.upload(SMALL)}, format="multipart")
    assert made.status_code == 201
    picture = made.json()
    assert picture == {"id": picture["id"], "state": "waiting", "fault": None, "width": 60, "height": 40, "urls": None}
    raw = ada_api.post(V1 + "pictures/", SMALL, content_type="image/png")
    assert raw.status_code == 201
    wanted = [{"id": raw.json()["id"], "description": "Second first"}, {"id": picture["id"]}]
    for status in (201, 200):
        answer = ada_api.post(V1 + "posts/", {"body": "Hello", "pictures": wanted}, headers={"Idempotency-Key": "one"})
        assert answer.status_code == status
    post = answer.json()
    assert [(each["id"], each["description"], each["state"]) for each in post["pictures"]] == [
        (raw.json()["id"], "Second first", "waiting"),
        (picture["id"], "", "waiting"),
    ]
    prepare()
    (first, _) = ada_api.get(f"{V1}posts/{post['id']}/").json()["pictures"]
    assert first["state"] == "ready"
    assert set(first["urls"]) == {"480", "960", "1600"}
    assert first["urls"]["480"] == first["urls"]["1600"]  # it is smaller than either
    assert first["urls"]["480"].startswith("http://127.0.0.1:8000/media/")
    assert ada_api.get(V1 + "public/").json()["results"][0]["pictures"][0] == first
    assert ada_api.get(f"{V1}pictures/{picture['id']}/").json()["state"] == "ready"


def test_descriptions_change_and_pictures_go_by_patch(ada_api: APIClient, ada: Person) -> None:
    post = a_post_with(ada, "One", "Two")
    first, second = (row.picture_id for row in pictures_of(post.pk))
    route = f"{V1}posts/{post.pk}/"
    assert len(ada_api.patch(route, {"body": "Only words"}).json()["pictures"]) == 2
    changed = ada_api.patch(route, {"pictures": [{"id": second, "description": "2"}]}).json()
    assert (changed["body"], [(p["id"], p["description"]) for p in changed["pictures"]]) == (
        "Only words",
        [(second, "2")],
    )
    assert ada_api.patch(route, {"pictures": [{"id": first}]}).status_code == 400
    assert ada_api.patch(route, {"body": "", "pictures": []}).status_code == 400
    assert ada_api.patch(route, {"body": ""}).json()["body"] == ""


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"pictures": []},
        {"pictures": [{"id": 999}]},
        {"pictures": [{}]},
        {"pictures": [{"id": True}]},
        {"pictures": [{"id": 1}] * 2},
        {"pictures": [{"id": n} for n in range(1, 6)]},
        {"pictures": [{"id": 1, "description": "x" * 1_501}]},
        {"pictures": [{"id": 1, "description": "a\0b"}]},
        {"pictures": "1"},
    ],
)
def test_rubbish_in_place_of_pictures_is_a_400(ada_api: APIClient, body: dict[str, Any]) -> None:
    assert ada_api.post(V1 + "posts/", body).status_code == 400


def test_what_is_no_picture_is_a_clear_problem(ada_api: APIClient, api_of: Callable[[None], APIClient]) -> None:
    for data, type_ in ((b"x", "image/jpeg"), (b"", "image/jpeg")):
        answer = ada_api.post(V1 + "pictures/", data, content_type=type_)
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert ada_api.post(V1 + "pictures/", {"picture": "text"}, format="multipart").status_code == 400
    assert ada_api.post(V1 + "pictures/", {}, format="multipart").status_code == 400
    assert ada_api.post(V1 + "pictures/", {"picture": 1}, format="json").status_code == 415
    too_large = b"x" * (10 * 1024 * 1024 + 1)
    assert ada_api.post(V1 + "pictures/", too_large, content_type="image/jpeg").status_code == 413
    assert api_of(None).post(V1 + "pictures/", SMALL, content_type="image/jpeg").status_code == 401


def test_a_picture_is_seen_and_let_go_of_by_its_owner_only(
    ada: Person, ada_api: APIClient, bob: Person, api_of: Callable[[Person], APIClient]
) -> None:
    picture = sent(ada, SMALL)
    route = f"{V1}pictures/{picture.pk}/"
    assert api_of(bob).get(route).status_code == 404
    api_of(bob).delete(route)
    prepare()
    tidy()
    assert ada_api.get(route).json()["state"] == "ready"
    assert ada_api.delete(route).status_code == 204
    assert ada_api.get(route).status_code == 404


# --- What becomes of them ---


def test_pictures_are_hidden_and_deleted_with_their_post(ada: Person) -> None:
    post = a_post_with(ada, "A fence")
    (row,) = pictures_of(post.pk)
    hide_post(post_id=post.pk, reason="Off topic")
    for address in (f"/posts/{post.pk}/gallery/", f"/posts/{post.pk}/", f"{V1}posts/{post.pk}/"):
        assert Client().get(address).status_code == 404
    operations.unhide_post(post_id=post.pk)
    assert Client().get(f"/posts/{post.pk}/gallery/").status_code == 200
    delete_post(post_id=post.pk, by=ada)
    assert Client().get(f"/posts/{post.pk}/gallery/").status_code == 404
    tidy()
    assert len(files_of(row.picture)) == 1  # the post can be brought back for 30 days
    Post.objects.update(deleted_at="2020-01-01T00:00Z")
    assert purge_posts() == 1
    tidy()
    assert files_of(row.picture) == set()
    assert (Picture.objects.count(), PostPicture.objects.count()) == (0, 0)


def test_the_purge_of_an_account_takes_its_pictures(ada: Person) -> None:
    post = a_post_with(ada, "A fence")
    (row,) = pictures_of(post.pk)
    assert purge_posts_of(ada.pk) == 1
    tidy()
    assert files_of(row.picture) == set()


def test_what_is_wrong_leaves_neither_post_nor_pictures_used(ada: Person) -> None:
    mine = sent(ada, SMALL)
    with pytest.raises(ValidationError):
        publish_post(author=ada, body="No.", pictures=[Attachment(mine.pk), Attachment(999)])
    assert Post.objects.count() == 0
    assert Picture.objects.get().expires_at is not None


def test_publishing_costs_two_statements_more_with_pictures_and_none_without(
    ada: Person, django_assert_num_queries: Any
) -> None:
    attachments = [Attachment(sent(ada, SMALL).pk) for _ in range(4)]
    with django_assert_num_queries(1):
        publish_post(author=ada, body="Words.")
    with django_assert_num_queries(5):  # with BEGIN and COMMIT
        publish_post(author=ada, body="Words.", pictures=attachments)


def test_a_page_of_pictures_costs_one_query(ada: Person, django_assert_num_queries: Any) -> None:
    for _ in range(3):
        a_post_with(ada, "One", "Two")
    with django_assert_num_queries(3):
        assert Client().get("/public/").text.count("gallery-open") == 6


def test_an_edit_of_words_alone_leaves_pictures_alone(ada: Person) -> None:
    post = a_post_with(ada, "One")
    edit_post(post_id=post.pk, by=ada, body="Other words.")
    assert len(pictures_of(post.pk)) == 1


def test_admins_see_the_pictures_of_a_post(ada: Person) -> None:
    post = a_post_with(ada, "A fence")
    client = Client()
    client.force_login(
        Person.objects.create_superuser("root", "root@example.org"),
        "allauth.account.auth_backends.AuthenticationBackend",
    )
    page = client.get(f"/admin/posts/post/{post.pk}/change/")
    assert pictures_of(post.pk)[0].picture.large in page.text
    assert "A fence" in page.text


# --- Pictures that fail ---


def test_a_post_of_one_picture_that_fails_is_not_empty_for_others(
    ada: Person, ada_browser: Client, api_of: Callable[[Person | None], APIClient]
) -> None:
    post = publish_post(author=ada, body="", pictures=[Attachment(sent(ada, samples.truncated()).pk)])[0]
    prepare()
    assert "This picture could not be prepared." in Client().get(f"/posts/{post.pk}/").text
    assert "This picture could not be prepared." in Client().get("/public/").text
    page = ada_browser.get(f"/posts/{post.pk}/").text
    assert "This file could not be read." in page
    assert "Only you see this." not in page
    (picture,) = api_of(None).get(f"{V1}posts/{post.pk}/").json()["pictures"]
    assert (picture["state"], picture["urls"]) == ("failed", None)


def test_a_picture_that_failed_already_is_refused_with_its_reason(ada: Person, ada_api: APIClient) -> None:
    picture = sent(ada, samples.truncated())
    prepare()
    with pytest.raises(ValidationError, match="could not be read"):
        publish_post(author=ada, body="Look!", pictures=[Attachment(picture.pk)])
    answer = ada_api.post(V1 + "posts/", {"pictures": [{"id": picture.pk}]}, format="json")
    assert answer.status_code == 400
    assert "could not be read" in answer.content.decode()
    assert not Post.objects.exists()


def test_black_and_white_can_be_read_behind_transparent_pictures_in_both_themes() -> None:
    """The ground is one grey; text needs 4.5:1 (WCAG 2.2, 1.4.3)."""
    apps = Path(__file__).parents[2] / "socialapp"
    found = re.search(r"--ground: #([0-9a-f]{2})\1\1;", (apps / "web/static/web/css/tokens.css").read_text())
    assert found
    light = ((int(found[1], 16) / 255 + 0.055) / 1.055) ** 2.4
    assert min(1.05 / (light + 0.05), (light + 0.05) / 0.05) > 4.5
    for file, rule in (
        ("gallery.css", ".gallery img"),
        ("gallery.css", ".viewer img"),
        ("pictures.css", ".pictures-preview img"),
    ):
        (body,) = re.findall(
            rf"(?m)^{re.escape(rule)} {{([^}}]*)}}", (apps / "posts/static/posts/css" / file).read_text()
        )
        assert "background: var(--ground);" in body
