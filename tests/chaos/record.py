"""The record: what each client wanted, tried and was answered. One line of JSON per intention, written when it ends."""

import json
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

Verb = Literal[
    "like", "unlike", "share", "unshare", "comment", "uncomment", "follow", "unfollow", "post", "unpost",
    "block", "unblock", "read", "approve", "refuse", "report", "dismiss", "warn",
]  # fmt: skip
Outcome = Literal["accepted", "refused", "unknown"]


@dataclass
class Try:
    """One request. Times are Unix seconds; `error` (timeout, reset, refused …) when there was no answer."""

    sent_at: float
    ended_at: float = 0.0
    status: int | None = None
    error: str | None = None

    @property
    def is_open(self) -> bool:
        """It may or may not have taken effect, now or later."""
        return self.status is None or self.status >= 500


@dataclass
class Intention:
    """Something a client wants: `post`, `comment` (ids) and `person` (a username) are what it is done to.

    The `post` that is liked, shared or answered may be a reply. `names` are the usernames in the text of what is made;
    of `comment` and `post`, its id is in `answer["id"]`, and `visibility` says for whom it is to be ("": nothing was
    said). A `report` is about a person, or about a `post` of theirs, and has its key in its words. `ids` are the
    notifications that are read, none for all, as far as they were seen at `until`. `case` (its id) is what a moderator
    ends.
    """

    n: int
    client: str
    verb: Verb
    post: int | None = None
    comment: int | None = None
    person: str | None = None
    key: str = ""
    names: list[str] = field(default_factory=list)
    visibility: str = ""
    ids: list[str] = field(default_factory=list)
    until: str = ""
    case: int = 0
    begun_at: float = 0.0
    tries: list[Try] = field(default_factory=list)
    outcome: Outcome = "unknown"
    answer: dict[str, Any] | None = None

    def conclude(self) -> None:
        """The outcome, by the last try and those before it."""
        last = self.tries[-1]
        if last.status is not None and 200 <= last.status < 300:
            self.outcome = "accepted"
        elif last.is_open or any(earlier.is_open for earlier in self.tries[:-1]):
            self.outcome = "unknown"
        else:
            self.outcome = "refused"


class Record:
    """record.jsonl in a folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "record.jsonl"
        self._file = self.path.open("a")
        self.number = 0

    def begin(self, client: str, verb: Verb, at: float, **what: Any) -> Intention:
        """A new intention; its line comes when it ends."""
        self.number += 1
        return Intention(self.number, client, verb, begun_at=at, **what)

    def end(self, intention: Intention) -> None:
        """Write it down, with its outcome."""
        intention.conclude()
        self._file.write(json.dumps(asdict(intention)) + "\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def longest_silence_s(path: Path, since: float, until: float) -> float:
    """Of a record between two times: the longest in which nothing was accepted."""
    tries = [tried for line in path.read_text().splitlines() for tried in json.loads(line)["tries"]]
    accepted: list[float] = sorted(tried["ended_at"] for tried in tries if tried["status"] and tried["status"] < 300)
    moments = [since, *(at for at in accepted if since < at < until), until]
    return max(later - earlier for earlier, later in pairwise(moments))
