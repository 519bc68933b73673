"""Keeps slow bodies from occupying all threads: others can read pages, and send forms unless many are slow.

A piece of a body is waited for in a room, of which there are few, and few of them for one address. Each body has a
deadline, which moves on as it arrives: one that misses it loses its connection, so that its room is free.
"""

import socket
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import BoundedSemaphore, Condition, Lock, Thread
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation

from socialapp.web import WEB_THREADS
from socialapp.web.hosts import client_address_of

# How many of a process's threads may wait at a time for a piece of a body: one is left for pages;
# and for a piece of a large body, such as pictures from a phone: a like needs room beside them.
MOST_WAITING = WEB_THREADS - 1
MOST_WAITING_FOR_LARGE = WEB_THREADS - 3
LARGE = 64 * 1024
# And for one address, behind which there may be a household.
MOST_WAITING_FOR_ONE = 3
# What is there already is read in less than a millisecond: many at once are no reason to refuse one.
ROOM_WITHIN_S = 0.5
# A body has so long, and a second more for each of these bytes that came: a slow phone sends five times as much.
PATIENCE_S = 15.0
LEAST_BYTES_PER_S = 4 * 1024
PIECE = 16 * 1024

_waiting = BoundedSemaphore(MOST_WAITING)
_waiting_for_large = BoundedSemaphore(MOST_WAITING_FOR_LARGE)


class TooManySlow(SuspiciousOperation):
    """Answered with 503: no more requests may send slowly at the same time."""


class _Addresses:
    """Counts the pieces that are waited for from each address."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._waiting: Counter[str] = Counter()

    @contextmanager
    def room(self, address: str) -> Iterator[None]:
        """Hold a room for an address. Raises TooManySlow. Without an address (a Unix socket) all rooms may be taken."""
        if not address:
            yield
            return
        with self._changed:
            has_room = self._changed.wait_for(lambda: self._waiting[address] < MOST_WAITING_FOR_ONE, ROOM_WITHIN_S)
            if not has_room:
                raise TooManySlow("Too many slow bodies from one address at once.")
            self._waiting[address] += 1
        try:
            yield
        finally:
            with self._changed:
                self._waiting[address] -= 1
                if not self._waiting[address]:
                    del self._waiting[address]
                self._changed.notify_all()


class _Deadlines:
    """Cuts the connections of bodies that miss their deadline: the server itself would wait for ever."""

    def __init__(self) -> None:
        self._watched: dict[object, tuple[_Body, float]] = {}
        self._watcher: Thread | None = None
        self._starting = Lock()

    @contextmanager
    def of(self, body: "_Body", until: float) -> Iterator[None]:
        mark = object()
        self._watched[mark] = body, until
        self._see_that_somebody_watches()
        try:
            yield
        finally:
            del self._watched[mark]

    def _see_that_somebody_watches(self) -> None:
        if self._watcher is None:
            with self._starting:
                if self._watcher is None:
                    self._watcher = Thread(target=self._watch, name="slow bodies", daemon=True)
                    self._watcher.start()

    def _watch(self) -> None:
        while True:
            time.sleep(1)
            now = time.monotonic()
            for body, until in list(self._watched.values()):
                if until < now and not settings.PROXIES:  # a proxy's connections are many people's
                    cut(body.peer, body.port, now - body.began)


_addresses = _Addresses()
_deadlines = _Deadlines()


class _Body:
    """A `wsgi.input` that waits for a piece only while there is room, and only until the deadline."""

    def __init__(self, body: Any, length: int = 0, address: str = "", peer: str = "", port: int = 0) -> None:
        self._body = body
        self._rooms = [_waiting_for_large, _waiting] if length > LARGE else [_waiting]
        self._address = address
        self.peer, self.port = peer, port
        self.began = 0.0
        self._came = 0

    def read(self, size: int = -1) -> bytes:
        pieces = []
        while size:
            wanted = PIECE if size < 0 else min(size, PIECE)
            piece = self._wait_for(self._body.read, wanted)
            pieces.append(piece)
            if len(piece) < wanted:
                break
            size -= wanted if size > 0 else 0
        return b"".join(pieces)

    def readline(self, *size: int) -> bytes:
        return self._wait_for(self._body.readline, *size)

    def _wait_for(self, read: Callable[..., bytes], *size: int) -> bytes:
        self.began = self.began or time.monotonic()
        until = self.began + PATIENCE_S + (self._came + PIECE) / LEAST_BYTES_PER_S
        with ExitStack() as held:
            held.enter_context(_addresses.room(self._address))
            for room in self._rooms:
                # Not for long: a request that waits for room holds a thread, too.
                if not room.acquire(timeout=ROOM_WITHIN_S):
                    raise TooManySlow("Too many slow bodies at once.")
                held.callback(room.release)
            held.enter_context(_deadlines.of(self, until))
            piece = read(*size)
        self._came += len(piece)
        if time.monotonic() > until:
            raise TooManySlow("This body came too slowly.")
        return piece


def cut(peer: str, port: int, seconds: float) -> int:
    """Shut down connections to our port from that peer on which nothing was sent in that time. Returns how many.

    The server does not say which connection a request came by. One that waits for a body has had no answer since the
    body began; so has one that idles between two requests, which any client opens anew. Linux only.
    """
    count = 0
    for connection in _connections(peer, port):
        with connection, suppress(OSError):
            if _unanswered_for(connection) >= seconds - 1:
                connection.shutdown(socket.SHUT_RDWR)
                count += 1
    return count


def _connections(peer: str, port: int) -> Iterator[socket.socket]:
    """Yield our open connections, as duplicates of their sockets."""
    for entry in Path("/proc/self/fd").iterdir() if sys.platform == "linux" else ():
        with suppress(OSError, ValueError):
            if not entry.readlink().name.startswith("socket:"):
                continue
            found = socket.fromfd(int(entry.name), socket.AF_INET, socket.SOCK_STREAM)
            found = socket.socket(fileno=found.detach())  # of the family that it is
            if found.family in {socket.AF_INET, socket.AF_INET6} and _is_between(found, peer, port):
                yield found
            else:
                found.close()


def _is_between(found: socket.socket, peer: str, port: int) -> bool:
    try:
        theirs, ours = found.getpeername(), found.getsockname()
    except OSError:
        return False
    return bool(theirs[0].removeprefix("::ffff:") == peer.removeprefix("::ffff:") and ours[1] == port)


def _unanswered_for(connection: socket.socket) -> float:
    """Return the seconds since data was sent: `tcpi_last_data_sent` of linux/tcp.h."""
    told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 64)
    (milliseconds,) = struct.unpack_from("I", told, 44)
    return float(milliseconds) / 1_000


class SlowBodies:
    """Wraps the WSGI application. A proxy that buffers whole requests is better still (docs/operations.md)."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH", "")
        body = _Body(
            environ["wsgi.input"],
            int(length) if length.isdecimal() else LARGE + 1,
            client_address_of(environ),
            environ.get("REMOTE_ADDR", ""),
            int(environ.get("SERVER_PORT") or 0),
        )
        return self._application(environ | {"wsgi.input": body}, start_response)
