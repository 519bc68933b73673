"""What PostgreSQL's sessions wait for while it works, as pg_stat_activity has it."""

import threading
from collections import Counter
from types import TracebackType
from typing import Self

import psycopg2

LOOK_EVERY_S = 0.02
RUNNING = "nothing"
# Of those who are in the middle of something; those who wait for their client hold what they have locked.
_LOOK = f"""
SELECT CASE WHEN state = 'idle in transaction' THEN 'the client' ELSE coalesce(wait_event, '{RUNNING}') END
FROM pg_stat_activity
WHERE backend_type = 'client backend' AND state <> 'idle' AND pid <> pg_backend_pid()
"""


class Waits:
    """`with Waits(url) as waits: …`, then `waits.shares()`."""

    def __init__(self, database_url: str) -> None:
        self._connection = psycopg2.connect(database_url)
        self._connection.autocommit = True
        self._found: Counter[str] = Counter()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="waits", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._connection.close()

    def shares(self) -> dict[str, float]:
        """How much of the time of busy sessions each took, the most first; `nothing` is who had or wanted a core."""
        total = self._found.total()
        return {name: number / total for name, number in self._found.most_common()}

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_EVERY_S):
            with self._connection.cursor() as cursor:
                cursor.execute(_LOOK)
                self._found.update(name for (name,) in cursor.fetchall())
