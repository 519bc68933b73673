"""The database backend of the product: `ENGINE = "config.postgres"`."""

import logging
import select
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db.backends.postgresql import base, features, schema
from django.db.models import Index, Model
from psycopg2 import errors, extensions

from socialapp import database
from socialapp.sql import Prepared

logger = logging.getLogger(__name__)

# How long a migration waits for a lock on a table, while all that reads this table waits behind it.
LOCK_PATIENCE = "2s"
# A pooler that was not noticed, DISCARD ALL, or a table that was altered since.
OBSOLETE = (errors.InvalidSqlStatementName, errors.DuplicatePreparedStatement, errors.FeatureNotSupported)


class Connection(extensions.connection):
    """A connection that plans a `Prepared` statement once.

    Behind a pooler that hands each transaction to another session, what one
    prepared another does not know; so there it executes the text each time. So
    it does from then on, too, when what it prepared turns out to be obsolete.
    """

    _prepared: set[str] | None = None
    _plans: bool = True

    def say(self, statement: Prepared) -> str:
        """What to execute for it: prepared by now, if need be."""
        if self._prepared is None:
            # A pooler makes up the process id that it sends at connect.
            self._plans = self._server_process() == self.info.backend_pid
            self._prepared = set()
        if not self._plans:
            return statement
        if statement.preparation not in self._prepared:
            with self.cursor() as cursor:
                cursor.execute(statement.preparation)
            self._prepared.add(statement.preparation)
        return statement.execution

    def plan_no_more(self) -> bool:
        """Whether the statement that failed for an obsolete plan can be sent again: no transaction failed with it."""
        self._plans = False
        return self.info.transaction_status == extensions.TRANSACTION_STATUS_IDLE

    def _server_process(self) -> int:
        with self.cursor() as cursor:
            cursor.execute(f"SELECT pg_backend_pid(), current_setting('{database.GUARD}')")
            ((process_id, guard),) = cursor.fetchall()
        if guard == "0":
            _warn_once()
        return int(process_id)


@cache
def _warn_once() -> None:
    logger.error("%s is 0: a process that hangs would keep its locks. %s", database.GUARD, database.UNGUARDED)


class Cursor(extensions.cursor):
    """psycopg2's, and it knows of `Prepared`."""

    connection: Connection

    def execute(self, query: Any, vars: Any = None) -> None:  # noqa: A002  psycopg2's name for it
        if not isinstance(query, Prepared):
            super().execute(query, vars)
            return
        vars = _with_array_literals(vars)  # noqa: A001
        try:
            super().execute(self.connection.say(query), vars)
        except OBSOLETE:
            if not self.connection.plan_no_more():
                raise
            super().execute(query, vars)


def _with_array_literals(values: Mapping[str, Any]) -> dict[str, Any]:
    """Write lists as PostgreSQL writes arrays, for a statement that says their types.

    psycopg2's ARRAY[…] is an expression, which costs both sides two to five times as much.
    """
    return {name: _array_literal(value) if isinstance(value, list) else value for name, value in values.items()}


def _array_literal(values: list[Any]) -> Any:
    try:
        return "{" + ",".join([_ELEMENTS[type(value)](value) for value in values]) + "}"
    except KeyError:
        return values  # of another type: psycopg2 knows how


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_ELEMENTS: dict[type, Callable[[Any], str]] = {
    int: str,
    str: _quoted,
    datetime: lambda value: f'"{value.isoformat()}"',
    UUID: str,
    type(None): lambda _none: "NULL",
}


class SchemaEditor(schema.DatabaseSchemaEditor):
    """Django's own, but a migration never has people wait behind it.

    What waits for a lock on a table has everybody queue behind it who wants to read that table. So an atomic migration
    waits for `LOCK_PATIENCE` and then fails with LockNotAvailable; `manage.py prepare` tries again. One that is not
    atomic makes an index concurrently, which takes long and blocks no other statement. It can be repeated when it was
    interrupted.
    """

    def __enter__(self) -> "SchemaEditor":
        super().__enter__()
        if not self.collect_sql:
            self._wait_at_most(LOCK_PATIENCE if self.atomic_migration else "0")
        return self

    def __exit__(self, exc_type: Any, exc_value: Any, traceback: Any) -> None:
        super().__exit__(exc_type, exc_value, traceback)
        if exc_type is None and not self.collect_sql and not self.atomic_migration:
            with self.connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")

    def add_index(self, model: type[Model], index: Index, concurrently: bool = False) -> None:
        """Add it, unless an interrupted try has: the site uses what is valid, and what is not is replaced."""
        if concurrently and not self.collect_sql:
            is_valid = self._is_valid(index.name)
            if is_valid:
                return
            if is_valid is False:
                self.remove_index(model, index, concurrently=True)
        super().add_index(model, index, concurrently)

    def _is_valid(self, index: str) -> bool | None:
        """None if there is no such index."""
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [self.quote_name(index)]
            )
            found = cursor.fetchone()
        return bool(found[0]) if found else None

    def _wait_at_most(self, patience: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, %s)", [patience, self.atomic_migration])


class Features(features.DatabaseFeatures):
    """Django's own, but the first connection of a process is refused by a PostgreSQL that is older than ours may be."""

    minimum_database_version = (15,)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, but it prepares `Prepared` statements, and the health check of a kept connection is no round trip.

    PostgreSQL says nothing between two statements. So a kept connection whose
    socket has something to read was closed by the server, or is about to be, and
    only then is `SELECT 1` worth its price. What this cannot see, a peer that
    vanished without a word, the TCP timeouts in settings end.
    """

    connection: Any
    SchemaEditorClass = SchemaEditor
    features_class = Features

    def get_connection_params(self) -> dict[str, Any]:
        return {**super().get_connection_params(), "connection_factory": Connection, "cursor_factory": Cursor}

    def is_usable(self) -> bool:
        if self.connection is None or self.connection.closed:
            return False
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN)
        if not poll.poll(0):
            return True
        return super().is_usable()
