"""Requests that no browser makes: refused in words, without a failure of ours, and leading nowhere else."""

from io import BytesIO
from threading import BoundedSemaphore, Event, Thread
from typing import Any

import pytest
from django.test import Client

from socialapp.media import operations as media
from socialapp.users.models import Person
from socialapp.users.operations import make_token
from socialapp.web import slow_bodies
from tests.people import logged_in
from tests.socialapp.media import samples


@pytest.fixture
def stranger(db: None) -> Client:
    """Nobody's browser, in which a failure of ours is an answer like others."""
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("host", ['evil"x', "a b", "[:.]", "[1:2.3]:80", ""])
@pytest.mark.parametrize("page", ["/public/", "/nowhere/", "/healthz", "/api/social/v1/posts/1/"])
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


class Slow:
    """A body of which nothing comes until it is let go of."""

    def __init__(self) -> None:
        self.asked, self.let_go = Event(), Event()

    def read(self, *_size: int) -> bytes:
        self.asked.set()
        self.let_go.wait(10)
        return b""


@pytest.mark.parametrize(
    ("length", "room"),
    [(10, slow_bodies.MOST_WAITING), (10**7, slow_bodies.MOST_WAITING_FOR_LARGE)],
    ids=["small", "large"],
)
def test_slow_bodies_leave_threads_for_pages(length: int, room: int) -> None:
    bodies = [Slow() for _ in range(room)]
    threads = [Thread(target=slow_bodies._Body(body, length, str(place)).read) for place, body in enumerate(bodies)]
    for thread, body in zip(threads, bodies, strict=True):
        thread.start()
        assert body.asked.wait(10)
    try:
        with pytest.raises(slow_bodies.TooManySlow):
            slow_bodies._Body(Slow(), length, "another").read(1)
        if length > slow_bodies.LARGE:  # a like is taken all the same
            assert slow_bodies._Body(BytesIO(b"quick")).read(5) == b"quick"
    finally:
        for thread, body in zip(threads, bodies, strict=True):
            body.let_go.set()
            thread.join()
    assert slow_bodies._Body(BytesIO(b"quick"), length).read(5) == b"quick"


def test_many_quick_bodies_at_once_are_all_taken() -> None:
    """More than there is room for, each for as long as a quick one takes: none is refused."""

    def quick(taken: list[bytes]) -> None:
        taken.extend(slow_bodies._Body(BytesIO(b"quick")).read(5) for _ in range(200))

    taken: list[bytes] = []
    threads = [Thread(target=quick, args=[taken]) for _ in range(4 * slow_bodies.MOST_WAITING)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken == [b"quick"] * (200 * len(threads))


@pytest.mark.parametrize(
    ("address", "kind"), [("/theme/", "text/html"), ("/api/social/v1/posts/", "application/problem+json")]
)
def test_who_finds_no_room_is_told_to_come_back(
    stranger: Client, ada: Person, monkeypatch: pytest.MonkeyPatch, address: str, kind: str
) -> None:
    monkeypatch.setattr(slow_bodies, "_waiting", BoundedSemaphore(1))
    token = {"Authorization": f"Bearer {make_token(person=ada, name='test')}"}
    kind_sent = "application/json" if "api" in address else "application/x-www-form-urlencoded"
    body: dict[str, Any] = {"wsgi.input": slow_bodies._Body(BytesIO(b"{}"))}
    with slow_bodies._waiting:
        answer = stranger.generic("POST", address, "{}", kind_sent, headers=token, **body)
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert answer["Content-Type"].startswith(kind)


@pytest.mark.parametrize(("address", "chosen"), [("/theme/", {"theme": "dark"}), ("/language/", {"language": "de"})])
def test_other_sites_do_not_choose_how_pages_look(stranger: Client, address: str, chosen: dict[str, str]) -> None:
    answer = stranger.post(address, chosen, headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, answer.cookies) == (403, {})
    assert stranger.post(address, chosen, headers={"Sec-Fetch-Site": "same-origin"}).cookies


@pytest.mark.parametrize(
    "page", ["/", "/settings/", "/search/?q=fog", "/api/social/v1/me/", "/api/social/v1/bookmarks/", "/@ada/"]
)
def test_what_was_made_for_somebody_is_kept_by_no_shared_cache(stranger: Client, ada: Person, page: str) -> None:
    assert "private" in logged_in(ada).get(page)["Cache-Control"]
    token = {"Authorization": f"Bearer {make_token(person=ada, name='test')}"}
    assert "private" in stranger.get(page, headers=token)["Cache-Control"]
    assert "Cache-Control" not in stranger.get("/public/")
