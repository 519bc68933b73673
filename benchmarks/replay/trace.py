"""A trace of real reactions: `ACTOR TARGET UNIX_SECONDS KIND` a line, in order of time, maybe gzipped.

The Higgs Twitter data set of SNAP (Stanford): De Domenico, Lima, Mougel, Musolesi,
"The Anatomy of a Scientific Rumor", Scientific Reports 3, 2980 (2013).
"""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

VERBS = {"RT": "share", "RE": "comment", "MT": "like"}


class BadTrace(ValueError):
    """The file is not such a trace. The message says in which line and why."""


@dataclass(frozen=True)
class Event:
    """`actor` did `verb` (share, comment or like) to the post of `target`. `line` is where it stands in the file."""

    line: int
    actor: int
    target: int
    verb: str


def read_trace(path: Path, limit: int | None) -> list[Event]:
    """The first `limit` events. Raises BadTrace, OSError."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="ascii", errors="replace") as lines:
        return list(islice(_events(lines), limit))


def _events(lines: Iterator[str]) -> Iterator[Event]:
    for number, line in enumerate(lines, 1):
        try:
            actor, target, _at, kind = line.split()
            yield Event(number, int(actor), int(target), VERBS[kind])
        except (ValueError, KeyError) as error:
            raise BadTrace(
                f"Line {number} is not ACTOR TARGET UNIX_SECONDS KIND, with a KIND of {', '.join(VERBS)}: {line[:60]!r}"
            ) from error
