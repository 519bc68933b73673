"""Nobody reaches by webhook or push what only we can reach: OWASP's SSRF, IANA's special-purpose addresses."""

import ipaddress
import socket
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from notifications.channels import safe_http
from notifications.channels.base import PermanentFailure, TemporaryFailure
from notifications.endpoints.operations import add_webhook
from socialapp.users.models import Person

IPV4 = [
    "0.0.0.0", "0.1.2.3", "10.1.2.3", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.255.255.254", "168.63.129.16",
    "169.254.169.254", "172.16.0.1", "172.31.255.254", "192.0.0.1", "192.0.0.9", "192.0.0.170", "192.0.2.1",
    "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.168.1.1", "192.175.48.1", "198.18.0.1", "198.19.255.254",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
]  # fmt: skip
SPELLED = [
    "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "127.1", "127.0.1", "127.0.0.1.", "0",
    "0x7f.0x0.0x0.0x1", "4294967295", "3232235777", "0xA9FEA9FE", "169.254.43518",
]  # fmt: skip
IPV6 = [
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b:1::7f00:1", "100::1", "2001::1", "2001:0:7f00:1::",
    "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::", "2620:4f:8000::1",
    "3ffe::1", "3fff::1", "3fff:fff::1", "4000::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1",
    "feff::1", "ff02::1", "2600:1901::5efe:10.0.0.1", "2600:1901::200:5efe:10.0.0.1", "fe80::5efe:10.0.0.1",
]  # fmt: skip
INSIDE = [*IPV4, *SPELLED, *(f"[{address}]" for address in IPV6), "localhost", "localhost.", "postgres", "metadata"]

FORMS = [
    "http://example.org/", "https://example.org:22/", "https://example.org:80/", "https://example.org:0/",
    "https://example.org:99999/", "https://example.org:x/", "https://me:secret@example.org/", "https://me@example.org/",
    "https://@example.org/", "https://:@example.org/", "https://example.org@evil.example/", "https://a%40b@example.org/",
    "ftp://example.org/", "gopher://example.org/", "file:///etc/passwd", "unix:/run/x.sock", "javascript:alert(1)",
    "//example.org/", "example.org", "https://", "https:///x", "https:example.org", "https://exämple.org/",
    "https://１２７.0.0.1/", "https://[::1", "https://[fe80::1%25eth0]/", "https://[v1.x]/", "https://example.org\\@a.b/",
    "https:\\\\example.org/", "https://exa mple.org/", " https://example.org/", "https://example.org/ ", "",
    "https://example.org/\r\nX: y", "https://example.org/\n", "https://exam\nple.org/", "https://exam\tple.org/",
    "https://example.org/\0", "https://example.org/\x7f", "ht\ntps://example.org/", "https://example..org/",
    "https://.example.org/", "https://example%2eorg/", "https://-a.example/", f"https://{'a' * 64}.example/",
    f"https://{'a.' * 130}example/", f"https://example.org/{'a' * 2_000}", "https://example.org..",
]  # fmt: skip


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever connects is found out."""

    def connect(_self: socket.socket, address: Any) -> None:
        raise AssertionError(f"connected to {address}")

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.mark.parametrize("host", INSIDE)
def test_no_spelling_of_an_address_inside_is_taken_nor_connected_to(host: str, no_network: None) -> None:
    for url in (f"https://{host}/hook", f"https://{host}:8443/"):
        with pytest.raises(ValidationError):
            safe_http.check_url(url)
        with pytest.raises(PermanentFailure):
            safe_http.post(url, b"{}", {})


@pytest.mark.parametrize("url", FORMS)
def test_no_other_form_of_address_is_taken_nor_connected_to(url: str, no_network: None) -> None:
    with pytest.raises(ValidationError):
        safe_http.check_url(url)
    with pytest.raises(PermanentFailure):
        safe_http.post(url, b"{}", {})


@pytest.mark.parametrize("address", [*IPV4, *IPV6, "fe80::1%eth0"])
def test_a_name_that_leads_inside_reads_as_one_that_is_not_there(
    address: str, no_network: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its words and by what becomes of it: else the log would tell which names an inner DNS has."""

    def none(*_asked: Any, **_more: Any) -> Any:
        raise socket.gaierror("Name or service not known")

    failures = []
    for resolve in (resolving_to(address), resolving_to("93.184.215.14", address), none):
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        with pytest.raises(TemporaryFailure) as caught:
            safe_http.post("https://innocent.example/hook", b"{}", {})
        failures.append((caught.value.reason, caught.value.values, caught.value.retry_after, caught.value.receipt))
    said = ("no_public_address", {"host": "innocent.example"}, None, failures[0][3])
    assert failures == [said] * 3


