"""The product's database and broker, reached directly: to make a world, to do harm, and to look at the end."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg2
import redis


class Truth:
    """Each call has a connection of its own: the last one may have been killed."""

    def __init__(self, database_url: str, redis_url: str) -> None:
        self.database_url, self.redis_url = database_url, redis_url

    def rows(self, statement: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[tuple[Any, ...]]:
        """What a statement yields. Raises psycopg2.Error."""
        connection = psycopg2.connect(self.database_url, connect_timeout=5)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement, values or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def number(self, statement: str) -> int:
        """Of a statement that yields one."""
        return int(self.rows(statement)[0][0])

    @contextmanager
    def broker(self) -> Iterator[redis.Redis]:
        """Its commands fail fast."""
        with redis.Redis.from_url(self.redis_url, socket_timeout=5, socket_connect_timeout=5) as client:
            yield client
