"""https as it is used: the checked address is connected to, under the name typed, and the certificate must be its."""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import LazySettings

from notifications.channels import safe_http
from notifications.channels.base import TemporaryFailure

NAME = "hooks.example"


@dataclass
class Receiver:
    """A web server with a certificate for NAME; `names` are those asked for in the handshake (SNI)."""

    port: int
    names: list[str | None] = field(default_factory=list)
    hosts: list[str | None] = field(default_factory=list)


@pytest.fixture
def receiver(tmp_path: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """On loopback, which is let in under both names; all names lead there."""
    found = Receiver(0)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            found.hosts.append(self.headers["Host"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            pass

    certificate, key = certificate_for(NAME)
    (tmp_path / "chain.pem").write_bytes(certificate + key)
    (tmp_path / "trusted.pem").write_bytes(certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "chain.pem")
    context.sni_callback = lambda _socket, name, _context: found.names.append(name)
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    found.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setattr(certifi, "where", lambda: str(tmp_path / "trusted.pem"))
    resolve = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda _host, port, *args, **more: resolve("127.0.0.1", port, *args, **more)
    )
    settings.ALLOWED_PRIVATE_HOSTS = frozenset([f"{NAME}:{found.port}", f"other.example:{found.port}"])
    yield found
    server.shutdown()
    server.server_close()
    thread.join(10)


def test_the_name_is_kept_although_the_address_is_connected_to(receiver: Receiver) -> None:
    answer = safe_http.post(f"https://{NAME}:{receiver.port}/hook", b"{}", {})
    assert answer.code == 204
    assert receiver.names == [NAME]
    assert receiver.hosts == [f"{NAME}:{receiver.port}"]


def test_a_certificate_of_another_name_is_refused(receiver: Receiver) -> None:
    with pytest.raises(TemporaryFailure, match="tls_failed"):
        safe_http.post(f"https://other.example:{receiver.port}/hook", b"{}", {})
    assert receiver.hosts == []


def test_a_certificate_that_nobody_vouches_for_is_refused(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger, _ = certificate_for(NAME)
    (tmp_path / "stranger.pem").write_bytes(stranger)
    monkeypatch.setattr(certifi, "where", lambda: str(tmp_path / "stranger.pem"))
    with pytest.raises(TemporaryFailure, match="tls_failed"):
        safe_http.post(f"https://{NAME}:{receiver.port}/hook", b"{}", {})
    assert receiver.hosts == []


def certificate_for(name: str) -> tuple[bytes, bytes]:
    """One that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("192.0.2.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(serialization.Encoding.PEM), private
