"""Bodies that come slowly do not take all threads: pages stay there for everybody else."""

from collections.abc import Callable, Iterable
from threading import BoundedSemaphore
from typing import Any

from django.core.exceptions import SuspiciousOperation

# Of a web process's threads (config.runtime.up), those that may wait for somebody's body at a time.
MOST_WAITING = 5

_waiting = BoundedSemaphore(MOST_WAITING)


class TooManySlow(SuspiciousOperation):
    """Told as 503: those who send slowly are as many as may be."""


class _Body:
    """`wsgi.input`, of which a piece is waited for only while there is room."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def read(self, *size: int) -> bytes:
        return self._wait_for(self._body.read, *size)

    def readline(self, *size: int) -> bytes:
        return self._wait_for(self._body.readline, *size)

    @staticmethod
    def _wait_for(piece: Callable[..., bytes], *size: int) -> bytes:
        # Who waited for room here would hold a thread too.
        if not _waiting.acquire(blocking=False):
            raise TooManySlow("Too many slow bodies at once.")
        try:
            return piece(*size)
        finally:
            _waiting.release()


class Arrivals:
    """Around the WSGI application. A proxy that takes requests in whole is better still (docs/operations.md)."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return self._application(environ | {"wsgi.input": _Body(environ["wsgi.input"])}, start_response)
