"""Bytes that no client sends, to the real servers behind real sockets; and what those leave in logs and folders."""

import http.client
import re
import socket
import stat
import time
from functools import partial
from urllib.parse import urlsplit

import pytest

from tests.product import Product

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket]

PATIENCE_S = 20


def answers_to(port: int, *pieces: bytes) -> list[int]:
    """The statuses of all answers to these bytes, until the server hangs up, or is silent for a second."""
    found = b""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
            while True:
                data = connection.recv(65_536)
                connection.settimeout(1)
                if not data:
                    break
                found += data
        except (ConnectionError, TimeoutError):
            pass
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", found)]


def port_of(product: Product) -> int:
    """Of the pages."""
    return urlsplit(product.url).port or 0


GET = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"
SMUGGLED = b"GET /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
POST = b"POST /theme/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"

SMUGGLING = {
    "CL and TE": POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "TE and CL": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\nX",
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: 50\r\n\r\n" + SMUGGLED,
    "lengths in one": POST + b"Content-Length: 0, 50\r\n\r\n" + SMUGGLED,
    "a length with a sign": POST + b"Content-Length: +5\r\n\r\nhello",
    "a negative length": POST + b"Content-Length: -1\r\n\r\nhello",
    "a length in hex": POST + b"Content-Length: 0x5\r\n\r\nhello",
    "an unknown coding": POST + b"Transfer-Encoding: xchunked\r\nContent-Length: 3\r\n\r\na=b" + SMUGGLED,
    "chunked twice": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "blanks before the colon": POST + b"Content-Length : 50\r\n\r\n" + SMUGGLED,
    "a folded header": POST + b"X: y\r\n Content-Length: 50\r\n\r\n" + SMUGGLED,
    "a NUL in a header": GET + b"X: a\0b\r\n\r\n",
    "a bare line feed in a header": GET + b"X: a\nContent-Length: 5\r\n\r\n",
    "two hosts": GET + b"Host: evil.example\r\n\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "absolute form": b"GET http://evil.example/public/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "absolute form of ours": b"GET http://127.0.0.1/public/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "TRACE": b"TRACE / HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionid=secret\r\n\r\n",
    "CONNECT": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "a method that is none": b"GE\0T / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "HTTP/2 without being asked": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a chunk too long": POST + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\na\r\n",
    "a chunk that is none": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\na\r\n0\r\n\r\n",
    "a header without end": GET + b"X: " + b"a" * 200_000 + b"\r\n\r\n",
    "a thousand headers": GET + b"X: y\r\n" * 1_000 + b"\r\n",
    "an upgrade": GET + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
    "a path of dots": b"GET /static/../../../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "a path of coded dots": b"GET /media/%2e%2e/%2e%2e/secret_key HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
}
# Plain answers, to what is odd and does no harm: one, and not to a request that was hidden in another's body.
HARMLESS = {
    "an upgrade",
    "a thousand headers",
    "HTTP/2 without being asked",
    "a bare line feed in a header",
    "a header without end",
    "two hosts",  # the first counts; probes are answered at any
    "no host",
    "absolute form",
}


@pytest.mark.parametrize("name", SMUGGLING)
@pytest.mark.parametrize("server", ["pages", "live"])
def test_no_request_hides_in_another(product: Product, name: str, server: str) -> None:
    port = port_of(product) + (server == "live")
    statuses = answers_to(port, SMUGGLING[name])
    assert len(statuses) <= 2
    assert 200 not in statuses[1:]
    if name not in HARMLESS:
        assert 200 not in statuses, statuses
    assert not [status for status in statuses if status >= 500 and status != 501], statuses
    assert answers_to(port, f"GET /{'live/' * (server == 'live')}healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())


@pytest.mark.parametrize("path", ["/public/", "/accounts/password/reset/", "/api/social/v1/public/"])
@pytest.mark.parametrize("hosts", [("127.0.0.1", "evil.example"), ("evil.example", "127.0.0.1")])
def test_of_two_hosts_the_foreign_one_is_in_no_page(product: Product, path: str, hosts: tuple[str, str]) -> None:
    both = "".join(f"Host: {host}\r\n" for host in hosts)
    with socket.create_connection(("127.0.0.1", port_of(product)), timeout=PATIENCE_S) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\n{both}Connection: close\r\n\r\n".encode())
        answer = b"".join(iter(partial(connection.recv, 65_536), b""))
    assert answer.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 400 "))
    assert b"evil.example" not in answer


def test_trace_says_nothing_back(product: Product) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port_of(product), timeout=PATIENCE_S)
    connection.request("TRACE", "/", headers={"Cookie": "sessionid=xyzzy", "X-Secret": "plugh"})
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 405
    assert b"xyzzy" not in body
    assert b"plugh" not in body
    connection.close()


@pytest.mark.parametrize("server", ["pages", "live"])
def test_many_who_do_not_finish_their_request_keep_nobody_out(product: Product, server: str) -> None:
    """200 at once, with half a head; the next is answered while they hang."""
    port = port_of(product) + (server == "live")
    half = [socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) for _ in range(200)]
    try:
        for connection in half:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        path = "/live/healthz" if server == "live" else "/healthz"
        assert answers_to(port, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()) == [200]
    finally:
        for connection in half:
            connection.close()


def test_who_does_not_read_the_answer_keeps_nobody_out(product: Product) -> None:
    deaf = [socket.create_connection(("127.0.0.1", port_of(product)), timeout=PATIENCE_S) for _ in range(60)]
    try:
        for connection in deaf:
            connection.sendall(b"GET /public/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 3)
        assert answers_to(port_of(product), GET + b"\r\n") == [200]
    finally:
        for connection in deaf:
            connection.close()


def asks(product: Product, method: str, path: str, body: str = "", **headers: str) -> http.client.HTTPResponse:
    """One request, with its answer read."""
    connection = http.client.HTTPConnection("127.0.0.1", port_of(product), timeout=PATIENCE_S)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def test_no_log_has_a_password_a_token_a_session_or_a_reset_key(product: Product) -> None:
    secrets = {name: f"{name}xyzzy{number}" for number, name in enumerate(["password", "session", "address", "query"])}
    token = next(word for word in product.manage("token", "fumi").stdout.split() if word.startswith("sa_"))
    asks(product, "GET", "/api/social/v1/me/", Authorization=f"Bearer {token}")
    asks(product, "GET", f"/api/social/v1/me/?token={secrets['query']}")
    asks(product, "GET", "/", Cookie=f"sessionid={secrets['session']}")
    asks(product, "GET", f"/accounts/password/reset/key/1-{secrets['address']}/")
    asks(product, "POST", "/accounts/login/", f"login=fumi&password={secrets['password']}")
    asks(
        product, "POST", "/api/social/v1/posts/", f'{{"body": "{secrets["password"]}"', Authorization=f"Bearer {token}"
    )
    time.sleep(1)
    logs = {path.name: path.read_text(errors="replace") for path in (product.data / "log").iterdir() if path.is_file()}
    assert len(logs) >= 3
    words = [token, product.demo_password, *secrets.values()]
    assert {(name, word) for name, text in logs.items() for word in words if word in text} == set()


@pytest.mark.parametrize("name", ["secret_key", "demo.json", "embedded.json", "log", "media/uploads"])
def test_what_is_secret_is_its_owners(product: Product, name: str) -> None:
    path = product.data / name
    if path.exists():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
