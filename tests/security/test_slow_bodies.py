"""Bodies that come slowly, or never, hold up nobody but their sender, and not for long."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from threading import Thread

import pytest

from socialapp.web import slow_bodies
from tests.product import Product, running_product
from tests.test_hostile import Slow

FORM = b"POST /theme/ HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: %d\r\nContent-Type: %s\r\n\r\n"
URLENCODED = b"application/x-www-form-urlencoded"


@contextmanager
def waiting_for(address: str, count: int) -> Iterator[None]:
    """So many bodies from an address, of which nothing comes."""
    bodies = [Slow() for _ in range(count)]
    threads = [Thread(target=slow_bodies._Body(body, 10, address).read) for body in bodies]
    for thread, body in zip(threads, bodies, strict=True):
        thread.start()
        assert body.asked.wait(10)
    try:
        yield
    finally:
        for thread, body in zip(threads, bodies, strict=True):
            body.let_go.set()
            thread.join()


def test_one_address_takes_no_more_than_three_rooms() -> None:
    with waiting_for("192.0.2.1", slow_bodies.MOST_WAITING_FOR_ONE):
        with pytest.raises(slow_bodies.TooManySlow):
            slow_bodies._Body(BytesIO(b"a"), 10, "192.0.2.1").read(1)
        assert slow_bodies._Body(BytesIO(b"quick"), 10, "192.0.2.2").read(5) == b"quick"
    assert slow_bodies._Body(BytesIO(b"quick"), 10, "192.0.2.1").read(5) == b"quick"


def test_a_body_is_read_whole_whatever_is_asked_for() -> None:
    sent = bytes(range(256)) * 1_000
    for sizes in ([-1], [10, -1], [100_000, 100_000, 100_000], [len(sent)], [len(sent) + 1]):
        body = slow_bodies._Body(BytesIO(sent), len(sent))
        assert b"".join(body.read(size) for size in sizes) == sent


def test_a_phone_that_sends_slowly_all_the_time_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten megabytes at 8 KB a second: each piece moves the deadline on."""
    clock = [1.0]
    monkeypatch.setattr("socialapp.web.slow_bodies.time.monotonic", lambda: clock[0])

    class Phone(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            piece = super().read(size)
            clock[0] += len(piece) / 8_192
            return piece

    assert len(slow_bodies._Body(Phone(b"x" * 10_000_000), 10_000_000).read()) == 10_000_000


def test_who_sends_less_than_that_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1.0]
    monkeypatch.setattr("socialapp.web.slow_bodies.time.monotonic", lambda: clock[0])

    class Dripping(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            piece = super().read(size)
            clock[0] += len(piece) / 1_000
            return piece

    with pytest.raises(slow_bodies.TooManySlow):
        slow_bodies._Body(Dripping(b"x" * 10_000_000), 10_000_000).read()


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    """One of its own."""
    with running_product("--no-demo") as running:
        yield running


def send(port: int, head: bytes, body: bytes, patience: float = 60.0) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=patience)
    connection.sendall(head + body)
    return connection


@pytest.mark.slow
@pytest.mark.enable_socket
def test_the_connection_of_a_body_that_does_not_come_is_dropped_and_its_room_free(product: Product) -> None:
    port = int(product.url.rpartition(":")[2])
    head = FORM % (port, 1_000, URLENCODED)
    with ExitStack() as held:
        # More than there are rooms, also for other addresses: what does not wait is refused at once, and closed.
        idle = [held.enter_context(send(port, head, b"a=")) for _ in range(24)]
        for connection in idle:
            answer = connection.recv(1_000)
            assert answer == b"" or answer.startswith(b"HTTP/1.1 503"), answer
    quick = b"theme=dark"
    with send(port, FORM % (port, len(quick), URLENCODED), quick) as connection:
        assert connection.recv(1_000).startswith(b"HTTP/1.1 302")


@pytest.mark.slow
@pytest.mark.enable_socket
def test_a_slow_upload_arrives_while_it_goes_on_coming(product: Product) -> None:
    port = int(product.url.rpartition(":")[2])
    body = b"theme=dark&x=" + b"y" * 200_000
    with send(port, FORM % (port, len(body), URLENCODED), body[:1]) as connection:
        for start in range(1, len(body), 8_192):
            time.sleep(0.8)
            connection.sendall(body[start : start + 8_192])
        assert connection.recv(1_000).startswith(b"HTTP/1.1 302")
