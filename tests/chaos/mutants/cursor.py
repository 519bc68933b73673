"""Claim by cursor: messages whose id is beyond the last one that was handled."""

from collections.abc import Callable
from typing import Any

from tests.chaos.injected.hooks import replace
from tests.chaos.mutants.spoiling import execute, swapped

_WAITS = "dead_lettered_at IS NULL AND (retry_at"


def apply() -> None:
    # A sequence, so that all workers have one cursor.
    execute("CREATE SEQUENCE IF NOT EXISTS mutant_cursor MINVALUE 0 START 0")
    beyond = f"id > (SELECT last_value FROM mutant_cursor) AND {_WAITS}"
    replace("socialapp.messaging.sql", "CLAIM", lambda claim: swapped(claim, _WAITS, beyond))
    replace("socialapp.messaging.consumer", "_finish", _finish_and_move_on)


def _finish_and_move_on(finish: Callable[..., None]) -> Callable[..., None]:
    def finish_and_move_on(claimed: Any) -> None:
        from django.db import connection

        finish(claimed)
        with connection.cursor() as database:
            last = max(row.id for row in claimed)
            database.execute(
                "SELECT setval('mutant_cursor', greatest(%s, (SELECT last_value FROM mutant_cursor)))", [last]
            )

    return finish_and_move_on
