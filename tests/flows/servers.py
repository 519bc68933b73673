"""PostgreSQL of one's own for a test: a server with settings, and a standby that follows it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

from bin.runtime import servers
from bin.runtime.embedded import Postgres
from bin.runtime.supervisor import Program, Supervisor


class Server:
    """An embedded PostgreSQL that can be stopped and started again at its port."""

    def __init__(self, data: Path, settings: dict[str, str] | None = None, known: str | None = None) -> None:
        self.data, self.settings = data, settings
        self.url, self.program = self._prepared(known)
        self.supervisor = Supervisor(data / "log", dict(os.environ))

    def _prepared(self, known: str | None) -> tuple[str, Program]:
        postgres = Postgres(self.data, self.settings)
        url, program = postgres.prepare(known)
        self.programs = postgres.installed / "bin"
        return url, program

    def start(self) -> None:
        """Until it answers."""
        self.url, self.program = self._prepared(self.url)
        self.supervisor.start(self.program)
        self.supervisor.wait_until(self.program, lambda: servers.postgres_is_up(self.url))

    def stop(self) -> None:
        """Until it is gone."""
        self.supervisor.stop()
        self.supervisor.programs.clear()

    def make_database(self) -> None:
        """The one that its URL names."""
        servers.ensure_database(self.url)

    def ask(self, statement: str) -> Any:
        """The one value of the one row."""
        return ask(self.url, statement)

    def set(self, name: str, value: str) -> None:
        """From now on, for all sessions; of what its command line does not say."""
        self.ask(f"ALTER SYSTEM SET {name} = '{value}'")
        self.ask("SELECT pg_reload_conf()")

    def base_backup(self, data: Path, *options: str) -> None:
        """Copy its cluster as it runs to another data folder."""
        command = [str(self.programs / "pg_basebackup"), "--pgdata", str(data / "postgres"), "--checkpoint=fast"]
        subprocess.run([*command, *options, "--dbname", self.url], check=True, capture_output=True)


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """Started, and gone afterwards."""
    try:
        server.start()
        yield server
    finally:
        server.stop()


@contextmanager
def standby_of(primary: Server, data: Path) -> Iterator[Server]:
    """Follows it as a stream, and asks it to keep what its own queries read."""
    primary.base_backup(data, "--write-recovery-conf")
    with running(Server(data, known=primary.url)) as standby:
        standby.set("hot_standby_feedback", "on")
        yield standby


def ask(url: str, statement: str) -> Any:
    """The one value of the one row."""
    connection = psycopg2.connect(url)
    connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            row = cursor.fetchone() if cursor.description else None
    finally:
        connection.close()
    return row[0] if row else None
