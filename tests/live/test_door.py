"""What those do to the live process who do not want to listen."""

import http.client
import socket
import time
from collections.abc import Callable

import pytest
from django.conf import LazySettings

from notifications.live import slow_request_guard
from socialapp.users.models import Person
from tests.live.conftest import Listener, Process

Listen = Callable[..., Listener]


def said_to(live: Process, *pieces: bytes) -> bytes:
    """What it answers to bytes, until it closes the connection."""
    with socket.create_connection(("127.0.0.1", live.port), timeout=10) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
            return b"".join(iter(lambda: connection.recv(65_536), b""))
        except ConnectionError:  # closed while there was more to say
            return b""


@pytest.mark.parametrize(
    "unfinished",
    [
        b"",
        b"GET /live/ HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"POST /live/watch/ HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{",
        b"GET /live/healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /live/healthz HT",
    ],
)
def test_who_does_not_finish_a_request_is_hung_up_on(
    live: Process, unfinished: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow_request_guard, "ARRIVAL_S", 0.3)
    started = time.monotonic()
    said_to(live, unfinished)
    assert time.monotonic() - started < 5


def test_a_stream_that_is_open_may_last(
    live: Process, listen: Listen, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow_request_guard, "ARRIVAL_S", 0.3)
    listen(ada).next("hello")
    time.sleep(0.6)
    assert len(live.hub.streams) == 1


@pytest.mark.parametrize(
    "endless",
    [
        [b"GET /live/ HTTP/1.1\r\n", *([b"X-Big: " + b"a" * 8_000 + b"\r\n"] * 40)],
        [b"GET /live/ HTTP/1.1\r\nX-One: ", *([b"a" * 8_000] * 40)],
        [b"POST /live/watch/ HTTP/1.1\r\nContent-Length: 400000\r\n\r\n", *([b"a" * 8_000] * 40)],
    ],
)
def test_a_request_without_end_is_refused_rather_than_kept(live: Process, endless: list[bytes]) -> None:
    assert said_to(live, *endless)[:12] in {b"HTTP/1.1 431", b"HTTP/1.1 413", b""}


def test_a_cookie_that_no_session_has_spoils_nothing_for_those_who_knock_with_it(
    live: Process, listen: Listen, ada: Person
) -> None:
    assert listen(None, Cookie='sessionid="\\000"').status == 401
    started = time.monotonic()
    listen(ada).next("hello")
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("headers", [{"Origin": "http://["}, {"Origin": "x", "Host": "["}, {"Origin": "http://[::1"}])
def test_addresses_that_are_none_are_of_other_sites(live: Process, headers: dict[str, str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", live.port, timeout=10)
    connection.request("GET", "/live/", headers=headers)
    assert connection.getresponse().status == 403
    connection.close()


def test_an_address_of_too_many_parts_is_refused(listen: Listen, ada: Person) -> None:
    assert listen(ada, "?" + "&".join(f"a{number}=1" for number in range(30))).status == 400


@pytest.mark.parametrize(
    ("public_url", "host", "origin", "status"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8001", "http://127.0.0.1:9999", 401),  # on a laptop each port is its own
        ("http://127.0.0.1:8000", "127.0.0.1:8001", "http://evil.example:8000", 403),
        ("http://127.0.0.1:8000", "evil.example:8001", "http://evil.example:8000", 400),  # DNS rebinding
        ("http://127.0.0.1:8000", "evil.example:8001", "", 400),
        ("https://social.example", "social.example", "https://social.example", 401),
        ("https://social.example", "social.example", "https://social.example:8443", 403),
        ("https://social.example", "social.example", "http://social.example", 403),
        ("https://social.example", "social.example", "https://other.example", 403),
        ("https://social.example", "other.example", "https://other.example", 401),  # in SOCIALAPP_HOSTS
        ("https://social.example", "evil.example", "https://evil.example", 400),
    ],
)
def test_only_pages_of_ours_may_listen_and_only_at_our_names(
    live: Process, settings: LazySettings, public_url: str, host: str, origin: str, status: int
) -> None:
    """401: let in as far as the question of who it is."""
    settings.PUBLIC_URL = public_url
    settings.ALLOWED_HOSTS = ["127.0.0.1", "social.example", "other.example"]
    connection = http.client.HTTPConnection("127.0.0.1", live.port, timeout=10)
    connection.request("GET", "/live/", headers={"Host": host} | ({"Origin": origin} if origin else {}))
    assert connection.getresponse().status == status
    connection.close()
