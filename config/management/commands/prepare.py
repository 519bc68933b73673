"""`manage.py prepare`: tables and static files as this version of the code wants them."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import NotSupportedError, OperationalError, connection
from django.db.backends.utils import CursorWrapper
from django.db.migrations.executor import MigrationExecutor
from psycopg2.errors import DeadlockDetected, LockNotAvailable

from notifications.models import Era
from socialapp import database

LOCK = 7_001_915
# A migration tries for its lock for two seconds at a time (config.postgres); between, those who queued get through.
PAUSE_S = 3
PATIENCE_S = 30 * 60


class Command(BaseCommand):
    """Safe to repeat, and on several machines at once: the second waits for the first.

    A migration that cannot have its lock within moments gives up, and tries again, so that others need not wait for it.
    """

    help = "Migrate the database and collect static files. Run by bin/up; on many machines, before each deployment."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true", help="make demo people, too, where there are none yet")

    def handle(self, *_args: Any, **options: Any) -> None:
        _refuse_what_cannot_hold_a_site()
        database.write_defaults()
        database.go_direct()
        if database.is_pooled():
            raise CommandError(database.POOLED)
        with _one_at_a_time():
            self._migrate()
            call_command("createcachetable", verbosity=0)
            Era.begin()
        fingerprint = _fingerprint_of_static_files()
        made_from = Path(settings.STATIC_ROOT) / ".made-from"
        if not made_from.exists() or made_from.read_text() != fingerprint:
            # Old files stay: processes of the previous release still serve theirs, under other names.
            call_command("collectstatic", interactive=False, verbosity=0)
            made_from.write_text(fingerprint)
        if options["demo"]:
            call_command("demo", if_empty=True, stdout=self.stdout)

    def _migrate(self) -> None:
        """Each migration that went through is behind us: the next try goes on from there."""
        until = time.monotonic() + PATIENCE_S
        while _is_pending():
            try:
                call_command("migrate", interactive=False, verbosity=0)
            except OperationalError as error:
                if not isinstance(error.__cause__, LockNotAvailable | DeadlockDetected):
                    raise
                if time.monotonic() > until:
                    raise CommandError(
                        f"For {PATIENCE_S // 60} minutes a migration could not have its lock, because a long "
                        "transaction is in its way (pg_stat_activity names it). Nothing is half done; try again."
                    ) from error
                self.stderr.write("A migration waits for a lock, and lets everybody pass meanwhile …")
                time.sleep(PAUSE_S)


def _is_pending() -> bool:
    """Whether a migration is left to do: `migrate` costs half a second to find out that none is."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _refuse_what_cannot_hold_a_site() -> None:
    """Before anything is written: neither encoding nor locale of a database can be changed later."""
    try:
        fault = database.fault_of(connection)
    except NotSupportedError as error:  # of Django: a PostgreSQL that is too old
        raise CommandError(f"{error} DATABASE_URL must lead to a newer one.") from error
    if fault:
        raise CommandError(fault)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with connection.cursor() as cursor:
        # Poll for the lock: a statement that waits holds a snapshot, for which an index that is being made concurrently
        # would wait in its turn.
        while not _takes_lock(cursor):
            time.sleep(0.2)
        yield
        cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _takes_lock(cursor: CursorWrapper) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
    return bool(cursor.fetchone()[0])


def _fingerprint_of_static_files() -> str:
    """Compressing them takes seconds; so it is done only when one of them changed."""
    known = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = Path(storage.path(path)).stat()
            known.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    return known.hexdigest()
