"""PostgreSQL on two hosts, of which each commit waits for both, and PgBouncer in front on a third."""

import shutil
import signal
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

from bin.runtime.embedded import Postgres
from bin.runtime.os_user import Account
from bin.runtime.servers import ensure_database
from tests.config.test_pgbouncer import ORDINARY, PGBOUNCER
from tests.fleet.network import Host, wait_until

PORT, POOLER_PORT = 5432, 6432
OPEN = "host all all all scram-sha-256\nhost replication all all scram-sha-256\n"
# As docs/operations.md has it.
POOLER = """
[databases]
* = host={primary} port=5432 user=socialapp password={password}
[pgbouncer]
listen_addr = *
listen_port = 6432
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 40
max_client_conn = 500
server_connect_timeout = 3
server_login_retry = 1
tcp_keepidle = 5
tcp_keepintvl = 5
tcp_keepcnt = 2
tcp_user_timeout = 15000
"""


class Database:
    """The primary, its synchronous standby, and the pooler, which names the primary."""

    def __init__(self, primary: Host, standby: Host, pooler: Host) -> None:
        self.primary, self.standby, self.pooler = primary, standby, pooler

    def start(self) -> None:
        server = Postgres(self.primary.folder, {"listen_addresses": "*", "port": str(PORT)})
        url, program = server.prepare(None)
        self.password = url.split(":")[2].partition("@")[0]
        self.account, self.programs = program.account, server.installed / "bin"
        self.options = program.command[3:]
        with (self.primary.folder / "postgres" / "pg_hba.conf").open("a") as rules:
            rules.write(OPEN)
        self._start(self.primary)
        ensure_database(self.url_of(self.primary))
        self._follow()
        nobody = Account(ORDINARY, ORDINARY, "nobody")  # it refuses to be root
        self.pooler.enable("pgbouncer", str(PGBOUNCER), str(self._name_primary()), account=nobody)
        wait_until(lambda: self.ask("SELECT 1", self.url_of(self.pooler, POOLER_PORT)) == 1, "the pooler answers")

    def _start(self, host: Host) -> None:
        command = [str(self.programs / "postgres"), "-D", str(host.folder / "postgres"), *self.options]
        host.enable("postgres", *command, account=self.account)
        wait_until(lambda: self.ask("SELECT 1", self.url_of(host, name="postgres")) == 1, f"PostgreSQL on {host.name}")

    def _follow(self) -> None:
        """Make the standby a copy of the primary that each commit waits for from now on."""
        assert self.account
        copy = self.standby.folder / "postgres"
        self.account.own(copy)
        source = f"host={self.primary.address} user=socialapp password={self.password}"
        done = self.standby.run(
            str(self.programs / "pg_basebackup"),
            *("-d", f"{source} application_name={self.standby.name}", "-D", str(copy), "-R", "-X", "stream"),
            *("-c", "fast"),
            account=self.account,
        )
        assert done.returncode == 0, done.stderr
        self._start(self.standby)
        self._wait_for(self.standby.name)
        state = "SELECT coalesce(max(sync_state), '') FROM pg_stat_replication"
        wait_until(lambda: self.ask(state) == "sync", "the standby is synchronous")

    def _wait_for(self, standbys: str) -> None:
        """Have each commit wait for these."""
        self.ask(f"ALTER SYSTEM SET synchronous_standby_names = '{standbys}'")
        self.ask("SELECT pg_reload_conf()")

    def promote(self) -> None:
        """What an operator does once the primary is fenced: the standby takes over, alone, and the pooler follows."""
        self.primary, self.standby = self.standby, self.primary
        self._wait_for("")
        self.ask("SELECT pg_promote()")
        self._name_primary()
        self.pooler.running["pgbouncer"].send_signal(signal.SIGHUP)

    def rejoin(self) -> None:
        """The host that was the primary is made anew, as a standby."""
        shutil.rmtree(self.standby.folder / "postgres")
        del self.standby.units["postgres"]
        self.standby.get_power()
        self._follow()

    def _name_primary(self) -> Path:
        file = self.pooler.folder / "pgbouncer.ini"
        file.write_text(POOLER.format(primary=self.primary.address, password=self.password))
        file.chmod(0o644)
        return file

    def url_of(self, host: Host, port: int = PORT, name: str = "socialapp") -> str:
        return f"postgres://socialapp:{self.password}@{host.address}:{port}/{name}"

    def rows(self, statement: str, url: str | None = None) -> list[Any]:
        """Of the primary by default. Raises OperationalError while it cannot be asked."""
        connection = psycopg2.connect(url or self.url_of(self.primary), connect_timeout=3)
        try:
            connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def ask(self, statement: str, url: str | None = None) -> Any:
        """The one value of the one row; None while it cannot be asked."""
        try:
            rows = self.rows(statement, url)
        except psycopg2.OperationalError:
            return None
        return rows[0][0] if rows else None

    def environment(self) -> dict[str, str]:
        """What the product is given."""
        both = f"{self.primary.address}:{PORT},{self.standby.address}:{PORT}"
        who = f"postgres://socialapp:{self.password}@{both}/socialapp?target_session_attrs"
        return {
            "DATABASE_URL": self.url_of(self.pooler, POOLER_PORT),
            "DATABASE_DIRECT_URL": f"{who}=read-write",
            "DATABASE_REPLICA_URL": f"{who}=prefer-standby",
        }
