"""Reports to the moderators and what these did, as it is stored, read by SQL of our own."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Ask = Callable[[str], list[tuple[Any, ...]]]
Evidence = tuple[int, str]  # a post's id, 0 for a profile; and its words


@dataclass(frozen=True)
class Filed:
    """A stored report, the person of its case, and what was kept with it."""

    id: int
    reporter: str
    person: str
    words: str
    case: int
    is_open: bool = True
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Case:
    """All that was open about a person at a time."""

    id: int
    person: str
    is_open: bool = True


@dataclass(frozen=True)
class Notice:
    """That moderators wrote to somebody: of what became of a `report`, or that they did `verb` in a `case`."""

    id: int
    person: str
    report: int = 0
    verb: str = ""
    case: int = 0


def read_filed(ask: Ask, names: Mapping[int, str]) -> Iterator[Filed]:
    """All reports. `names`: usernames by id."""
    kept: defaultdict[int, list[Evidence]] = defaultdict(list)
    for report, post, text in ask(
        "SELECT report_id, post_id, text FROM moderation_report_evidence AS link "
        "JOIN moderation_evidence AS evidence ON evidence.id = link.evidence_id ORDER BY evidence.id"
    ):
        kept[report].append((post, text))
    for id_, reporter, person, words, case, is_open in ask(
        "SELECT report.id, reporter_id, person_id, words, case_id, state = 'open' "
        "FROM moderation_report AS report JOIN moderation_case AS its_case ON its_case.id = case_id ORDER BY report.id"
    ):
        yield Filed(id_, names[reporter], names[person], words, case, is_open, tuple(kept[id_]))


def read_cases(ask: Ask, names: Mapping[int, str]) -> Iterator[Case]:
    """All of them."""
    for id_, person, is_open in ask("SELECT id, person_id, closed_at IS NULL FROM moderation_case ORDER BY id"):
        yield Case(id_, names[person], is_open)


def read_acts(ask: Ask) -> Counter[tuple[str, int]]:
    """How often moderators did what in which case."""
    return Counter((verb, case) for verb, case in ask("SELECT verb, coalesce(case_id, 0) FROM moderation_action"))


def read_notices(ask: Ask, names: Mapping[int, str]) -> Iterator[Notice]:
    """All of them."""
    for id_, person, report, verb, case in ask(
        "SELECT notice.id, notice.person_id, coalesce(report_id, 0), coalesce(verb, ''), coalesce(case_id, 0) "
        "FROM moderation_notice AS notice LEFT JOIN moderation_action AS action ON action.id = action_id ORDER BY 1"
    ):
        yield Notice(id_, names[person], report, verb, case)
