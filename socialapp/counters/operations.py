"""Change counts, and roll the changes up."""

from collections.abc import Collection, Iterable

from django.db import connection

from socialapp.counters.models import Counter, CounterDelta

ROLL_UP_BATCH = 10_000


def change(name: str, changes: Iterable[tuple[int, int]]) -> None:
    """Add to the counts called `name` of each (subject id, change), in the caller's transaction."""
    pairs = list(changes)
    if not pairs:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO counters_counterdelta (name, subject_id, change) "
            "SELECT %s, * FROM unnest(%s::bigint[], %s::int[])",
            [name, [subject for subject, _ in pairs], [by for _, by in pairs]],
        )


def change_sql(name: str, subject: str, by: int, source: str) -> str:
    """The same as a part of a larger statement: once per row of the CTE `source`, for its column `subject`."""
    return (
        f"INSERT INTO counters_counterdelta (name, subject_id, change) SELECT '{name}', {subject}, {by} FROM {source}"
    )


def settle_sql(table: str, name: str, subject: str, flag: str, where: str = "true", counts: str = "true") -> str:
    """Set `flag` of the rows in `ids` to %(uncounted)s, true or null, and count each that changes and `counts`.

    Each row counts exactly once, however often and in whatever order this is done: the flag remembers it.
    """
    return f"""
    WITH changed AS (
        UPDATE {table} SET {flag} = %(uncounted)s::boolean
        WHERE id = ANY(%(ids)s) AND {where} AND {flag} IS DISTINCT FROM %(uncounted)s::boolean
        RETURNING {subject}, {counts} AS counts
    )
    INSERT INTO counters_counterdelta (name, subject_id, change)
    SELECT '{name}', {subject}, CASE WHEN %(uncounted)s::boolean THEN -1 ELSE 1 END FROM changed WHERE counts
    """


def forget(prefix: str, subject_ids: Collection[int]) -> None:
    """Remove all counts of subjects that are gone, whose names begin with `prefix`."""
    for model in (CounterDelta, Counter):
        model.objects.filter(name__startswith=prefix, subject_id__in=subject_ids).delete()


def roll_up() -> int:
    """Move up to a batch of changes into their totals; readers see them once, before or after. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH taken AS (
                DELETE FROM counters_counterdelta WHERE id IN (
                    SELECT id FROM counters_counterdelta ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
                ) RETURNING name, subject_id, change
            ), totals AS (
                INSERT INTO counters_counter AS counter (name, subject_id, total)
                SELECT name, subject_id, sum(change) FROM taken GROUP BY name, subject_id
                ORDER BY name, subject_id  -- one order of locks for all
                ON CONFLICT (name, subject_id) DO UPDATE SET total = counter.total + excluded.total
            )
            SELECT count(*) FROM taken
            """,
            [ROLL_UP_BATCH],
        )
        return int(cursor.fetchone()[0])
