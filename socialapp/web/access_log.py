"""Logs a line for each request if SOCIALAPP_ACCESS_LOG is set, and removes secrets from logged paths."""

import logging
import re
import time
from collections.abc import Callable
from urllib.parse import quote

from django.http import HttpRequest, HttpResponseBase

from socialapp.web.hosts import client_address

logger = logging.getLogger(__name__)
# What follows these would open a door to anyone who reads the log (a link in a mail, an invitation), or is private: the
# address that restores removed muted words contains them.
SECRET_PATHS = (
    "/unsubscribe/",
    "/accounts/confirm-email/",
    "/accounts/password/reset/key/",
    "/invite/",
    "/notices/",
    "/settings/words/",
)
_SECRETS = re.compile(rf"({'|'.join(SECRET_PATHS)})[^\S\n]*\S+", re.IGNORECASE)
LONGEST_PATH = 500


class AccessLog:
    """Logs method, path, status, milliseconds and the client's address; no query, and no secret in a path.

    The milliseconds are until the answer begins.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        start = time.perf_counter()
        answer = self.get_response(request)
        took = (time.perf_counter() - start) * 1_000
        address = quote(client_address(request), safe=":.[]") or "-"
        path = without_secrets(quote(request.path_info))[:LONGEST_PATH]
        logger.info("%s %s %d %.1f ms %s", request.method, path, answer.status_code, took, address)
        return answer


def without_secrets(text: str) -> str:
    """Return a text with … for what follows one of SECRET_PATHS, whether or not such a page exists."""
    return _SECRETS.sub(r"\1…", text)
