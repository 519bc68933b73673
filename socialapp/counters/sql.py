"""The statements of counts. Each reaction writes one, and each list of posts reads them."""

from socialapp.sql import Prepared

# Total plus changes in one snapshot, so that each change counts once while it is rolled up.
_COUNTS = """
SELECT name, subject_id, sum(n) FROM (
    SELECT name, subject_id, total AS n FROM counters_counter
    WHERE name = ANY(%(names)s) AND subject_id = ANY(%(subjects)s)
    UNION ALL
    SELECT name, subject_id, change FROM counters_counterdelta
    WHERE name = ANY(%(names)s) AND subject_id = ANY(%(subjects)s)
) AS parts GROUP BY name, subject_id
"""
COUNTS = Prepared(_COUNTS, names="text[]", subjects="bigint[]")

ROLL_UP = """
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
"""


def change(name: str, subject: str, by: int, source: str) -> str:
    """`operations.change` as a part of a larger statement, for the column `subject` of each row of the CTE `source`."""
    return (
        f"INSERT INTO counters_counterdelta (name, subject_id, change) SELECT '{name}', {subject}, {by} FROM {source}"
    )


def settle(table: str, name: str, subject: str, flag: str, where: str = "true", counts: str = "true") -> str:
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
