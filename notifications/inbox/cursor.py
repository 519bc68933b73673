"""A place in somebody's news, up to which a client knows everything."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

EPOCH = datetime.fromtimestamp(0, UTC)
_LAST = (datetime(9999, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
_FORM = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})\.([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class Cursor:
    """`seq` and `version` as in unread_counts.InboxState; new posts are known up to `at`, in microseconds."""

    seq: int
    version: int
    at: int

    def __str__(self) -> str:
        return f"{self.seq}.{self.version}.{self.at}"

    @property
    def moment(self) -> datetime:
        """`at` as a time."""
        return EPOCH + timedelta(microseconds=min(self.at, _LAST))

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Parse a cursor; None when it is not one of ours, so that nothing counts as known."""
        found = _FORM.fullmatch(text)
        return cls(*(int(part) for part in found.groups())) if found else None
