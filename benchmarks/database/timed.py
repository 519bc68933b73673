"""What the statements that the product sends cost the database: EXPLAIN (ANALYZE) of each, without a clock per row.

Runs inside of the product (`manage.py shell`). The embedded PostgreSQL comes without pg_stat_statements.
"""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from django.db import connection, transaction

Statement = tuple[str, Any]


@dataclass(frozen=True)
class Cost:
    """Of one call: milliseconds of planning and executing, of its median round; and the statements of it."""

    planning_ms: float
    execution_ms: float
    statements: int


def cost_of(call: Callable[[], object], rounds: int) -> Cost:
    """What `call` costs the database when it is warm. What it writes is rolled back."""
    statements = _statements_of(call)
    _explained(statements)
    costs = [_explained(statements) for _ in range(rounds)]
    planning, execution = (median(values) for values in zip(*costs, strict=True))
    return Cost(planning, execution, len(statements))


def _statements_of(call: Callable[[], object]) -> list[Statement]:
    found: list[Statement] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        found.append((sql, params))
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(note):
        call()
        transaction.set_rollback(True)
    return found


def _explained(statements: list[Statement]) -> tuple[float, float]:
    """Milliseconds of planning and of execution. A statement that is planned once (`Prepared`) is not planned again."""
    planning = execution = 0.0
    with transaction.atomic(), connection.cursor() as cursor:
        for sql, params in statements:
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {getattr(sql, 'execution', sql)}", params)
            ((found,),) = cursor.fetchone()
            planning, execution = planning + found["Planning Time"], execution + found["Execution Time"]
        transaction.set_rollback(True)
    return planning, execution
