"""Who stands between a worker and a broker named by rediss:// hears neither password nor task."""

import os
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from config.env import CHECKOUT
from tests.notifications.test_outside_tls import certificate_for

pytestmark = pytest.mark.enable_socket

CONNECT = "from config.celery import app; app.connection_for_read().default_channel"


def test_a_certificate_that_nobody_signed_ends_the_connection(tmp_path: Path) -> None:
    certificate, key = certificate_for("localhost")
    (tmp_path / "chain.pem").write_bytes(certificate + key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "chain.pem")
    heard: list[bytes] = []

    def listen(server: socket.socket) -> None:
        while True:
            try:
                connection, _address = server.accept()
            except OSError:  # closed: the test has ended
                return
            try:
                with context.wrap_socket(connection, server_side=True) as secure:
                    heard.append(secure.recv(1_000))
            except OSError as error:
                heard.append(str(error).encode() if "ALERT" in str(error).upper() else b"no TLS")

    with socket.create_server(("127.0.0.1", 0)) as server:
        listener = threading.Thread(target=listen, args=[server], daemon=True)
        listener.start()
        url = f"rediss://:password@localhost:{server.getsockname()[1]}/0"
        done = subprocess.run(
            [sys.executable, "-c", CONNECT],
            env=os.environ | {"REDIS_URL": url, "PYTHONPATH": str(CHECKOUT)},
            capture_output=True,
            text=True,
            check=False,
        )
        server.shutdown(socket.SHUT_RDWR)
    listener.join(10)
    assert "certificate verify failed" in done.stderr
    assert heard
    assert not [each for each in heard if b"ALERT" not in each.upper()]
