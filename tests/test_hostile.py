"""Requests that no browser makes: refused in words, without a failure of ours, and leading nowhere else."""

import pytest
from django.test import Client

from socialapp.media import operations as media
from socialapp.users.models import Person
from tests.people import logged_in
from tests.socialapp.media import samples


@pytest.fixture
def stranger(db: None) -> Client:
    """Nobody's browser, in which a failure of ours is an answer like others."""
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("host", ['evil"x', "a b", "[:.]", "[1:2.3]:80", ""])
@pytest.mark.parametrize("page", ["/public/", "/nowhere/", "/healthz", "/api/v1/posts/1/"])
def test_a_host_that_is_none_is_a_bad_request(stranger: Client, host: str, page: str) -> None:
    for headers in ({}, {"HX-Request": "true", "HX-Current-URL": "http://testserver/"}):
        assert stranger.get(page, headers=headers | {"Host": host}).status_code < 500


@pytest.mark.parametrize("word", ["logout", "feeds", "posts:post", "a\nb", "users", "\0"])
def test_the_way_back_is_an_address_and_never_a_name_of_ours(stranger: Client, word: str) -> None:
    assert stranger.post("/theme/", {"theme": "dark", "next": word}).status_code == 302


@pytest.mark.parametrize("page", ["http://[", "http://[::1", "//[", "http://testserver:x/"])
def test_a_page_that_is_none_does_no_harm(stranger: Client, page: str) -> None:
    asked = {"HX-Request": "true", "HX-Current-URL": page}
    assert stranger.get("/search/", headers=asked).status_code == 200
    assert "?next=/bookmarks/" in stranger.get("/bookmarks/", headers=asked).text


def test_a_page_that_looks_like_a_host_is_not_linked_as_one(ada: Person) -> None:
    asked = {"HX-Request": "true", "HX-Current-URL": "http://testserver//evil.example/", "X-Person": "0"}
    answer = logged_in(ada).get("/bookmarks/", headers=asked).text
    assert 'href="//evil.example' not in answer
    assert 'href="/%2Fevil.example/"' in answer


def test_avatars_that_many_send_at_once_leave_threads_for_pages(ada: Person) -> None:
    with media._turn(), media._in_line:
        answer = logged_in(ada).post("/settings/", {"name": "Ada", "avatar": samples.upload(samples.photo())})
        assert (answer.status_code, "Try again in a minute" in answer.text) == (400, True)
    assert logged_in(ada).post("/settings/", {"avatar": samples.upload(samples.photo())}).status_code == 302
