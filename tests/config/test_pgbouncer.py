"""The product behind a real PgBouncer in transaction mode, which hands each transaction to another session."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import psycopg2
import pytest
from django.conf import settings
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

from config.env import CHECKOUT
from socialapp.database import DEFAULTS
from tests.product import Product, free_port, manage, running_product

PGBOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
PATIENCE_S = 60
ORDINARY = 65_534

# Takes the lock of every shard of the outbox in a transaction, as a drain does of some, and is frozen.
FREEZE = """
import os, signal, django
django.setup()
from django.db import connection, transaction
from socialapp.messaging import consumer
with transaction.atomic(), connection.cursor() as cursor:
    cursor.execute("SELECT count(pg_advisory_xact_lock(%s, shard)) FROM generate_series(0, %s) AS shard",
                   [consumer.LOCK_SPACE, consumer.SHARDS - 1])
    print("holds", cursor.fetchone()[0], flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is not installed (Debian: apt-get install pgbouncer)"),
]


@dataclass(frozen=True)
class Pooled:
    """A product behind the pooler; where the pooler and PostgreSQL itself are."""

    product: Product
    pooler: str
    direct: str

    def ask(self, url: str, statement: str) -> Any:
        """The one value of the one row."""
        connection = psycopg2.connect(url)
        connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
        with connection.cursor() as cursor:
            cursor.execute(statement)
            row = cursor.fetchone()
        connection.close()
        return row[0] if row else None

    def until(self, statement: str, value: object) -> None:
        """Wait until PostgreSQL itself answers so."""
        deadline = time.monotonic() + PATIENCE_S
        while (found := self.ask(self.direct, statement)) != value:
            assert time.monotonic() < deadline, f"{statement}: {found}"
            time.sleep(0.1)

    def call(self, method: str, path: str, token: str, body: object = None) -> Any:
        request = Request(f"{self.product.url}/api/social/v1/{path}", method=method)  # noqa: S310  our own
        request.add_header("Authorization", f"Bearer {token}")
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
        with urlopen(request, timeout=30) as answer:  # noqa: S310  # noqa: S310
            said = answer.read()
        return json.loads(said) if said else None


@contextmanager
def server(database: str) -> Iterator[tuple[str, str]]:
    """A database of its own in the tests' PostgreSQL: its URL through a pooler, and its own. All is dropped again."""
    tests = settings.DATABASES["default"]
    who = f"postgres://{tests['USER']}:{tests['PASSWORD']}"
    admin = psycopg2.connect(f"{who}@{tests['HOST']}:{tests['PORT']}/postgres")
    admin.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
    folder = Path(tempfile.mkdtemp(prefix="socialapp-pgbouncer-"))
    port = free_port()
    (folder / "pgbouncer.ini").write_text(
        "[databases]\n"
        f"{database} = host={tests['HOST']} port={tests['PORT']} user={tests['USER']} password={tests['PASSWORD']}\n"
        "[pgbouncer]\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
        f"pool_mode = transaction\ndefault_pool_size = 20\nmax_client_conn = 500\n"
    )
    # It will not run as root.
    as_user = ORDINARY if os.geteuid() == 0 else None
    if as_user:
        shutil.chown(folder, as_user)
        shutil.chown(folder / "pgbouncer.ini", as_user)
    with admin.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {database}")
    with (folder / "log").open("w") as log:
        pooler = subprocess.Popen(
            [str(PGBOUNCER), str(folder / "pgbouncer.ini")], user=as_user, stdout=log, stderr=log, cwd="/"
        )
    try:
        yield f"{who}@127.0.0.1:{port}/{database}", f"{who}@{tests['HOST']}:{tests['PORT']}/{database}"
    finally:
        pooler.kill()
        pooler.wait()
        with admin.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {database} WITH (FORCE)")
        admin.close()
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def pooled() -> Iterator[Pooled]:
    with (
        server("pooled") as (pooler, direct),
        running_product("--workers", "2", DATABASE_URL=pooler, DATABASE_DIRECT_URL=direct) as product,
    ):
        product.manage("demo", "--if-empty")
        yield Pooled(product, pooler, direct)


