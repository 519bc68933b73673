"""Pictures as browsers fetch them."""

from typing import Any

import pytest
from django.test import Client

from socialapp.media.models import Picture
from socialapp.media.processing import prepare_one
from socialapp.users.models import Person
from tests.socialapp.media import samples
from tests.socialapp.media.test_preparing import sent


@pytest.fixture
def picture(ada: Person) -> Picture:
    """Ready."""
    made = sent(ada, samples.photo((500, 400)))
    prepare_one(made)
    made.refresh_from_db()
    return made


def test_a_file_is_served_to_anybody_and_can_do_nothing(picture: Picture, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        answer = Client().get(picture.large)
    assert answer.status_code == 200
    assert answer.content[8:12] == b"WEBP"
    assert {name: answer[name] for name in ("Content-Type", "Cache-Control", "Content-Security-Policy")} == {
        "Content-Type": "image/webp",
        "Cache-Control": "public, max-age=86400, s-maxage=600, immutable",
        "Content-Security-Policy": "default-src 'none'",
    }
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Length"] == str(len(answer.content))
    assert "Vary" not in answer
    assert "Set-Cookie" not in answer


def test_head_and_304(picture: Picture) -> None:
    head = Client().head(picture.large)
    assert (head.status_code, head.content) == (200, b"")
    answer = Client().get(picture.large, headers={"If-None-Match": head["ETag"]})
    assert (answer.status_code, answer.content) == (304, b"")
    assert "immutable" in answer["Cache-Control"]
    assert Client().get(picture.large, headers={"If-None-Match": '"else"'}).status_code == 200
    assert Client().post(picture.large).status_code == 405


def test_what_was_uploaded_is_served_to_nobody(ada: Person) -> None:
    token = sent(ada).token
    for name in (token, f"uploads/{token}", f"../uploads/{token}", f"{token[:2]}/{token[2:4]}/{token}-1600.webp"):
        assert Client().get(f"/media/{name}").status_code == 404


@pytest.mark.parametrize(
    "name",
    ["", "drafts/0", "../secret_key", "..%2fsecret_key", "aa/bb/x-480.webp", "aa/bb/" + "a" * 32 + "-480.webp/"],
)
def test_nothing_else_in_the_folder_is_served(db: None, name: str) -> None:
    assert Client().get(f"/media/{name}").status_code == 404
