"""The database backend of the product: `ENGINE = "config.postgres"`."""

import select
from typing import Any

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, but the health check of a kept connection costs no round trip.

    PostgreSQL says nothing between two statements. So a kept connection whose
    socket has something to read was closed by the server, or is about to be, and
    only then is `SELECT 1` worth its price. What this cannot see, a peer that
    vanished without a word, the TCP timeouts in settings end.
    """

    connection: Any

    def is_usable(self) -> bool:
        if self.connection is None or self.connection.closed:
            return False
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN)
        if not poll.poll(0):
            return True
        return super().is_usable()
