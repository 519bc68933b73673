"""The cache that counts for limits of log-in and the like: in PostgreSQL, so that they hold over processes."""

from datetime import datetime
from typing import Any

from django.core.cache.backends.db import DatabaseCache
from django.db import connections


class RateLimitCache(DatabaseCache):
    """Django's, which when there are MAX_ENTRIES also drops what still counts: a lock would be gone.

    Here only what is over is dropped, once there are so many entries. More than that are there only while so many
    addresses and accounts are being counted.
    """

    _table: str

    def _cull(self, db: str, cursor: Any, now: datetime, _num: int) -> None:
        operations = connections[db].ops
        table, expires = operations.quote_name(self._table), operations.quote_name("expires")
        cursor.execute(f"DELETE FROM {table} WHERE {expires} < %s", [operations.adapt_datetimefield_value(now)])
