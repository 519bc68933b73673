"""What the checker says: findings, each with the lines of the record that prove it, and figures."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from tests.chaos.checker.activities import Claim, Says

SHOWN_OF_EACH = 5


class Kind(StrEnum):
    """In the words of issue and report."""

    LOST = "accepted and lost"
    DOUBLED = "doubled"
    UNCAUSED = "appeared without cause"
    UNDONE = "undone but shown"
    TORN = "views disagree on what was never answered"
    BADGE = "badge ≠ rows"
    COUNT = "counts ≠ rows"
    LATE = "not delivered at the end"


@dataclass(frozen=True)
class Finding:
    """`where`: stored, inbox, shown, feed, email, push, webhook. `lines`: the intentions (n) that prove it."""

    kind: Kind
    where: str
    what: str
    lines: tuple[int, ...] = ()

    def __str__(self) -> str:
        proof = f"  [record {', '.join(map(str, self.lines))}]" if self.lines else ""
        return f"{self.kind}, {self.where}: {self.what}{proof}"


@dataclass
class Channel:
    """Of each activity and each endpoint of its recipient: what became of it. `again`: arrivals beyond the first."""

    sent: int = 0
    withheld: int = 0
    dead: int = 0
    waiting: int = 0
    arrived: int = 0
    again: int = 0


@dataclass
class Report:
    """All of it. Well when nothing was found."""

    findings: list[Finding] = field(default_factory=list)
    intentions: dict[str, int] = field(default_factory=dict)
    activities: dict[str, int] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    delays_s: dict[str, float] = field(default_factory=dict)

    @property
    def is_well(self) -> bool:
        return not self.findings

    def of(self, kind: Kind) -> list[Finding]:
        """All of a kind."""
        return [finding for finding in self.findings if finding.kind is kind]

    def add(self, kind: Kind, where: str, what: str, lines: Iterable[int] = ()) -> None:
        self.findings.append(Finding(kind, where, what, tuple(lines)))

    def absent(self, where: str, what: str, claim: Claim) -> None:
        """It must be there and is not."""
        self.add(Kind.TORN if claim.says is Says.EITHER else Kind.LOST, where, what, claim.lines)

    def present(self, where: str, what: str, claim: Claim) -> None:
        """It must not be there and is."""
        kind = Kind.TORN if claim.says is Says.EITHER else Kind.UNDONE if claim.ever else Kind.UNCAUSED
        self.add(kind, where, what, claim.lines)

    def as_json(self) -> dict[str, Any]:
        said = asdict(self)
        return {**said, "is_well": self.is_well}

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def _lines(report: Report) -> Sequence[str]:
    lines = [
        "record      " + _counts(report.intentions),
        "activities       " + _counts(report.activities),
    ]
    lines += [f"{name:11} {_counts(asdict(channel))}" for name, channel in sorted(report.channels.items())]
    if report.delays_s:
        lines.append("to inboxes  " + ", ".join(f"{name} {value:.3f} s" for name, value in report.delays_s.items()))
    for kind in Kind:
        found = report.of(kind)
        lines.append(f"{len(found):6}  {kind}")
        lines += [f"        {finding}" for finding in found[:SHOWN_OF_EACH]]
        if len(found) > SHOWN_OF_EACH:
            lines.append(f"        … and {len(found) - SHOWN_OF_EACH} more")
    return lines


def _counts(counts: Any) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items()) or "none"
