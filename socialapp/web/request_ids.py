"""Each request has an id: its answer and log lines carry it, and the messages, deliveries and webhooks it leads to."""

import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

HEADER = "X-Request-ID"
current: ContextVar[str] = ContextVar("request_id", default="")
_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{7,63}")


class RequestIds:
    """Takes the id that a proxy of ours sent, if it is well-formed; otherwise the request gets a new one.

    The id stays until the thread's next request, because Django logs a refusal after its middleware.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = _forwarded(request) or f"{random.getrandbits(64):016x}"
        current.set(request_id)
        answer = self.get_response(request)
        answer.headers[HEADER] = request_id
        return answer


@contextmanager
def working_for(request_id: str) -> Iterator[None]:
    """Log lines and messages of this block carry this id, unless it is empty."""
    token = current.set(request_id or current.get())
    try:
        yield
    finally:
        current.reset(token)


def _forwarded(request: HttpRequest) -> str:
    """Return the id of a proxy in front. Without one, the header is a client's, who must not write our logs."""
    named: str = request.META.get("HTTP_X_REQUEST_ID", "") if settings.PROXIES else ""
    return named if _WELL_FORMED.fullmatch(named) else ""
