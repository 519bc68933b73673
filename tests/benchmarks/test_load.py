"""The load generator hides nothing: a stall counts for all that were due meanwhile, and each failure has its name."""

import socket
import struct
import time
from collections.abc import Iterator

from benchmarks.load import offer
from benchmarks.systems.system import Request
from tests.benchmarks.servers import CREATED, at_once, serving, stalls
from tests.product import free_port


def likes(number: int) -> Iterator[Request]:
    """That differ in their path."""
    for n in range(number):
        yield Request("PUT", f"/posts/{n}/like/", {"Authorization": "Bearer sa_1"})


def test_each_request_is_sent_once_as_it_is_told() -> None:
    with serving(at_once) as server:
        offered = offer(
            server.url, [Request("PUT", "/a", {"X-Word": "yes"}), Request("POST", "/b", body=b"{}")], rate=50
        )
    host = server.url.removeprefix("http://").encode()
    assert server.heard == [
        b"PUT /a HTTP/1.1\r\nHost: " + host + b"\r\nX-Word: yes\r\nContent-Length: 0\r\n\r\n",
        b"POST /b HTTP/1.1\r\nHost: " + host + b"\r\nContent-Length: 2\r\n\r\n{}",
    ]
    assert (offered.accepted, offered.errors, offered.uncertain) == (2, {}, 0)


def test_requests_are_due_at_the_set_rate_and_share_connections() -> None:
    with serving(at_once) as server:
        offered = offer(server.url, likes(100), rate=200)
    assert list(offered.due) == [n / 200 for n in range(100)]
    assert offered.wall_s >= 99 / 200
    assert server.connections == offered.connections < 100
    assert len(server.heard) == len(offered.took) == 100


def test_a_stall_counts_for_all_that_were_due_meanwhile() -> None:
    """A closed loop would have one slow answer of 200, and a p99 of nothing."""
    with serving(stalls(at=50, seconds=0.5)) as server:
        offered = offer(server.url, likes(200), rate=200)
    slow = [took for took in offered.took if took > 0.1]
    assert len(slow) >= 75  # of the 100 that were due in that half second, those of its first 0.4
    assert offered.p(99) > 450
    assert max(offered.took) >= 0.5
    assert offered.p(10) < offered.p(99)
    assert (offered.accepted, offered.errors) == (200, {})


def test_what_finds_no_free_connection_waits_and_its_wait_counts() -> None:
    with serving(stalls(at=1, seconds=0.5)) as server:
        offered = offer(server.url, likes(50), rate=200, connections=1)
    assert server.connections == 1
    assert offered.waited >= 49
    assert offered.took[1] > 0.45
    assert offered.accepted == 50


def test_a_reset_is_an_error_with_its_name_and_the_others_go_on() -> None:
    def answer(number: int, connection: socket.socket) -> None:
        if number == 3:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
        else:
            connection.sendall(CREATED)

    with serving(answer) as server:
        offered = offer(server.url, likes(10), rate=100)
    assert (offered.accepted, offered.errors, offered.uncertain) == (9, {"reset": 1}, 1)


def test_half_an_answer_is_no_answer() -> None:
    def answer(number: int, connection: socket.socket) -> None:
        connection.sendall(CREATED[:-1] if number == 2 else CREATED)
        if number == 2:
            connection.shutdown(socket.SHUT_RDWR)

    with serving(answer) as server:
        offered = offer(server.url, likes(4), rate=100)
    assert (offered.accepted, offered.errors) == (3, {"cut short": 1})


def test_an_answer_in_pieces_is_an_answer() -> None:
    def answer(_number: int, connection: socket.socket) -> None:
        for n in range(len(CREATED)):
            connection.sendall(CREATED[n : n + 1])
            time.sleep(0.001)

    with serving(answer) as server:
        offered = offer(server.url, likes(3), rate=10)
    assert (offered.accepted, offered.errors, server.connections) == (3, {}, 1)


def test_statuses_are_counted() -> None:
    def answer(number: int, connection: socket.socket) -> None:
        status = {2: b"200 OK", 3: b"503 Busy"}.get(number, b"201 Created")
        connection.sendall(CREATED.replace(b"201 Created", status))

    with serving(answer) as server:
        offered = offer(server.url, likes(5), rate=100)
    assert (offered.accepted, offered.errors, offered.uncertain) == (3, {"200": 1, "503": 1}, 1)


def test_what_is_not_answered_in_time_is_an_error() -> None:
    def answer(number: int, connection: socket.socket) -> None:
        if number != 1:
            connection.sendall(CREATED)

    with serving(answer) as server:
        offered = offer(server.url, likes(5), rate=100, timeout_s=0.3)
    assert (offered.accepted, offered.errors) == (4, {"timed out": 1})


def test_nobody_there() -> None:
    offered = offer(f"http://127.0.0.1:{free_port()}", likes(3), rate=100)
    assert (offered.accepted, offered.errors) == (0, {"refused": 3})


def test_a_connection_that_the_server_closed_when_idle_costs_no_request() -> None:
    def answer(_number: int, connection: socket.socket) -> None:
        connection.sendall(CREATED)
        connection.shutdown(socket.SHUT_RDWR)

    with serving(answer) as server:
        offered = offer(server.url, likes(5), rate=20)
    assert (offered.accepted, offered.errors, server.connections) == (5, {}, 5)


def test_connection_close_is_believed() -> None:
    def answer(_number: int, connection: socket.socket) -> None:
        connection.sendall(CREATED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

    with serving(answer) as server:
        offered = offer(server.url, likes(5), connections=1)
    assert (offered.accepted, server.connections) == (5, 5)


def test_without_a_rate_each_connection_sends_when_it_was_answered() -> None:
    def answer(_number: int, connection: socket.socket) -> None:
        time.sleep(0.01)  # one after the other: the server holds its lock
        connection.sendall(CREATED)

    with serving(answer) as server:
        offered = offer(server.url, likes(20), connections=4)
        assert server.connections == offered.connections == 4
        assert offered.wall_s >= 0.2
        some = offer(server.url, likes(10_000), connections=2, seconds=0.2)
    assert 0 < len(some.took) < 10_000
    assert some.accepted == len(some.took)


def test_the_generator_tells_what_it_used() -> None:
    with serving(at_once) as server:
        told = offer(server.url, likes(200), rate=400).summary()
    assert isinstance(told["generator_us_per_request"], float)
    assert told["generator_us_per_request"] > 0
    assert told["requests"] == told["accepted"] == 200
