"""Decides which hosts are ours, what whole addresses are, and where a client is, without trusting headers."""

import re
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware

# Load balancers and Prometheus ask these by the address of a machine; their answers name no host.
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
# An address as proxies write it: with a port, then in brackets if it is of IPv6 (RFC 7239, 6), and perhaps with a zone.
_HOP = re.compile(
    r"\[([0-9a-f:.]+)(?:%[^\]]+)?\](?::[0-9]+)?|([0-9.]+)(?::[0-9]+)?|([0-9a-f:.]+)(?:%.+)?", re.IGNORECASE | re.ASCII
)


class Hosts(CommonMiddleware):
    """CommonMiddleware that answers 400 to a Host that is not in ALLOWED_HOSTS, except for probes.

    `request.build_absolute_uri` returns an address below SOCIALAPP_URL, whatever Host the request names.
    """

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        # Django's own name for what build_absolute_uri starts from; a test holds it to that.
        request._current_scheme_host = settings.PUBLIC_URL  # type: ignore[attr-defined]
        return None if request.path_info in PROBES else super().process_request(request)


def public_host() -> str:
    """Return the host of SOCIALAPP_URL, with its port if it has one."""
    return urlsplit(settings.PUBLIC_URL).netloc


def client_address(request: HttpRequest) -> str:
    """Return the address that a request comes from: SOCIALAPP_PROXIES hops before us."""
    return client_address_of(request.META)


def client_address_of(environ: Mapping[str, Any]) -> str:
    """Return the client's address, of a WSGI environment.

    Each proxy appends the address that it sees to X-Forwarded-For, so the last entries, one for each of our proxies,
    are true. Those before them are the client's, and never trusted. Each address has one spelling; a hop that is not
    an address (`unknown`) counts as the address that we see ourselves.
    """
    hops = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
    proxies = settings.PROXIES or 0
    remote: str = environ.get("REMOTE_ADDR", "")
    forwarded = _address_in(hops[-proxies].strip()) if 0 < proxies <= len(hops) else None
    return forwarded or _address_in(remote) or remote


@lru_cache(maxsize=4096)
def _address_in(hop: str) -> str | None:
    """Return the address without port, brackets and zone; a mapped IPv4 address as IPv4."""
    if not (found := _HOP.fullmatch(hop)):
        return None
    try:
        address = ip_address(next(filter(None, found.groups())))
    except ValueError:
        return None
    return str(address.ipv4_mapped or address if isinstance(address, IPv6Address) else address)
