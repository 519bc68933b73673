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
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.backends.utils import CursorWrapper

from notifications.models import Era

LOCK = 7_001_915


class Command(BaseCommand):
    """Safe to repeat, and on several machines at once: the second waits for the first."""

    help = "Migrate the database and collect static files. Run by bin/up; on many machines, before each deployment."

    def handle(self, **_options: Any) -> None:
        with _one_at_a_time():
            call_command("migrate", interactive=False, verbosity=0)
            call_command("createcachetable", verbosity=0)
            Era.begin()
        fingerprint = _fingerprint_of_static_files()
        made_from = Path(settings.STATIC_ROOT) / ".made-from"
        if not made_from.exists() or made_from.read_text() != fingerprint:
            call_command("collectstatic", interactive=False, clear=True, verbosity=0)
            made_from.write_text(fingerprint)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with connection.cursor() as cursor:
        # Who waits asks again and again: a statement that waits holds a snapshot, for which an index that is being made
        # concurrently would wait in its turn.
        while not _takes_lock(cursor):
            time.sleep(0.2)
        cursor.execute("SET lock_timeout = 0")
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
