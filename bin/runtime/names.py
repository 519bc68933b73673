"""The names and addresses by which other machines reach this one."""

import socket
from contextlib import suppress

EVERYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104
# Reserved for documentation (RFC 5737, RFC 3849): nothing is sent there, the kernel only says from where it would be.
_FAR_AWAY = [(socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")]


def names_of(host: str) -> list[str]:
    """What may stand in Host when `bin/up` listens on `host`: for 0.0.0.0 and ::, whatever names this machine."""
    if host not in EVERYWHERE:
        return [_in_host(host)]
    name = socket.gethostname().lower()
    found = [name, socket.getfqdn().lower()]
    if "." not in name:
        found.append(f"{name}.local")  # as multicast DNS has it
    for family, far_away in _FAR_AWAY:
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((far_away, 9))
            found.append(_in_host(probe.getsockname()[0]))
    with suppress(OSError):
        found += [_in_host(str(address[0])) for *_, address in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)]
    return list(dict.fromkeys(found))


def _in_host(address: str) -> str:
    return f"[{address.partition('%')[0]}]" if ":" in address else address
