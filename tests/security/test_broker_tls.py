"""Who stands between us and a broker named by rediss://, sentinels:// or amqps:// hears neither password nor task."""

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

# As a worker and a publisher, as the dispatcher, and as live.
BY_CELERY = "from config.celery import app; app.connection_for_read().default_channel"
BY_DISPATCHER = "import config.celery; from socialapp.messaging import dispatch; dispatch.redis_client().ping()"
BY_LIVE = """
import asyncio
from django.conf import settings
from socialapp import broker
async def ask():
    async with broker.async_client(settings.REDIS_URL, socket_connect_timeout=2) as client:
        await client.ping()
asyncio.run(ask())
"""
REDISS, SENTINELS = "rediss://:password@{}/0", "sentinels://:password@{}/0?master=social&sentinel_password=password"
AMQPS = "amqps://me:password@{}/social"


@pytest.mark.parametrize(
    ("variable", "url", "script", "fault"),
    [
        ("REDIS_URL", REDISS, BY_CELERY, "certificate verify failed"),
        ("REDIS_URL", REDISS, BY_DISPATCHER, "certificate verify failed"),
        ("REDIS_URL", REDISS, BY_LIVE, "ConnectionError"),
        ("REDIS_URL", SENTINELS, BY_CELERY, "No master found"),
        ("REDIS_URL", SENTINELS, BY_DISPATCHER, "No Sentinel that answers"),
        ("REDIS_URL", SENTINELS, BY_LIVE, "No master found"),
        ("BROKER_URL", AMQPS, BY_CELERY, "certificate verify failed"),
    ],
    ids=lambda value: value if str(value).endswith("_URL") else str(value)[:9],
)
def test_a_certificate_that_nobody_signed_ends_the_connection(
    variable: str, url: str, script: str, fault: str, tmp_path: Path
) -> None:
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
            except (ssl.SSLEOFError, ConnectionResetError):  # asyncio ends the connection without an alert
                heard.append(b"no ALERT, and nothing else")
            except OSError as error:
                heard.append(str(error).encode() if "ALERT" in str(error).upper() else b"no TLS")

    with socket.create_server(("127.0.0.1", 0)) as server:
        listener = threading.Thread(target=listen, args=[server], daemon=True)
        listener.start()
        url = url.format(f"localhost:{server.getsockname()[1]}")
        done = subprocess.run(
            [sys.executable, "-c", script],
            env=os.environ | {variable: url, "PYTHONPATH": str(CHECKOUT)},
            capture_output=True,
            text=True,
            check=False,
        )
        server.shutdown(socket.SHUT_RDWR)
    listener.join(10)
    assert fault in done.stderr
    assert heard
    assert not [each for each in heard if b"ALERT" not in each.upper()]
