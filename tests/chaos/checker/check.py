"""All comparisons, in turn."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.checker.activities import Says
from tests.chaos.checker.arrived import Arrived, read_arrived
from tests.chaos.checker.cases import compare_cases
from tests.chaos.checker.channels import compare_channels
from tests.chaos.checker.findings import Kind, Report
from tests.chaos.checker.hearing import compare_hearing
from tests.chaos.checker.inboxes import compare_members, compare_shown
from tests.chaos.checker.ledger import Ledger, ledger_of
from tests.chaos.checker.numbers import compare_badges, compare_counts, compare_feeds, compare_looks
from tests.chaos.checker.reading import compare_reading
from tests.chaos.checker.rows import Rows, read_rows
from tests.chaos.checker.shown import Shown, read_shown
from tests.chaos.checker.truth import Truth, find_truth
from tests.chaos.checker.world import Disturbance, World, read_disturbances, read_record, read_world
from tests.chaos.record import Intention


def check(folder: Path) -> Report:
    """Of a run that has come to rest, and still runs. Raises psycopg2.Error, OSError when it cannot be asked."""
    world = read_world(folder)
    rows = read_rows(world.database)
    shown = read_shown(world, rows.texts.values())
    arrived = read_arrived(world, rows.endpoints.values()) if world.fakes else Arrived()
    return compare(world, read_record(folder), rows, shown, arrived, read_disturbances(folder))


def compare(
    world: World,
    record: Sequence[Intention],
    rows: Rows,
    shown: Shown,
    arrived: Arrived,
    disturbances: Sequence[Disturbance] = (),
) -> Report:
    """What was seen, against what was answered."""
    report = Report(intentions=dict(Counter(str(intention.outcome) for intention in record)))
    ledger = ledger_of(record, world.posts)
    truth = find_truth(world, ledger, rows, report)
    compare_members(truth, rows, report)
    compare_shown(truth, rows, shown, report)
    compare_badges(truth, rows, shown, report)
    compare_counts(world, truth, rows, shown, report)
    compare_looks(truth, rows, shown, report)
    compare_feeds(truth, rows, shown, report)
    compare_reading(ledger, truth, rows, shown, report)
    compare_hearing(truth, rows, shown, arrived, report)
    compare_cases(ledger, rows, report)
    compare_channels(world, truth, rows, arrived, disturbances, report)
    for what in rows.waiting:
        report.add(Kind.LATE, "inbox", f"waits: {what}")
    for why in rows.set_aside:
        report.add(Kind.LOST, "inbox", f"set aside: {why}")
    _figures(ledger, record, truth, rows, report)
    return report


def _figures(ledger: Ledger, record: Sequence[Intention], truth: Truth, rows: Rows, report: Report) -> None:
    report.activities = dict(Counter(str(standing.claim.says) for standing in truth.activities.values()))
    delays = sorted(
        max(0.0, member.delivered_at - standing.claim.since)
        for member in rows.members
        if (standing := truth.activities.get(member.activity))
        and standing.claim.says is Says.YES
        and len(standing.claim.lines) == 1
        and standing.claim.since
    )
    accepted = [intention.tries[-1].ended_at for intention in record if intention.outcome == "accepted"]
    if delays:
        report.delays_s = {"p50": delays[len(delays) // 2], "p99": delays[len(delays) * 99 // 100], "most": delays[-1]}
    if delays and accepted:
        last = max(member.delivered_at for member in rows.members)
        report.delays_s["all after the last answer"] = max(0.0, last - max(accepted))
