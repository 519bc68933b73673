"""Names of hosts, addresses of networks and of mail."""

import ipaddress
import re
from urllib.parse import SplitResult

from django.core.exceptions import ImproperlyConfigured

_ADDRESS = re.compile(r"(?!.*\.\.)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Za-z.:]+\])")
# RFC 1035, 2.3.4: each part of a name has at most 63 characters.
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*")
_SERVER = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
LONGEST_HOST = 253


def check_server(variable: str, parts: SplitResult) -> None:
    """Raise ImproperlyConfigured if the host of a URL cannot be looked up, or if a # cut the URL off."""
    if parts.hostname and not is_server(parts.hostname):
        raise ImproperlyConfigured(
            f"{variable}: {parts.hostname} is not the name of a host. Other letters than ASCII's are written as xn--…."
        )
    if parts.fragment:
        raise ImproperlyConfigured(f"{variable}: a # must be written as %23, in a password too.")


def has_host(parts: SplitResult) -> bool:
    """Say whether a URL has a host that browsers find, and no user before it."""
    return "@" not in parts.netloc and is_host(parts.hostname or "")


def is_mail_address(text: str) -> bool:
    """Say whether it is one address, as in ada@social.example or ada@[192.0.2.1]."""
    found = _ADDRESS.fullmatch(text)
    return found is not None and (found["host"].startswith("[") or is_host(found["host"]))


def in_mail_address(host: str) -> str:
    """A host as RFC 5321, 4.1.3 has it in a mail address. Postfix takes no address of a network without brackets."""
    try:
        version = ipaddress.ip_address(host).version
    except ValueError:
        return host
    return f"[IPv6:{host}]" if version == 6 else f"[{host}]"


def is_host(name: str) -> bool:
    """Say whether a browser may send this as Host. Names with other letters it sends as xn--…."""
    return _is_ipv6(name) or (bool(_HOST.fullmatch(name.lower())) and _is_name_or_ipv4(name))


def is_server(name: str) -> bool:
    """Say whether it can be looked up. In private networks, names have _ too."""
    return _is_ipv6(name) or (bool(_SERVER.fullmatch(name.lower())) and _is_name_or_ipv4(name))


def _is_name_or_ipv4(name: str) -> bool:
    """What ends in a number is an IPv4 address, or none (URL Standard, 3.5)."""
    if len(name) > LONGEST_HOST:
        return False
    if not name.rpartition(".")[2].isdecimal():
        return True
    try:
        return ipaddress.ip_address(name).version == 4
    except ValueError:
        return False


def _is_ipv6(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).version == 6
    except ValueError:
        return False


def as_host(name: str) -> str:
    """The host as in the Host header: an IPv6 address in brackets."""
    return f"[{name}]" if _is_ipv6(name) else name


def is_address(text: str) -> bool:
    """Say whether it is host:port."""
    host, _, port = text.rpartition(":")
    named = _is_ipv6(host[1:-1]) if host.startswith("[") and host.endswith("]") else is_server(host) and ":" not in host
    return named and port.isascii() and port.isdecimal() and len(port) <= 5 and 0 < int(port) < 65_536
