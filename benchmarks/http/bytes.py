"""What one like, comment, follow and post leave on disk, with their notifications and indexes, and in the WAL."""

from collections.abc import Iterator
from itertools import islice

from benchmarks.bench import CorrectnessError, Figure, Progress, Result, Settings
from benchmarks.database.truth import check, wait_until_empty
from benchmarks.http.activities import requests_of
from benchmarks.http.sides import OURS, sides
from benchmarks.load import offer
from benchmarks.percentiles import middle
from benchmarks.systems.product import Socialapp
from benchmarks.systems.system import Request

RATE, NUMBER, NUMBER_QUICK = 200.0, 4_000, 100
# Of what stays: messages are gone once they took effect, and their room is used again.
_SIZES = """
SELECT relname, pg_total_relation_size(oid) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname NOT IN ('messaging_outbox', 'cache')
"""
_WAL = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"
WAL = "WAL"

Grown = dict[str, float]  # bytes of each table, and of WAL


class Bytes:
    """So many of each kind, until no message waits. A page that changes for the first time is in the WAL whole."""

    name = "bytes"
    what = "bytes on disk and in the WAL of a like, a comment, a follow and a post, with all that follows from them"

    def run(self, settings: Settings, progress: Progress) -> Result:
        number = NUMBER_QUICK if settings.quick else NUMBER
        with sides(settings, progress, OURS) as (stack,):
            kinds = requests_of(stack, settings.rounds * number, away=2)
            found: dict[str, list[Grown]] = {kind: [] for kind in kinds}
            for turn in range(settings.rounds):
                for kind, requests in kinds.items():
                    progress.step(f"{kind}s", 0.1 + 0.9 * turn / settings.rounds)
                    found[kind].append(_measure(stack, list(islice(requests, number))))
            findings = check(stack)
        return Result(list(_figures(found)), {"number": number, "bytes": found, "audit": findings})


def _measure(stack: Socialapp, requests: list[Request]) -> Grown:
    """Bytes of each. Raises CorrectnessError when an answer was not 201."""
    before, wal_before = _sizes(stack), _wal(stack)
    offered = offer(stack.url, requests, rate=RATE)
    wait_until_empty(stack)
    if offered.errors:
        raise CorrectnessError(f"Of {len(requests)} requests, {offered.errors} were not answered 201.")
    wal = _wal(stack) - wal_before
    grown = {name: (size - before[name]) / len(requests) for name, size in _sizes(stack).items()}
    return {**grown, WAL: wal / len(requests)}


def _sizes(stack: Socialapp) -> dict[str, int]:
    stack.ask("VACUUM")  # what was deleted makes no table longer
    return dict(stack.ask(_SIZES))


def _wal(stack: Socialapp) -> int:
    ((place,),) = stack.ask(_WAL)
    return int(place)


def _figures(found: dict[str, list[Grown]]) -> Iterator[Figure]:
    for kind, grown in found.items():
        tables = {name: middle([each[name] for each in grown])[0] for name in grown[0] if name != WAL}
        most = sorted(tables.items(), key=lambda table: -table[1])[:5]
        note = ", ".join(f"{name} {size:.0f}" for name, size in most if size >= 1)
        value, spread = middle([sum(size for name, size in each.items() if name != WAL) for each in grown])
        yield Figure(f"{kind}: on disk", value, "bytes", "", None, spread, note)
        value, spread = middle([each[WAL] for each in grown])
        yield Figure(f"{kind}: in the WAL", value, "bytes", "", None, spread)
