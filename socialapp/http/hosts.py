"""Which hosts are ours, whole addresses, and where a client is: none of it is what a stranger wrote in a header."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware

# Load balancers ask these by the address of a machine; their answers name no host.
PROBES = frozenset({"/healthz", "/readyz"})


class Hosts(CommonMiddleware):
    """Django's CommonMiddleware, which answers 400 to a Host that is not in ALLOWED_HOSTS, but not to probes.

    What `request.build_absolute_uri` makes is an address below SOCIALAPP_URL, whatever Host the request names.
    """

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        # Django's own name for what build_absolute_uri starts from; a test holds it to that.
        request._current_scheme_host = settings.PUBLIC_URL  # type: ignore[attr-defined]
        return None if request.path_info in PROBES else super().process_request(request)


def public_host() -> str:
    """The host of SOCIALAPP_URL, with its port where it has one."""
    return urlsplit(settings.PUBLIC_URL).netloc


def client_address(request: HttpRequest) -> str:
    """Where a request comes from: SOCIALAPP_PROXIES hops before us."""
    return client_address_of(request.META)


def client_address_of(environ: Mapping[str, Any]) -> str:
    """The same, of a WSGI environment.

    Each proxy appends the address that it sees to X-Forwarded-For, so the last so many entries are our own proxies'
    word. What stands before them is the client's, and believed by nobody.
    """
    hops = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
    proxies = settings.PROXIES or 0
    remote: str = environ.get("REMOTE_ADDR", "")
    return hops[-proxies].strip() if 0 < proxies <= len(hops) and hops[-proxies].strip() else remote
