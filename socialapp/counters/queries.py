"""Read counts: total plus changes, in one statement, so that each change counts once."""

from collections.abc import Collection

from django.db import connection


def counts(names: Collection[str], subject_ids: Collection[int]) -> dict[tuple[str, int], int]:
    """{(name, subject id): count} of those that are not zero. One statement."""
    if not subject_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT name, subject_id, sum(n) FROM (
                SELECT name, subject_id, total AS n FROM counters_counter
                WHERE name = ANY(%(names)s) AND subject_id = ANY(%(subjects)s)
                UNION ALL
                SELECT name, subject_id, change FROM counters_counterdelta
                WHERE name = ANY(%(names)s) AND subject_id = ANY(%(subjects)s)
            ) AS parts GROUP BY name, subject_id
            """,
            {"names": list(names), "subjects": list(subject_ids)},
        )
        return {(name, subject): int(total) for name, subject, total in cursor.fetchall()}
