"""Read counters: totals plus deltas, in one statement, so that each delta counts once."""

from collections.abc import Collection

from socialapp.counters import sql
from socialapp.replica import reading


def counts(names: Collection[str], subject_ids: Collection[int]) -> dict[tuple[str, int], int]:
    """{(name, subject id): count} of those that are not zero. One statement."""
    if not subject_ids:
        return {}
    with reading().cursor() as cursor:
        cursor.execute(
            sql.COUNTS,
            {"names": list(names), "subjects": list(subject_ids)},
        )
        return {(name, subject): int(total) for name, subject, total in cursor.fetchall()}
