"""Nobody reaches through us what only we can reach."""

import socket
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from notifications.channels import safe_http
from notifications.channels.base import PermanentFailure, TemporaryFailure
from notifications.deliveries.send import deliver
from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.notifications.activities import comment
from tests.notifications.fakes import Other

INSIDE = [
    "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "[::]", "169.254.169.254", "100.64.0.1",
    "10.1.2.3", "172.16.0.1", "192.168.1.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "127.1", "127.0.0.1.", "[fe80::1]", "[fc00::1]",
    "[2002:7f00:1::]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[::127.0.0.1]", "[2001:0:7f00:1::]", "[ff02::1]",
]  # fmt: skip


@pytest.mark.parametrize("host", INSIDE)
def test_what_is_inside_is_refused_when_typed_and_when_connected(host: str) -> None:
    with pytest.raises(ValidationError):
        safe_http.check_url(f"https://{host}/hook")
    with pytest.raises(PermanentFailure):
        safe_http.post(f"https://{host}/hook", b"{}", {})


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/", "https://example.org:22/", "https://me:secret@example.org/", "ftp://example.org/", "//x",
        "https://", "https://example.org:99999/", "https://exämple.org/", "javascript:alert(1)", "https://[::1", "",
    ],
)  # fmt: skip
def test_what_is_no_https_address_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        safe_http.check_url(url)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "::1", "::ffff:10.0.0.1", "169.254.169.254"])
def test_a_name_that_leads_inside_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    resolved_to(monkeypatch, [address])
    with pytest.raises(TemporaryFailure, match="no_public_address"):
        safe_http.post("https://innocent.example/hook", b"{}", {})


def test_one_address_inside_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    resolved_to(monkeypatch, ["93.184.215.14", "10.0.0.1"])
    with pytest.raises(TemporaryFailure, match="no_public_address"):
        safe_http.post("https://innocent.example/hook", b"{}", {})


def test_a_name_that_rebinds_is_asked_once_and_connected_where_it_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    connected: list[Any] = []

    def resolve(host: str, port: int, *_options: Any, **_more: Any) -> list[Any]:
        asked.append(host)
        address = "93.184.215.14" if len([h for h in asked if h == "rebinds.example"]) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host if host[0].isdigit() else address, port))]

    def connect(_self: socket.socket, address: Any) -> None:
        connected.append(address)
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket.socket, "connect", connect)
    with pytest.raises(TemporaryFailure, match="connection_refused"):
        safe_http.post("https://rebinds.example/hook", b"{}", {})
    assert asked.count("rebinds.example") == 1
    assert connected == [("93.184.215.14", 443)]


@pytest.mark.django_db
def test_a_redirect_is_not_followed(other: Other, ada: Person, bob: Person, post: Post) -> None:
    other.webhook_of(ada)
    other.script("webhook", "302")
    comment(bob, post)
    failure = deliver("webhook")
    assert failure is not None
    assert (failure.reason, failure.values) == ("redirected", {"code": 302})


@pytest.mark.django_db
def test_no_proxy_of_the_environment_is_used(
    other: Other, ada: Person, bob: Person, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    _, receiver = other.webhook_of(ada)
    comment(bob, post)
    deliver("webhook")
    assert len(receiver.messages) == 1


def resolved_to(monkeypatch: pytest.MonkeyPatch, addresses: list[str]) -> None:
    """What the name server says."""

    def resolve(_host: str, port: int, *_options: Any, **_more: Any) -> list[Any]:
        families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses]
        return [(f, socket.SOCK_STREAM, 6, "", (a, port)) for f, a in zip(families, addresses, strict=True)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
