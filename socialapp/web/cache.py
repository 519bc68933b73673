"""The cache of rate limits, such as that of log-in: in PostgreSQL, so that all processes share it."""

from datetime import datetime
from typing import Any

from django.core.cache.backends.db import DatabaseCache
from django.db import connections


class RateLimitCache(DatabaseCache):
    """A database cache that never drops live entries. Django's does at MAX_ENTRIES, which would release a lock.

    Only expired entries are dropped, once there are MAX_ENTRIES. There are more only while so many addresses and
    accounts are being counted.
    """

    _table: str

    def _cull(self, db: str, cursor: Any, now: datetime, _num: int) -> None:
        operations = connections[db].ops
        table, expires = operations.quote_name(self._table), operations.quote_name("expires")
        cursor.execute(f"DELETE FROM {table} WHERE {expires} < %s", [operations.adapt_datetimefield_value(now)])
