"""Says in answers what is left of limits (draft-ietf-httpapi-ratelimit-headers-11), and answers 429 beyond them."""

from collections.abc import Callable
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address, ip_network

from django.http import HttpRequest, HttpResponse

from socialapp.limits.operations import Noted, noted
from socialapp.web.hosts import client_address
from socialapp.web.metrics import count_limit

# What a household or an office has of IPv6: it counts as one address.
IPV6_PREFIX = 64
# Seconds, for limits of allauth, which does not say.
SOON = 60


class RateLimits:
    """Adds RateLimit and RateLimit-Policy to what counts, and Retry-After to a 429.

    A form that is shown again because of a limit, with what was written in it, is a 429 as well.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with noted() as kinds:
            response = self.get_response(request)
        if kinds:
            _describe(response, kinds)
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            response.headers.setdefault("Retry-After", str(SOON))
        return response


def _describe(response: HttpResponse, kinds: dict[str, Noted]) -> None:
    headers = response.headers
    policies = [f'"{kind}";q={n.rate.quota};w={n.rate.window}' for kind, n in kinds.items()]
    headers["RateLimit-Policy"] = ", ".join(policies)
    headers["RateLimit"] = ", ".join([f'"{kind}";r={n.left};t={n.seconds}' for kind, n in kinds.items()])
    if waits := [n.wait for n in kinds.values() if n.wait]:
        if response.status_code in {HTTPStatus.OK, HTTPStatus.BAD_REQUEST}:
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS
        headers["Retry-After"] = str(max(waits))
        for kind, n in kinds.items():
            if n.wait:
                count_limit(kind)


def address_of(request: HttpRequest) -> str:
    """Return what a request without an account is counted by: its address, or the network of its IPv6 address."""
    try:
        address = ip_address(client_address(request))
    except ValueError:  # a Unix socket has none
        return "unknown"
    if isinstance(address, IPv6Address):
        return str(ip_network((address, IPV6_PREFIX), strict=False))
    return str(address)
