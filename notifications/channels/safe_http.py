"""Posts to addresses that people type in, without giving them access to hosts that only we can reach.

Server-side request forgery (OWASP SSRF Prevention Cheat Sheet): the name is
resolved once, every address it has must be a public one, and the connection
goes to the very address that was checked, under the old name (Host, SNI and
certificate). No redirect is followed, no proxy of the environment used; time
and size of the answer are capped. Why not a package: docs/adr/0008.
"""

import ipaddress
import re
import socket
import struct
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from urllib.parse import SplitResult, urlsplit

import certifi
from django.conf import settings
from django.core.exceptions import ValidationError
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as SlowError

from notifications.channels.base import PermanentFailure, TemporaryFailure
from notifications.models import Reason

TIMEOUT_S = 10.0
ANSWER_SIZE = 8_192
# Closed at once, and the other side learns of it, however much it still has to send (socket(7), struct linger).
_RESET = struct.pack("ii", 1, 0)
MAX_RETRY_AFTER = timedelta(hours=24)
# Global unicast (RFC 4291, 2.4) is all of IPv6 that is on the internet; and of it, not what IANA's registry of
# special-purpose addresses has: some of it carries an IPv4 address, which may lead inside (Teredo, 6to4).
_IPV6 = ipaddress.ip_network("2000::/3")
_SPECIAL_IPV6 = [
    ipaddress.ip_network(block)
    for block in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3ffe::/16", "3fff::/20")
]
# ISATAP (RFC 5214, 6.1): an IPv4 address in the second half, after one of these.
_ISATAP = {0x0000_5EFE, 0x0200_5EFE, 0x0100_5EFE, 0x0300_5EFE}
# What Python's `is_global` lets pass: the relays of 6to4, anycast blocks of AS112 and AMT, and Azure's host.
_SPECIAL_IPV4 = [
    ipaddress.ip_network(block)
    for block in (
        "192.0.0.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.175.48.0/24", "168.63.129.16/32",
    )
]  # fmt: skip
_ADDRESS = re.compile(r"[!-\[\]-~]{1,2000}")  # ASCII that is seen, and no backslash
_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


@dataclass(frozen=True)
class Answer:
    """The other side's answer; the body is cut."""

    code: int
    body: str
    retry_after: timedelta | None


def check_url(url: str) -> SplitResult:
    """Return the parts of a permitted address. Raises ValidationError; asks no name server.

    `netloc` is the same for all spellings of a host: in lower case, without a last dot and without the usual port.
    """
    try:
        # `urlsplit` drops line breaks and tabs, so they are looked for before.
        parts = urlsplit(url if _ADDRESS.fullmatch(url) else "")
        port = parts.port
        host = (parts.hostname or "").removesuffix(".")
        bare = host if parts.netloc.startswith("[") else ""
        known = bool(bare and ipaddress.IPv6Address(bare)) or bool(_NAME.fullmatch(host))
    except ValueError:
        raise _refused(Reason.NOT_AN_ADDRESS) from None
    if "@" in parts.netloc:
        raise _refused(Reason.PASSWORD_IN_ADDRESS)
    if parts.scheme not in {"https", "http"} or not known or "%" in host:
        raise _refused(Reason.NOT_AN_ADDRESS)
    if not _is_let_in(host, port or 0):
        _check_public(parts.scheme, host, port)
    shown = f"[{ipaddress.IPv6Address(bare)}]" if bare else host
    usual = {"https": 443, "http": 80}[parts.scheme]
    return parts._replace(netloc=shown if port in {None, usual} else f"{shown}:{port}")


def _check_public(scheme: str, host: str, port: int | None) -> None:
    if scheme != "https":
        raise _refused(Reason.NOT_HTTPS)
    if port not in {None, 443, 8443}:
        raise _refused(Reason.PORT_REFUSED)
    # A single word would be looked for in our own domain.
    if not _is_public(host) if _looks_like_number(host) else "." not in host:
        raise _refused(Reason.NOT_PUBLIC)


