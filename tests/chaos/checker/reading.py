"""What was read stays read, and nothing is read that its owner did not read."""

from tests.chaos.checker.findings import Kind, Report
from tests.chaos.checker.ledger import Ledger
from tests.chaos.checker.rows import Rows
from tests.chaos.checker.shown import Shown
from tests.chaos.checker.truth import Truth
from tests.chaos.record import Intention


def compare_reading(ledger: Ledger, truth: Truth, rows: Rows, shown: Shown, report: Report) -> None:
    """Each entry that is shown: read if it stands where it was read, and unread if it moved up since."""
    for person, entries in shown.inboxes.items():
        reads = [read for read in ledger.reads if read.client == person]
        for entry in entries:
            number = int(entry.id[1:])
            if entry.kind == "post":
                at = round(truth.texts[number].created_at * 1_000_000) if number in truth.texts else 0
                place, part = at, 2
            else:
                place, part = rows.groups[number].seq if number in rows.groups else 0, 0
            covering = [read for read in reads if _covers(read, entry.id, place, part)]
            accepted = [read.n for read in covering if read.outcome == "accepted"]
            what = f"{person}: {entry.kind} of post {entry.post}"
            if entry.unread and accepted:
                report.add(Kind.LOST, "shown", f"{what} was read, and is shown as unread", accepted)
            elif not entry.unread and not covering:
                report.add(Kind.UNCAUSED, "shown", f"{what} is read, by nobody")


def _covers(read: Intention, entry: str, place: int, part: int) -> bool:
    """Whether it was read with this: `until` is where the inbox stood, how often it was read, and the time in µs."""
    if read.ids and entry not in read.ids:
        return False
    return bool(read.ids and entry.startswith("p")) or place <= int(read.until.split(".")[part])
