"""Reports to the moderators, and what these did, against the record."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from tests.chaos.checker.filed import Evidence, Filed
from tests.chaos.checker.findings import Kind, Report
from tests.chaos.checker.ledger import Ledger
from tests.chaos.checker.rows import Rows
from tests.chaos.record import Intention

ACTS = ("dismiss", "warn")


def compare_cases(ledger: Ledger, rows: Rows, report: Report) -> None:
    """Each report that was accepted is there once, with its evidence, in the one open case of its person."""
    filed: defaultdict[tuple[str, str], list[Filed]] = defaultdict(list)
    for found in rows.filed:
        filed[found.reporter, found.words].append(found)
    for intention in ledger.record:
        if intention.verb == "report":
            _compare(intention, filed.pop((intention.client, f"Report {intention.key}"), []), rows, report)
    for who, words in filed:
        report.add(Kind.UNCAUSED, "stored", f"the report of {who}: {words}")
    _compare_open(rows, report)
    _compare_acts(ledger, rows, report)
    _compare_notices(rows, report)


def _compare(intention: Intention, found: Sequence[Filed], rows: Rows, report: Report) -> None:
    what, lines = f"report {intention.key} about {intention.person}", [intention.n]
    answered = (intention.answer or {}).get("id")
    if intention.outcome == "accepted" and answered not in {filed.id for filed in found}:
        report.add(Kind.LOST, "stored", f"{what}, which the answer called {answered}", lines)
    elif intention.outcome == "refused" and found:
        report.add(Kind.UNCAUSED, "stored", f"{what}, which was refused", lines)
    if len(found) > 1:
        report.add(Kind.DOUBLED, "stored", f"{what}: {len(found)} of them", lines)
    for filed in found:
        if filed.person != intention.person:
            report.add(Kind.UNCAUSED, "stored", f"{what} is in a case about {filed.person}", lines)
        if not _is_kept(intention, filed.evidence, rows):
            report.add(Kind.LOST, "stored", f"{what} has the evidence {filed.evidence}", lines)


def _is_kept(intention: Intention, evidence: Sequence[Evidence], rows: Rows) -> bool:
    """The post with its words, which nobody edits here; or, of a report about a person, the profile."""
    if not intention.post:
        return [post for post, _ in evidence] == [0]
    text = rows.texts.get(intention.post)
    return text is not None and list(evidence) == [(text.id, text.body)]


def _compare_open(rows: Rows, report: Report) -> None:
    still_open = Counter(case.person for case in rows.cases if case.is_open)
    for person, number in still_open.items():
        if number > 1:
            report.add(Kind.DOUBLED, "stored", f"{number} open cases about {person}")
    waiting = {filed.person for filed in rows.filed if filed.is_open}
    for person in waiting - still_open.keys():
        report.add(Kind.LOST, "stored", f"reports about {person} are open, and no case is")
    for person in still_open.keys() - waiting:
        report.add(Kind.UNCAUSED, "stored", f"a case about {person} is open, without a report")


def _compare_acts(ledger: Ledger, rows: Rows, report: Report) -> None:
    """What a moderator did is in the log once, and ended the case."""
    still_open = {case.id for case in rows.cases if case.is_open}
    log = Counter(rows.acts)
    for intention in ledger.record:
        if intention.verb in ACTS:
            times = log.pop((intention.verb, intention.case), 0)
            what, lines = f"{intention.verb} in case {intention.case}", [intention.n]
            if intention.outcome == "accepted" and (not times or intention.case in still_open):
                report.add(Kind.LOST, "stored", what, lines)
            elif intention.outcome == "refused" and times:
                report.add(Kind.UNCAUSED, "stored", f"{what}, which was refused", lines)
            if times > 1:
                report.add(Kind.DOUBLED, "stored", f"{what}: {times} times", lines)
    for verb, case in log:
        report.add(Kind.UNCAUSED, "stored", f"{verb} in case {case}")


def _compare_notices(rows: Rows, report: Report) -> None:
    """Who reported is told once what became of it, and who was warned is told of that."""
    people = {case.id: case.person for case in rows.cases}
    due = Counter((filed.reporter, f"report {filed.id}") for filed in rows.filed if not filed.is_open)
    for (verb, case), times in rows.acts.items():
        if verb == "warn":
            due[people.get(case, ""), f"warn in case {case}"] += times
    told = Counter(
        (notice.person, f"report {notice.report}" if notice.report else f"{notice.verb} in case {notice.case}")
        for notice in rows.notices
    )
    for place in due.keys() | told.keys():
        if due[place] != told[place]:
            kind = Kind.LOST if due[place] > told[place] else Kind.DOUBLED
            what = f"{place[0]} was told {told[place]} times of {place[1]}, not {due[place]}"
            report.add(kind, "stored", what)
