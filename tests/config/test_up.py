"""`bin/up` as operators meet it: what it refuses, what it keeps, and that what dies comes back."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.conf import settings

from bin.runtime import embedded, servers
from bin.runtime.up import is_healthy
from config.env import CHECKOUT
from tests.processes import processes
from tests.product import Product, free_port, new_folder, running_product

PATIENCE_S = 30

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    """Healthy, with the demo people, after its first start."""
    folder = new_folder()
    try:
        with running_product(kept=folder) as running:
            yield running
    finally:
        shutil.rmtree(folder)


def refused(*options: str, **variables: str) -> str:
    """What bin/up says when it cannot start: one line, and a non-zero exit."""
    done = subprocess.run(
        [str(CHECKOUT / "bin" / "up"), *options],
        env=os.environ | {"PYTHONUNBUFFERED": "1"} | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    return done.stderr.strip().splitlines()[-1]


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refused("--data", str(tmp_path / "data"), "--port", str(port))
    assert f"Cannot listen on 127.0.0.1 port {port}" in said
    assert f"bin/up --port {port + 1}" in said


def test_a_server_keeps_its_port_and_else_gets_one_that_no_outgoing_connection_is_given() -> None:
    with socket.socket() as outgoing:
        outgoing.bind(("127.0.0.1", 0))
        given = outgoing.getsockname()[1]
        fresh = embedded.free_port(f"tcp://127.0.0.1:{given}")
    assert fresh in embedded.BELOW_OUTGOING
    assert given not in embedded.BELOW_OUTGOING
    assert embedded.free_port(f"tcp://127.0.0.1:{fresh}") == fresh


def test_a_data_folder_in_use(product: Product) -> None:
    assert "is in use by the bin/up with process id" in refused("--data", str(product.data), "--port", str(free_port()))


def test_a_server_that_loses_what_it_took_when_it_loses_its_power_is_known() -> None:
    """As that of the tests is, for the sake of speed."""
    tests = settings.DATABASES["default"]
    url = f"postgres://{tests['USER']}:{tests['PASSWORD']}@{tests['HOST']}:{tests['PORT']}/postgres"
    assert servers.unsafe(url) == ["fsync", "full_page_writes"]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nonsense", "DATABASE_URL must look like postgres://"),
        ("mysql://127.0.0.1/x", "DATABASE_URL must look like postgres://"),
        ("postgres://nobody@127.0.0.1:9/none", "DATABASE_URL"),
    ],
)
def test_a_wrong_url(tmp_path: Path, url: str, says: str) -> None:
    assert says in refused("--data", str(tmp_path / "data"), "--port", str(free_port()), DATABASE_URL=url)


def test_what_is_secret_is_for_its_owner_only(product: Product) -> None:
    for name in ("secret_key", "embedded.json", "demo.json"):
        assert stat.S_IMODE((product.data / name).stat().st_mode) == 0o600


def test_it_says_whom_to_log_in_as_and_is_ready(product: Product) -> None:
    with urlopen(f"{product.url}/readyz", timeout=10) as answer:  # noqa: S310  our own
        assert json.load(answer) == {"status": "ok", "database": "ok", "broker": "ok", "migrations": "ok"}
    assert product.demo_password


def commands_printed_by(product: Product) -> list[str]:
    """For a shell."""
    return [line.strip() for line in product.printed.splitlines() if line.startswith("    ")]


def test_it_prints_the_commands_of_the_first_ten_minutes_as_they_work_here(product: Product) -> None:
    bob, fumi, listen, like, *_webhook = [
        line.strip() for line in product.printed.splitlines() if line.startswith("    ")
    ]
    assert f"SOCIALAPP_DATA={product.data} " in bob
    assert listen.endswith(f" {product.url}/live/ &")
    environment = {"PATH": os.environ["PATH"]}
    with subprocess.Popen(
        ["/bin/sh", "-c", f"{bob}\n{listen.removesuffix(' &')}"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as stream:
        assert stream.stdout
        try:
            assert "event: hello\n" in stream.stdout
            liked = subprocess.check_output(["/bin/sh", "-c", f"{fumi}\n{like}"], env=environment, text=True)
            assert json.loads(liked)["liked"] is True
            assert "event: inbox\n" in stream.stdout
        finally:
            os.killpg(stream.pid, signal.SIGTERM)
    assert f"pkill -9 -P {product.process_id} -f celery" in product.printed


def test_the_webhook_of_the_first_ten_minutes_is_made_and_received_as_it_is_printed(product: Product) -> None:
    bob, _fumi, _listen, _like, *webhook = commands_printed_by(product)
    done = subprocess.run(
        ["/bin/sh", "-c", "\n".join([bob, *webhook])],
        env={"PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    received = json.loads(done.stdout[done.stdout.index('{"messages"') :])
    assert [message["type"] for message in received["messages"]] == ["notification.test"]
    assert received["refused"] == []


@pytest.mark.parametrize(
    "mark",
    [
        "celery --quiet -A config worker --queues messages",
        "celery --quiet -A config worker --queues email,push,webhook,pictures",
        "config.beat",
        "bin.fakes",
        "config.web",
        "valkey-server",
    ],
)
def test_a_process_that_dies_is_started_again(product: Product, mark: str) -> None:
    def ids() -> set[int]:
        return {p.id for p in processes() if p.parent_id == product.process_id and mark in p.command}

    (before,) = ids()
    os.kill(before, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE_S
    while not ids() - {before} or not is_healthy(f"{product.url}/readyz"):
        assert time.monotonic() < deadline, f"{mark} did not come back"
        time.sleep(0.1)


def test_postgres_of_which_a_process_dies_is_started_again_as_a_whole(product: Product) -> None:
    """Left to itself, it was seen to hang for good: `bin/chaos`, when its disk was full."""

    def ids() -> set[int]:
        return {p.id for p in processes() if p.parent_id == product.process_id and "bin/postgres" in p.command}

    (before,) = ids()
    child = next(p for p in processes() if p.parent_id == before and "checkpointer" in p.command)
    os.kill(child.id, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE_S
    while not ids() - {before} or not is_healthy(f"{product.url}/readyz"):
        assert time.monotonic() < deadline, "it did not come back"
        time.sleep(0.1)
    assert before not in ids()


def test_token_prints_just_the_token(product: Product) -> None:
    done = product.manage("token", "grace", "--create")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("sa_")
    assert len(done.stdout.split()) == 1
    assert "There is nobody called heidi" in product.manage("token", "heidi").stderr


def test_a_trace_that_is_none_is_refused(product: Product, tmp_path: Path) -> None:
    assert "is not there" in product.manage("replay", str(tmp_path / "none.txt")).stderr
    bad = tmp_path / "bad.txt"
    bad.write_text("1 2 3 RT\n1 2 3 XX\n")
    assert "Line 2 is not ACTOR TARGET UNIX_SECONDS KIND" in product.manage("replay", str(bad)).stderr