@given(st.ip_addresses(v=6))
def test_of_ipv6_only_global_unicast_is_public(address: ipaddress.IPv6Address) -> None:
    public = safe_http._is_public(str(address))
    assert not public or address in ipaddress.ip_network("2000::/3")
    assert not public or (address.is_global and not address.sixtofour and not address.teredo)


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_is_public_in_the_clothes_of_ipv6(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    prefixes = {"mapped": 0xFFFF << 32, "compatible": 0, "NAT64": 0x64_FF9B << 96, "translated": 0xFFFF << 48}
    dressed = [ipaddress.IPv6Address(prefix | number) for prefix in prefixes.values()]
    dressed.append(ipaddress.IPv6Address((0x2002 << 112) | (number << 80)))
    dressed.append(ipaddress.IPv6Address((0x2600_1901 << 96) | (0x5EFE << 32) | number))
    assert [ip for ip in dressed if safe_http._is_public(str(ip))] == []


@given(
    st.sampled_from(
        [ipaddress.ip_network(n) for n in ("10.0.0.0/8", "127.0.0.0/8", "192.168.0.0/16", "100.64.0.0/10")]
    ),
    st.integers(0, 2**32),
    st.sampled_from(["{}", "{:#x}", "0{:o}"]),
)
def test_no_number_of_a_private_network_is_taken(network: ipaddress.IPv4Network, offset: int, form: str) -> None:
    number = int(network.network_address) + offset % network.num_addresses
    for host in (form.format(number), str(ipaddress.IPv4Address(number))):
        with pytest.raises(ValidationError):
            safe_http.check_url(f"https://{host}/")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://example.org/hook", "example.org"),
        ("HTTPS://Example.ORG/hook", "example.org"),
        ("https://example.org.:443/hook", "example.org"),
        ("https://example.org:/hook", "example.org"),
        ("https://example.org:443/hook?a=b#c", "example.org"),
        ("https://example.org:8443/hook", "example.org:8443"),
        ("https://xn--exmple-cua.org/", "xn--exmple-cua.org"),
        ("https://a_b.example.org/", "a_b.example.org"),
        ("https://93.184.215.14/", "93.184.215.14"),
        ("https://[2600:1901:0:0::1]/", "[2600:1901::1]"),
        ("https://[2600:1901::1]:8443/", "[2600:1901::1]:8443"),
    ],
)
def test_what_is_public_is_taken_and_its_host_is_the_same_in_each_spelling(url: str, host: str) -> None:
    assert safe_http.check_url(url).netloc == host


@pytest.mark.django_db
def test_the_spelling_of_a_host_makes_no_other_one(ada: Person) -> None:
    """The limits of what is in flight for a host count by it."""
    spelled = ["https://hooks.example.org/", "https://HOOKS.example.org/", "https://hooks.example.org.:443/x"]
    hosts = {add_webhook(person=ada, name="bot", address=url)[0].host for url in spelled}
    assert hosts == {"hooks.example.org"}


def resolving_to(*addresses: str) -> Any:
    """A name server."""

    def resolve(_host: str, port: int, *_options: Any, **_more: Any) -> list[Any]:
        families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses]
        return [(f, socket.SOCK_STREAM, 6, "", (a, port)) for f, a in zip(families, addresses, strict=True)]

    return resolve