def _refused(reason: Reason) -> ValidationError:
    return ValidationError(reason.label, code=reason)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Post a body and return the answer. Raises TemporaryFailure without one, PermanentFailure if not public."""
    try:
        parts = check_url(url)
    except ValidationError as error:
        raise PermanentFailure(Reason(str(error.code)), ends_endpoint=True) from error
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    started = time.monotonic()
    address = _resolve(host, port)
    left = max(TIMEOUT_S - (time.monotonic() - started), 0.1)
    connection: HTTPConnection
    if parts.scheme == "https":
        connection = HTTPSConnection(
            address,
            port,
            timeout=left,
            server_hostname=host,
            assert_hostname=host,
            cert_reqs="CERT_REQUIRED",
            ca_certs=certifi.where(),
        )
    else:
        connection = HTTPConnection(address, port, timeout=left)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _exchange(connection, target, body, {"Host": parts.netloc, "User-Agent": "socialapp", **headers}, left)


def _exchange(connection: HTTPConnection, target: str, body: bytes, headers: dict[str, str], left: float) -> Answer:
    late = threading.Event()
    # Kept here: the library forgets the socket of an answer after which the connection ends, and goes on reading it.
    sockets: list[socket.socket] = []

    def hang_up() -> None:
        late.set()
        for found in sockets:
            with suppress(OSError):
                found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                found.shutdown(socket.SHUT_RDWR)

    # The library's timeouts are per read; one who sends a byte every 9 s would hold us for ever.
    timer = threading.Timer(left, hang_up)
    timer.daemon = True
    timer.start()
    try:
        connection.connect()
        sockets.append(connection.sock)
        if late.is_set():  # before there was a socket to hang up
            raise TimeoutError
        connection.request("POST", target, body=body, headers=headers, preload_content=False, decode_content=False)
        response = connection.getresponse()
        try:
            text = response.read(ANSWER_SIZE, decode_content=False)
        finally:
            response.close()
        return Answer(response.status, _printable(text), _retry_after(response.headers.get("Retry-After")))
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        raise TemporaryFailure(Reason.NO_ANSWER if late.is_set() else _reason(error)) from error
    finally:
        timer.cancel()
        connection.close()


def _resolve(host: str, port: int) -> str:
    """Return one address of a host, all of whose addresses are public.

    Fails alike if it has none, or one that is not public: a difference would reveal which names exist inside.
    """
    addresses = _look_up(host, port)
    if not addresses or not (_is_let_in(host, port) or all(_is_public(address) for address in addresses)):
        raise TemporaryFailure(Reason.NO_PUBLIC_ADDRESS, host=host)
    return addresses[0]


def _look_up(host: str, port: int) -> list[str]:
    """Resolve a host within half of our time: the system's own limit may be a minute, and cannot be set."""
    found: list[str] = []

    def ask() -> None:
        with suppress(OSError, UnicodeError):
            found.extend(str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))

    asking = threading.Thread(target=ask, daemon=True, name="name server")
    asking.start()
    asking.join(TIMEOUT_S / 2)
    if asking.is_alive():
        raise TemporaryFailure(Reason.NAME_SERVER_SILENT)
    return found


def _is_public(address: str) -> bool:
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:  # decimal, octal and short forms, which the resolver would take for an address
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        carries_ipv4 = (int(ip) >> 32) & 0xFFFF_FFFF in _ISATAP
        return ip in _IPV6 and not carries_ipv4 and not any(ip in block for block in _SPECIAL_IPV6)
    special = ip.is_multicast or ip.is_reserved or any(ip in block for block in _SPECIAL_IPV4)
    return ip.is_global and not special


def _looks_like_number(host: str) -> bool:
    """Return whether it may be an address in any spelling: no public name ends in a number (RFC 3696, 2)."""
    last = host.rstrip(".").rpartition(".")[2]
    return ":" in host or last.isdigit() or last.lower().startswith("0x")


def _is_let_in(host: str, port: int) -> bool:
    """Return whether the operator allows this one (SOCIALAPP_ALLOWED_PRIVATE_HOSTS): an own service, or the fakes."""
    return f"{host}:{port}" in settings.ALLOWED_PRIVATE_HOSTS


def _retry_after(value: str | None) -> timedelta | None:
    """Return Retry-After (RFC 9110, 10.2.3: seconds or a date), capped at a day."""
    if not value:
        return None
    if value.strip().isdecimal():
        return min(timedelta(seconds=min(int(value), 10**6)), MAX_RETRY_AFTER)
    try:
        wait = parsedate_to_datetime(value) - datetime.now(UTC)
    except (ValueError, TypeError):
        return None
    return max(timedelta(0), min(wait, MAX_RETRY_AFTER))


def _printable(text: bytes) -> str:
    return text.decode("utf-8", "replace").replace("\0", "")[:2_000]


def _reason(error: Exception) -> Reason:
    """Return a reason that helps the endpoint's owner and reveals nothing about our network."""
    text = f"{type(error).__name__} {error}".lower()
    if "certificate" in text or "ssl" in text:
        return Reason.TLS_FAILED
    if "refused" in text:
        return Reason.CONNECTION_REFUSED
    if "timed out" in text or isinstance(error, TimeoutError | SlowError):
        return Reason.NO_ANSWER
    return Reason.CONNECTION_BROKE
