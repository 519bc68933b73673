"""A line for each request, where SOCIALAPP_ACCESS_LOG asks for it."""

import logging
import time
from collections.abc import Callable
from urllib.parse import quote

from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, ResolverMatch, resolve

from socialapp.http.hosts import client_address

logger = logging.getLogger(__name__)
# Parts of paths with which whoever reads the log could do what only the recipient of a mail may.
SECRET_PARTS = ("key", "token", "uidb36")
LONGEST_PATH = 500


class AccessLog:
    """Logs method, path, status, milliseconds and the client's address; no query, and no secret that stands in a path.

    The milliseconds are until the answer begins.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        start = time.perf_counter()
        answer = self.get_response(request)
        took = (time.perf_counter() - start) * 1_000
        address = quote(client_address(request), safe=":.[]") or "-"
        logger.info("%s %s %d %.1f ms %s", request.method, path_of(request), answer.status_code, took, address)
        return answer


def path_of(request: HttpRequest) -> str:
    """As it was asked for, on one line, with … for each secret."""
    path = quote(request.path_info)
    found = request.resolver_match or _match(request.path_info) or _match(f"{request.path_info}/")
    if found:
        for part in SECRET_PARTS:
            if secret := found.kwargs.get(part):
                path = path.replace(quote(str(secret)), "…")
    return path[:LONGEST_PATH]


def _match(path: str) -> ResolverMatch | None:
    try:
        return resolve(path)
    except Resolver404:
        return None
