"""Attacks by a webhook's answer: one that has no end, is huge, or becomes huge when it is unpacked."""

import gzip
import itertools
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
import urllib3.util.connection
from django.conf import LazySettings

from notifications.channels import safe_http
from notifications.deliveries.notices import send_test
from notifications.deliveries.send import deliver
from notifications.endpoints.operations import add_webhook
from notifications.models import Attempt, Delivery
from socialapp.users.models import Person

pytestmark = pytest.mark.django_db

MB = 1_000_000
HUGE = 100 * MB
FLAT = 10 * MB  # what a first delivery imports, and buffers
PIECE = b"x" * 65_536
ZEROS = gzip.compress(bytes(HUGE))


@dataclass
class Receiver:
    """What it answers, piece by piece; how much of it was taken, and whether the sender hung up before its end."""

    url: str
    pieces: Callable[[], Iterator[bytes]] = lambda: iter([])
    sent: int = 0
    hung_up: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def receiver(settings: LazySettings) -> Iterator[Receiver]:
    """On loopback, and let in."""
    server = socket.create_server(("127.0.0.1", 0))
    address = f"127.0.0.1:{server.getsockname()[1]}"
    settings.ALLOWED_PRIVATE_HOSTS = frozenset([address])
    found = Receiver(f"http://{address}/hook")

    def answer() -> None:
        with suppress(OSError):
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                try:
                    for piece in found.pieces():
                        connection.sendall(piece)
                        found.sent += len(piece)
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(65_536):
                        pass
                except OSError:
                    found.hung_up.set()

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    yield found
    server.close()
    thread.join(10)


