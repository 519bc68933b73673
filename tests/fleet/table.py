"""What each event cost, a line each, shown when the tests have ended."""

from collections import Counter
from dataclasses import dataclass

from benchmarks.percentiles import percentile
from tests.fleet.client import Reaction

HEAD = (
    f"{'event':<58} {'accepted':>8} {'lost':>4} {'doubled':>7} | answer {'p50':>7} {'p99':>7} {'longest':>7} | "
    f"inbox {'p99':>7} {'longest':>7} | page {'longest':>7} | tries that were refused"
)


@dataclass(frozen=True)
class Line:
    """Of one event: reactions, and what was lost or doubled of them; seconds from accepted to inbox."""

    event: str
    reactions: list[Reaction]
    lost: int
    doubled: int
    to_inbox: list[float]

    def __str__(self) -> str:
        waits = [each.wait for each in self.reactions if each.wait is not None]
        shown = [each.shown for each in self.reactions if each.shown is not None]
        refused = Counter(why for each in self.reactions for why in each.refused)
        return (
            f"{self.event:<58} {len(waits):>8,} {self.lost:>4} {self.doubled:>7} | answer "
            f"{_s(percentile(waits, 50))} {_s(percentile(waits, 99))} {_s(max(waits))} | "
            f"inbox {_s(percentile(self.to_inbox, 99))} {_s(max(self.to_inbox))} | page {_s(max(shown))} | "
            + (", ".join(f"{number} {why}" for why, number in refused.most_common()) or "none")
        )


def _s(seconds: float) -> str:
    return f"{seconds:6.2f}s" if seconds < 100 else f"{seconds:6.0f}s"


LINES: list[Line] = []
