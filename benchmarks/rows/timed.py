"""What the very statements that Django sends cost the database: EXPLAIN (ANALYZE) of each, without a clock per row.

Runs inside of the product (`manage.py shell`). The embedded PostgreSQL has neither pg_stat_statements nor auto_explain.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from django.db import connection, transaction

ROUNDS = 15


@dataclass(frozen=True)
class Cost:
    """Of one call: milliseconds of execution and of planning, of the median round, and the statements of it."""

    execution_ms: float
    planning_ms: float
    statements: int


def cost_of(call: Callable[[], object], rounds: int = ROUNDS) -> Cost:
    """What `call` costs the database when it is warm. What it writes is rolled back."""
    statements = _statements(call)
    costs = [_explained(statements) for _ in range(rounds + 2)][2:]
    return Cost(median(run for run, _ in costs), median(plan for _, plan in costs), len(statements))


def told(costs: dict[str, Cost]) -> str:
    """As JSON."""
    return json.dumps({name: asdict(cost) for name, cost in costs.items()})


def _statements(call: Callable[[], object]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE")):
            found.append((sql, params))
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(note):
        call()
        transaction.set_rollback(True)
    return found


def _explained(statements: list[tuple[str, Any]]) -> tuple[float, float]:
    """Milliseconds of execution, and of planning, of all of them."""
    execution = planning = 0.0
    with transaction.atomic(), connection.cursor() as cursor:
        for sql, params in statements:
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", params)
            ((found,),) = cursor.fetchone()
            execution, planning = execution + found["Execution Time"], planning + found["Planning Time"]
        transaction.set_rollback(True)
    return execution, planning
