"""The database backend of the product: `ENGINE = "config.postgres"`."""

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg2 import errors, extensions

from socialapp.planned import Planned

# A pooler that was not noticed, DISCARD ALL, or a table that was altered since.
MOOT = (errors.InvalidSqlStatementName, errors.DuplicatePreparedStatement, errors.FeatureNotSupported)


class Connection(extensions.connection):
    """A connection that plans a `Planned` statement once.

    Behind a pooler that hands each transaction to another session, what one
    prepared another does not know; so there it executes the text each time. So
    it does from then on, too, when what it prepared turns out to be moot.
    """

    _prepared: set[str] | None = None
    _plans: bool = True

    def say(self, statement: Planned) -> str:
        """What to execute for it: prepared by now, if need be."""
        if self._prepared is None:
            # A pooler makes up the process id that it tells at connect.
            self._plans = self._server_process() == self.info.backend_pid
            self._prepared = set()
        if not self._plans:
            return statement
        if statement.execution not in self._prepared:
            with self.cursor() as cursor:
                cursor.execute(statement.preparation)
            self._prepared.add(statement.execution)
        return statement.execution

    def plan_no_more(self) -> bool:
        """Whether the statement that failed for a moot plan can be said again: no transaction failed with it."""
        self._plans = False
        return self.info.transaction_status == extensions.TRANSACTION_STATUS_IDLE

    def _server_process(self) -> int:
        with self.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            ((process_id,),) = cursor.fetchall()
            return int(process_id)


class Cursor(extensions.cursor):
    """psycopg2's, and it knows of `Planned`."""

    connection: Connection

    def execute(self, query: Any, vars: Any = None) -> None:  # noqa: A002  psycopg2's name for it
        if not isinstance(query, Planned):
            super().execute(query, vars)
            return
        try:
            super().execute(self.connection.say(query), vars)
        except MOOT:
            if not self.connection.plan_no_more():
                raise
            super().execute(query, vars)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, but it plans `Planned` statements once, and the health check of a kept connection is no round trip.

    PostgreSQL says nothing between two statements. So a kept connection whose
    socket has something to read was closed by the server, or is about to be, and
    only then is `SELECT 1` worth its price. What this cannot see, a peer that
    vanished without a word, the TCP timeouts in settings end.
    """

    connection: Any

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
