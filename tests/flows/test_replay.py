"""Real reactions, real processes, real faults: none lost, none doubled."""

import asyncio
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
import redis

from config.env import CHECKOUT
from tests.flows.traces import EVENTS, ZERO, accepted_of, audit_of
from tests.notifications.test_outside_tls import certificate_for
from tests.processes import processes
from tests.product import Product, manage, running_product

FAULT_RATE = 300  # a second: so that there is a middle to die in
BROKER_AWAY_S = 10

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def unharmed() -> Iterator[Product]:
    """One in which nothing dies: the tests of it share it."""
    with running_product("--no-demo", "--workers", "2") as running:
        yield running


def test_the_first_8_000_reactions_are_all_accepted_and_delivered_once(unharmed: Product, trace: Path) -> None:
    done = unharmed.manage("replay", str(trace), "--limit", str(EVENTS))
    print(done.stdout)
    assert done.returncode == 0, done.stderr
    assert accepted_of(done.stdout) == EVENTS
    findings = audit_of(unharmed)
    assert findings["delivered"] == findings["accepted"] > EVENTS * 0.8
    assert {name: findings[name] for name in ZERO} == ZERO


@contextmanager
def https_before(product: Product, folder: Path) -> Iterator[tuple[str, Path]]:
    """An address of the product with a certificate that no machine trusts by itself, and the file that has it."""
    certificate, key = certificate_for("localhost")
    (folder / "both.pem").write_bytes(certificate + key)
    (folder / "ca.pem").write_bytes(certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    behind = urlsplit(product.url)

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(65_536):
                writer.write(piece)
                await writer.drain()
        writer.close()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_us, to_us = await asyncio.open_connection(behind.hostname, behind.port)
        await asyncio.gather(pipe(reader, to_us), pipe(from_us, writer))

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(forward, "localhost", 0, ssl=context))
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}", folder / "ca.pem"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0.1))
        loop.close()


@pytest.mark.enable_socket
def test_over_https_with_a_certificate_of_ones_own_it_says_what_to_set_and_goes_on_with_it(
    unharmed: Product, trace: Path, tmp_path: Path
) -> None:
    with https_before(unharmed, tmp_path) as (url, certificate):
        command = ("replay", str(trace), "--limit", "20", "--url", url)
        refused = unharmed.manage(*command)
        assert refused.returncode == 1
        assert "SSL_CERT_FILE=" in refused.stderr
        assert len(refused.stderr.strip().splitlines()) == 1
        done = manage(unharmed.environment | {"SSL_CERT_FILE": str(certificate)}, *command)
    assert done.returncode == 0, done.stderr
    assert accepted_of(done.stdout) == 20


def test_the_same_while_things_die(product: Product, trace: Path) -> None:
    replay = subprocess.Popen(
        [
            *(sys.executable, str(CHECKOUT / "manage.py"), "replay", str(trace)),
            *("--limit", str(EVENTS), "--rate", str(FAULT_RATE), "--retries", "60"),
        ],
        env=product.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    time.sleep(4)
    kill(product, "worker")
    flush_broker(product)
    time.sleep(3)
    stop_and_continue_broker(product)
    kill(product, "postgresql")
    time.sleep(2)
    assert replay.poll() is None, "It ended before all of this could happen to it."
    kill(product, "worker")
    output, _ = replay.communicate(timeout=300)
    print(output)
    assert replay.returncode == 0
    assert accepted_of(output) == EVENTS
    findings = audit_of(product)
    assert findings["delivered"] == findings["accepted"] > EVENTS * 0.8
    assert {name: findings[name] for name in ZERO} == ZERO


def process_ids(product: Product, name: str) -> list[int]:
    """Of one program of the product and all its children."""
    running = processes()
    mark = {"worker": "celery --quiet -A config worker", "postgresql": "postgres", "valkey": "valkey-server"}[name]
    waiting = [p.id for p in running if p.parent_id == product.process_id and mark in p.command]
    found: list[int] = []
    while waiting:
        found.append(waiting.pop())
        waiting += [p.id for p in running if p.parent_id == found[-1]]
    assert found, f"No process of {name}"
    return found


def kill(product: Product, name: str) -> None:
    """Kill -9 of a program; of PostgreSQL its postmaster, as a crash of the server would be."""
    ids = process_ids(product, name)
    for process_id in ids if name == "worker" else ids[:1]:
        os.kill(process_id, signal.SIGKILL)


def broker_of(product: Product) -> redis.Redis:
    """The product's broker."""
    return redis.Redis.from_url(json.loads((product.data / "embedded.json").read_text())["REDIS_URL"])


def flush_broker(product: Product) -> None:
    """Everything in it is gone."""
    with broker_of(product) as client:
        client.flushall()


def stop_and_continue_broker(product: Product) -> None:
    """It hangs: connections stay and nothing answers."""
    ids = process_ids(product, "valkey")
    for process_id in ids:
        os.kill(process_id, signal.SIGSTOP)
    time.sleep(BROKER_AWAY_S)
    for process_id in ids:
        os.kill(process_id, signal.SIGCONT)