def huge(status: str, *headers: str) -> Iterator[bytes]:
    """100 MB."""
    yield "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode()
    yield from itertools.repeat(PIECE, HUGE // len(PIECE))


def huge_in_one_chunk(status: str) -> Iterator[bytes]:
    """100 MB, which it announces as one piece."""
    yield f"HTTP/1.1 {status}\r\nTransfer-Encoding: chunked\r\n\r\n{HUGE:x}\r\n".encode()
    yield from itertools.repeat(PIECE, HUGE // len(PIECE))


def huge_in_chunks(status: str) -> Iterator[bytes]:
    """100 MB in pieces of their own length."""
    yield f"HTTP/1.1 {status}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    for _ in range(HUGE // len(PIECE)):
        yield b"%x\r\n%s\r\n" % (len(PIECE), PIECE)
    yield b"0\r\n\r\n"


HUGE_ANSWERS: dict[str, Callable[[str], Iterator[bytes]]] = {
    "with its length": lambda status: huge(status, f"Content-Length: {HUGE}"),
    "until it closes": lambda status: huge(status, "Connection: close"),
    "in one chunk": huge_in_one_chunk,
    "in chunks": huge_in_chunks,
}


@pytest.mark.parametrize(("status", "state"), [("200 OK", "sent"), ("500 No", "waiting"), ("410 Gone", "dead")])
@pytest.mark.parametrize("how", HUGE_ANSWERS)
def test_of_100_megabytes_the_first_8_thousand_bytes_are_read(
    how: str, status: str, state: str, receiver: Receiver, ada: Person
) -> None:
    receiver.pieces = lambda: HUGE_ANSWERS[how](status)
    peak = deliver_to(receiver, ada)
    assert peak < FLAT
    assert Delivery.objects.get().state == state
    attempt = Attempt.objects.get()
    assert (attempt.code, set(attempt.answer)) == (int(status[:3]), {"x"})
    assert len(attempt.answer) <= safe_http.ANSWER_SIZE
    assert receiver.hung_up.wait(10)
    assert receiver.sent < HUGE / 2  # what the buffers of the two sockets hold


def test_what_would_unpack_to_100_megabytes_is_not_unpacked(receiver: Receiver, ada: Person) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(ZEROS)
    receiver.pieces = lambda: iter([head, ZEROS])
    assert deliver_to(receiver, ada) < FLAT
    assert Delivery.objects.get().state == "sent"
    assert len(Attempt.objects.get().answer) <= safe_http.ANSWER_SIZE


def endless(begin: bytes, again: bytes) -> Callable[[], Iterator[bytes]]:
    """The beginning once, the rest without end."""
    return lambda: itertools.chain([begin], itertools.repeat(again))


ENDLESS = {
    "headers": endless(b"HTTP/1.1 200 OK\r\n", b"X-More: %s\r\n" % (b"x" * 1_000) * 50),
    "short headers": endless(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 10_000),
    "one header": endless(b"HTTP/1.1 200 OK\r\nX: ", PIECE),
    "first line": endless(b"HTTP/1.1 200 ", PIECE),
    "no line": endless(b"", PIECE),
    "length of a chunk": endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0" * 65_536),
    "interim answers": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000),
    "interim headers": endless(b"", b"HTTP/1.1 100 Continue\r\n" + b"X: y\r\n" * 10_000),
}


@pytest.mark.parametrize("of", ENDLESS)
def test_an_answer_without_end_is_a_failure_that_is_tried_again(
    of: str, receiver: Receiver, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safe_http, "TIMEOUT_S", 0.5)
    receiver.pieces = ENDLESS[of]
    assert deliver_to(receiver, ada) < FLAT
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("waiting", 1)
    assert Attempt.objects.get().reason in {"no_answer", "connection_broke"}
    assert receiver.hung_up.wait(10)


def test_an_answer_that_begins_well_and_never_ends_counts_by_its_beginning(
    receiver: Receiver, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safe_http, "TIMEOUT_S", 0.5)
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
    receiver.pieces = endless(head, b"X-Trailer: y\r\n" * 10_000)
    assert deliver_to(receiver, ada) < FLAT
    assert Delivery.objects.get().state == "sent"
    assert receiver.hung_up.wait(10)


@pytest.mark.parametrize("header", ["Connection: close", "Connection: keep-alive"])
def test_a_body_that_comes_byte_by_byte_is_cut_when_the_time_is_up(
    header: str, receiver: Receiver, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library forgets the socket of an answer after which the connection ends: it is cut all the same."""

    def byte_by_byte() -> Iterator[bytes]:
        yield f"HTTP/1.1 200 OK\r\n{header}\r\nContent-Length: 1000\r\n\r\n".encode()
        for _ in range(1_000):
            time.sleep(0.02)
            yield b"x"

    monkeypatch.setattr(safe_http, "TIMEOUT_S", 0.5)
    receiver.pieces = byte_by_byte
    deliver_to(receiver, ada)
    assert Delivery.objects.get().state == "sent"
    assert len(Attempt.objects.get().answer) < 1_000
    assert receiver.hung_up.wait(10)


def test_who_takes_all_the_time_to_connect_has_none_left_to_answer_byte_by_byte(
    receiver: Receiver, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time was up while there was no connection to hang up: it is noticed when there is one."""
    connect = urllib3.util.connection.create_connection

    def slowly(*args: Any, **options: Any) -> socket.socket:
        time.sleep(0.6)
        return connect(*args, **options)

    def byte_by_byte() -> Iterator[bytes]:
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n":
            time.sleep(0.02)
            yield bytes([byte])

    monkeypatch.setattr(safe_http, "TIMEOUT_S", 0.5)
    monkeypatch.setattr(urllib3.util.connection, "create_connection", slowly)
    receiver.pieces = byte_by_byte
    deliver_to(receiver, ada)
    assert Attempt.objects.get().reason == "no_answer"


def deliver_to(receiver: Receiver, person: Person) -> int:
    """Send one there. Returns how many bytes more than before were in memory at any moment."""
    endpoint, _ = add_webhook(person=person, name="bot", address=receiver.url)
    send_test(endpoint=endpoint)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        deliver("webhook")
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
