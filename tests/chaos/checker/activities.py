"""What somebody may be told of, and what the record says of it."""

from dataclasses import dataclass, field
from enum import StrEnum

KINDS = ("like", "share", "comment", "reply", "mention", "follow", "request", "accept", "moderation")


class Says(StrEnum):
    """What the record says of something at the end."""

    YES = "must be"
    NO = "must not be"
    EITHER = "may be"


@dataclass(frozen=True, order=True)
class Activity:
    """That `recipient` may be told that `actor` did `kind` to `post` (0: a follow), by `comment` (0: by none)."""

    recipient: str
    kind: str
    post: int
    actor: str
    comment: int = 0

    @property
    def group(self) -> tuple[str, str, int]:
        """Of one row of an inbox."""
        return self.recipient, self.kind, self.post

    def __str__(self) -> str:
        what = f"{self.kind} of {self.actor}" + (f" on post {self.post}" if self.post else "")
        return what + (f" (comment {self.comment})" if self.comment else "") + f" to {self.recipient}"


@dataclass
class Claim:
    """What the record says of one thing: a like, a share, a follow, a comment, a post.

    `undone`: somebody tried to take it back. `lines`: the intentions that prove it. `since`: when it was accepted last.
    """

    says: Says = Says.NO
    undone: bool = False
    ever: bool = False
    since: float = 0.0
    lines: list[int] = field(default_factory=list)

    def settled(self, there: bool) -> bool:
        """What is to be taken for true: where the record leaves it open, what is stored."""
        return there if self.says is Says.EITHER else self.says is Says.YES
