"""What two do in the same moment, each by a connection of its own."""

import time
from collections.abc import Callable

from django.db import connection


def wait_until_somebody_waits_for_a_lock() -> None:
    """Return once another connection waits for what this one holds."""
    with connection.cursor() as cursor:
        for _ in range(500):
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
            time.sleep(0.02)
    raise AssertionError("Nobody waits.")


def elsewhere(act: Callable[[], object]) -> None:
    """Do it by a connection of its own."""
    try:
        act()
    finally:
        connection.close()
