"""A place in somebody's news: what was told up to here need not be told again."""

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
        """None when it is none of ours: then nothing is known of what was told."""
        found = _FORM.fullmatch(text)
        return cls(*(int(part) for part in found.groups())) if found else None