@pytest.mark.parametrize(("name", "value"), DEFAULTS.items())
def test_the_guards_are_on_in_each_session_that_the_pooler_hands_out(pooled: Pooled, name: str, value: str) -> None:
    assert pooled.ask(pooled.pooler, f"SHOW {name}") == value


def test_likes_are_taken_drained_and_delivered(pooled: Pooled) -> None:
    ada, bob = (pooled.product.manage("token", name, "--create").stdout.strip() for name in ("grace", "dana"))
    post = pooled.call("POST", "posts/", ada, {"body": "Behind a pooler"})["id"]
    for _ in range(20):  # each of the web's threads and processes has met the statements by then, some twice
        pooled.call("PUT", f"posts/{post}/like/", bob)
        pooled.call("DELETE", f"posts/{post}/like/", bob)
    pooled.call("PUT", f"posts/{post}/like/", bob)
    pooled.until("SELECT count(*) FROM messaging_outbox", 0)
    assert [each["kind"] for each in pooled.call("GET", "notifications/", ada)["results"][:1]] == ["like"]
    known = json.loads((pooled.product.data / "embedded.json").read_text())
    bot = {"name": "bot", "address": f"{known['FAKES_URL']}/hooks/grace"}
    made = pooled.call("POST", "notifications/endpoints/webhook/", ada, bot)
    urlopen(Request(bot["address"], data=made["secret"].encode(), method="PUT")).close()  # noqa: S310
    pooled.call("POST", f"notifications/endpoints/{made['id']}/test/", ada)
    pooled.until(f"SELECT count(*) FROM notifications_delivery WHERE endpoint_id = {made['id']} AND state = 'sent'", 1)
    audit = pooled.product.manage("audit")
    assert (audit.returncode, audit.stderr) == (0, "")


def test_nothing_is_prepared_that_another_session_would_not_know(pooled: Pooled) -> None:
    logs = [(pooled.product.data / "log" / name).read_text() for name in ("web.log", "worker.log")]
    assert [log for log in logs if "prepared statement" in log] == []
    assert pooled.ask(pooled.pooler, "SELECT count(*) FROM pg_prepared_statements") == 0


def test_a_drain_that_is_frozen_with_its_locks_is_ended_and_others_go_on(pooled: Pooled) -> None:
    ada, bob = (pooled.product.manage("token", name, "--create").stdout.strip() for name in ("grace", "emeka"))
    post = pooled.call("POST", "posts/", ada, {"body": "Behind a frozen drain"})["id"]
    pooled.until("SELECT count(*) FROM messaging_outbox", 0)
    frozen = subprocess.Popen(
        [sys.executable, "-c", FREEZE],
        cwd=CHECKOUT,
        env=pooled.product.environment | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert frozen.stdout
        assert frozen.stdout.readline().startswith("holds")
        pooled.call("PUT", f"posts/{post}/like/", bob)
        assert pooled.ask(pooled.direct, "SELECT count(*) FROM messaging_outbox") == 1
        pooled.until("SELECT count(*) FROM messaging_outbox", 0)
        assert Path(f"/proc/{frozen.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    finally:
        frozen.kill()
        frozen.communicate()


@pytest.mark.parametrize("command", [["prepare"], ["backup", "/nowhere/backups"], ["restore", "/nowhere/backups"]])
def test_what_needs_a_session_of_its_own_says_what_to_name(command: list[str]) -> None:
    with server("pooled_only") as (pooler, _), tempfile.TemporaryDirectory() as data:
        ours = {"DATABASE_URL": pooler, "REDIS_URL": settings.CELERY_BROKER_URL, "SOCIALAPP_DATA": data}
        done = manage({**os.environ, **ours}, *command)
    assert done.returncode == 1
    assert "name PostgreSQL itself in DATABASE_DIRECT_URL" in done.stderr
