"""By which addresses the site is reached, and what it may reach."""

import os
from functools import cached_property
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.env.hosts import as_host, has_host, is_address, is_host
from config.env.reading import Variables, parts_of

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class Site(Variables):
    """Its address and names, the proxies before it, live streams, and private addresses that it may post to."""

    @cached_property
    def public_url(self) -> str:
        url = os.environ.get("SOCIALAPP_URL") or self._embedded.get("SOCIALAPP_URL") or "http://127.0.0.1:8000"
        parts = parts_of("SOCIALAPP_URL", url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ImproperlyConfigured("SOCIALAPP_URL must look like https://social.example.")
        if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
            raise ImproperlyConfigured("SOCIALAPP_URL must end after the host, as in https://social.example.")
        if not is_host(parts.hostname):
            raise ImproperlyConfigured(
                f"SOCIALAPP_URL: {parts.hostname} is not the name of a host. Write one with other letters as browsers "
                "send it: https://xn--bcher-kva.example for https://bücher.example."
            )
        return f"{parts.scheme}://{parts.netloc.lower()}"

    @cached_property
    def hosts(self) -> list[str]:
        """Each Host that a request may name: of SOCIALAPP_URL, loopback, SOCIALAPP_HOSTS; what `bin/up --host` names.

        That last only on a laptop: where SOCIALAPP_URL is https, its own name is how people come.
        """
        is_laptop = self.public_url.startswith("http://")
        listens_as = self._embedded.get("LISTENS_AS", "").split() if is_laptop else []
        own = as_host(urlsplit(self.public_url).hostname or "")
        return list(dict.fromkeys([own, *LOOPBACK, *self.named_hosts, *listens_as]))

    @cached_property
    def named_hosts(self) -> list[str]:
        """What SOCIALAPP_HOSTS adds."""
        named = [as_host(name) for name in os.environ.get("SOCIALAPP_HOSTS", "").replace(",", " ").lower().split()]
        if wrong := [name for name in named if not is_host(name.strip("[]"))]:
            raise ImproperlyConfigured(
                f"SOCIALAPP_HOSTS: {wrong[0]!a} is not the name of a host. It must look like social.example, 10.0.0.7: "
                "without https://, port or *."
            )
        return named

    @cached_property
    def proxies(self) -> int | None:
        """The number of proxies in front; None if it is not set, which counts as 0."""
        value = os.environ.get("SOCIALAPP_PROXIES") or None
        if value is not None and not (value.isascii() and value.isdecimal() and int(value) < 10):
            raise ImproperlyConfigured(
                f"SOCIALAPP_PROXIES: {value} must be the number of proxies that stand in front: 1, or 0 when none does."
            )
        return None if value is None else int(value)

    @cached_property
    def live_url(self) -> str | None:
        """The URL that is set; else /live/ if SOCIALAPP_URL is https, which needs a proxy; else None, for live_port."""
        url = os.environ.get("SOCIALAPP_LIVE_URL")
        parts = parts_of("SOCIALAPP_LIVE_URL", url or "")
        if url and not url.endswith("/live/"):
            raise ImproperlyConfigured("SOCIALAPP_LIVE_URL must end in /live/, as in https://social.example/live/.")
        if url and url != "/live/" and (parts.scheme not in {"http", "https"} or not parts.hostname):
            raise ImproperlyConfigured("SOCIALAPP_LIVE_URL must look like https://social.example/live/, or be /live/.")
        if url and (parts.query or parts.fragment or "@" in parts.netloc or (parts.netloc and not has_host(parts))):
            raise ImproperlyConfigured(
                f"SOCIALAPP_LIVE_URL: {url} must be a host that browsers find and a path: https://social.example/live/."
            )
        return url or ("/live/" if self.public_url.startswith("https://") else None)

    @cached_property
    def live_port(self) -> int | None:
        """The port of the live process that `bin/up` started beside the web, on the same host."""
        return int(self._embedded["LIVE_PORT"]) if self._embedded.get("LIVE_PORT") else None

    @cached_property
    def staff_second_factor(self) -> bool:
        """Whether staff need a second factor: by default with https, but not on a laptop, where people try the demo."""
        named = self.named("SOCIALAPP_STAFF_SECOND_FACTOR") or str(int(self.public_url.startswith("https://")))
        if named not in {"0", "1"}:
            raise ImproperlyConfigured(f"SOCIALAPP_STAFF_SECOND_FACTOR: {named} must be 1 or 0.")
        return named == "1"

    @cached_property
    def fakes_url(self) -> str | None:
        """The page of the fakes that `bin/up` started because no mail server was named."""
        return None if os.environ.get("SOCIALAPP_MAIL_URL") else self._embedded.get("FAKES_URL")

    @cached_property
    def allowed_private_hosts(self) -> frozenset[str]:
        """host:port of each private address that may be posted to."""
        named = os.environ.get("SOCIALAPP_ALLOWED_PRIVATE_HOSTS")
        value = named if named is not None else self._embedded.get("SOCIALAPP_ALLOWED_PRIVATE_HOSTS", "")
        addresses = value.replace(",", " ").lower().split()
        if wrong := [address for address in addresses if not is_address(address)]:
            raise ImproperlyConfigured(
                f"SOCIALAPP_ALLOWED_PRIVATE_HOSTS: {wrong[0]!a} must look like host:port, a name of ASCII letters, "
                "or an IPv6 address in brackets."
            )
        # The host as urlsplit returns it: an IPv6 address without its brackets.
        return frozenset(address.replace("[", "").replace("]", "") for address in addresses)
