"""Bodies that come slowly do not take all threads: pages stay there for everybody else."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from threading import BoundedSemaphore, Lock
from typing import Any

from django.core.exceptions import SuspiciousOperation

from socialapp.http.hosts import client_address_of

# Of a web process's 8 threads (config.runtime.up), those that may wait at a time for a piece of somebody's body;
# and of these, for a piece of a large one, such as pictures from a phone: a like needs room beside them.
MOST_WAITING = 7
MOST_WAITING_FOR_LARGE = 5
# Of one client: whoever sends slowly on many connections leaves room for others. granian reads a body without a
# deadline, and nothing here can interrupt it; a proxy has one (docs/nginx.conf).
MOST_WAITING_FOR_ONE = 3
LARGE = 64 * 1024
# What is there already is read in less than a millisecond: many at once are no reason to refuse one.
ROOM_WITHIN_S = 0.5

_waiting = BoundedSemaphore(MOST_WAITING)
_waiting_for_large = BoundedSemaphore(MOST_WAITING_FOR_LARGE)
_waiting_for_one: dict[str, BoundedSemaphore] = {}  # by address, while anybody there is waited for
_wanted: Counter[str] = Counter()
_changing = Lock()


class TooManySlow(SuspiciousOperation):
    """Told as 503: those who send slowly are as many as may be."""


class _Body:
    """`wsgi.input`, of which a piece is waited for only while there is room."""

    def __init__(self, body: Any, length: int = 0, address: str = "") -> None:
        self._body, self._address = body, address
        self._rooms = [_waiting_for_large, _waiting] if length > LARGE else [_waiting]

    def read(self, *size: int) -> bytes:
        return self._wait_for(self._body.read, *size)

    def readline(self, *size: int) -> bytes:
        return self._wait_for(self._body.readline, *size)

    def _wait_for(self, piece: Callable[..., bytes], *size: int) -> bytes:
        with _room_of(self._address) as own, ExitStack() as held:
            for room in [own, *self._rooms]:
                # Not for long: who waits for room holds a thread too.
                if not room.acquire(timeout=ROOM_WITHIN_S):
                    raise TooManySlow("Too many slow bodies at once.")
                held.callback(room.release)
            return piece(*size)


@contextmanager
def _room_of(address: str) -> Iterator[BoundedSemaphore]:
    """What the requests of one client share; kept for as long as one of them wants it."""
    with _changing:
        room = _waiting_for_one.setdefault(address, BoundedSemaphore(MOST_WAITING_FOR_ONE))
        _wanted[address] += 1
    try:
        yield room
    finally:
        with _changing:
            _wanted[address] -= 1
            if not _wanted[address]:
                del _wanted[address], _waiting_for_one[address]


class Arrivals:
    """Around the WSGI application. A proxy that takes requests in whole is better still (docs/operations.md)."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH", "")
        size = int(length) if length.isdecimal() else LARGE + 1
        body = _Body(environ["wsgi.input"], size, client_address_of(environ))
        return self._application(environ | {"wsgi.input": body}, start_response)
