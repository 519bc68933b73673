"""Change counts, and roll the changes up."""

from collections.abc import Collection, Iterable

from django.db import connection

from socialapp.counters import sql
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


def forget(prefix: str, subject_ids: Collection[int]) -> None:
    """Remove all counts of subjects that are gone, whose names begin with `prefix`."""
    for model in (CounterDelta, Counter):
        model.objects.filter(name__startswith=prefix, subject_id__in=subject_ids).delete()


def roll_up() -> int:
    """Move up to a batch of changes into their totals; readers see them once, before or after. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            sql.ROLL_UP,
            [ROLL_UP_BATCH],
        )
        return int(cursor.fetchone()[0])
