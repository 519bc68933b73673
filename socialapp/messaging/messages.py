"""Every message that apps publish to each other, named in the past tense. Ids and plain values only.

A message travels as a row with its class name and its fields as JSON. Fields may be added with a default: an old worker
ignores what it does not know, and a message whose name it does not know waits for a newer one. Never rename a field or
a class that may still be under way.
"""

from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from functools import cache, cached_property
from typing import Any, ClassVar, Self


class ActivityKind(StrEnum):
    """What a person did, as messages and inboxes say it; and that the moderators wrote."""

    LIKE = "like"
    SHARE = "share"
    COMMENT = "comment"
    REPLY = "reply"
    MENTION = "mention"
    FOLLOW = "follow"
    REQUEST = "request"
    ACCEPT = "accept"
    MODERATION = "moderation"


# The actor of an activity that has no particular person behind it.
NOBODY = 0


@dataclass(frozen=True, kw_only=True)
class Message:
    """Something that happened. Messages of one shard are handled in order, by one consumer at a time."""

    sharded_by: ClassVar[str] = "recipient_id"
    # The later of two messages with the same key replaces the earlier.
    # Empty: each message counts.
    key_fields: ClassVar[tuple[str, ...]] = ()
    topic: ClassVar[str] = ""

    # The id of the request or task that led to it. It does not count when messages are compared.
    request_id: str = field(default="", compare=False)

    @property
    def sharding_id(self) -> int:
        return int(getattr(self, self.sharded_by))

    @cached_property
    def key(self) -> str:
        if not self.key_fields:
            return ""
        return ":".join([self.topic, *(str(getattr(self, name)) for name in self.key_fields)])

    @classmethod
    def from_body(cls, body: dict[str, Any]) -> Self:
        """Make a message from its JSON. Unknown fields are ignored. Raises TypeError when a required one is missing."""
        known = {name: body[name] for name in _names_of(cls) if name in body}  # type: ignore[arg-type]
        if isinstance(known.get("at"), str):
            known["at"] = datetime.fromisoformat(known["at"])
        return cls(**known)

    def to_body(self) -> dict[str, Any]:
        body = asdict(self)
        if isinstance(body.get("at"), datetime):
            body["at"] = body["at"].isoformat()
        return body


@cache
def _names_of(kind: type[Message]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@dataclass(frozen=True, kw_only=True)
class _Reaction(Message):
    topic = "reaction"
    key_fields = ("recipient_id", "kind", "post_id", "actor_id", "reply_id")

    recipient_id: int
    actor_id: int
    kind: str  # an ActivityKind, but FOLLOW and MODERATION
    post_id: int
    reply_id: int = 0  # of a comment, a reply, or what mentions somebody in one, so that each one counts
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ReactionAdded(_Reaction):
    """`actor_id` reacted to a post of `recipient_id`, or mentioned them, at `at`."""


@dataclass(frozen=True, kw_only=True)
class ReactionRemoved(_Reaction):
    """`actor_id` took it back, or it disappeared, at `at`."""


@dataclass(frozen=True, kw_only=True)
class _Follow(Message):
    topic = "follow"
    key_fields = ("recipient_id", "actor_id")

    recipient_id: int
    actor_id: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class PersonFollowed(_Follow):
    """`actor_id` follows `recipient_id` since `at`. `approved`: the recipient approved it, so they know already."""

    approved: bool = False


@dataclass(frozen=True, kw_only=True)
class PersonUnfollowed(_Follow):
    """`actor_id` no longer follows `recipient_id`, since `at`."""


@dataclass(frozen=True, kw_only=True)
class _FollowNotice(Message):
    topic = "follow notice"
    key_fields = ("recipient_id", "kind", "actor_id")

    recipient_id: int
    actor_id: int
    kind: str  # ActivityKind.REQUEST or ACCEPT
    at: datetime


@dataclass(frozen=True, kw_only=True)
class FollowNoticeAdded(_FollowNotice):
    """`actor_id` asks to follow `recipient_id`, or accepted that `recipient_id` follows them, at `at`."""


@dataclass(frozen=True, kw_only=True)
class FollowNoticeRemoved(_FollowNotice):
    """The request was answered or taken back, or the follow that was accepted has ended, at `at`."""


@dataclass(frozen=True, kw_only=True)
class FollowRequestsAnswered(Message):
    """`person_id` approved or refused all requests up to `until`, an id.

    A batch is answered at a time, and it is published again while more are left.
    """

    sharded_by = "person_id"
    topic = "follow requests"
    # Each answer counts, in the order in which they were given.
    key_fields = ("person_id", "until")

    person_id: int
    until: int
    approve: bool


@dataclass(frozen=True, kw_only=True)
class PostPublished(Message):
    """`author_id` posted `post_id`, at `at`."""

    sharded_by = "author_id"
    topic = "post"
    key_fields = ("post_id",)

    author_id: int
    post_id: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class PersonBlocked(Message):
    """What `actor_id` did is withheld from `recipient_id`: since `at`, one of the two blocks the other.

    Published for both orders of the two.
    """

    topic = "block"
    key_fields = ("recipient_id", "actor_id")

    recipient_id: int
    actor_id: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class NoticeSent(Message):
    """The moderators wrote `notice_id` to `recipient_id`, at `at`."""

    topic = "notice"
    key_fields = ("notice_id",)

    recipient_id: int
    notice_id: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class StrangerAnswered(Message):
    """`recipient_id` accepted what `actor_id` has in their box of notices from strangers, or dropped it.

    A batch is moved at a time, and it is published again while more is left.
    """

    topic = "stranger"
    key_fields = ("recipient_id", "actor_id")

    recipient_id: int
    actor_id: int
    accepted: bool


@dataclass(frozen=True, kw_only=True)
class AccountDeleted(Message):
    """`person_id` deleted their account. Apps remove a batch of their rows, and publish it again while any are left."""

    sharded_by = "person_id"
    topic = "account"
    key_fields = ("person_id",)

    person_id: int


@dataclass(frozen=True, kw_only=True)
class _Suspension(Message):
    sharded_by = "person_id"
    topic = "suspension"
    key_fields = ("person_id",)

    person_id: int


@dataclass(frozen=True, kw_only=True)
class PersonSuspended(_Suspension):
    """`person_id` was suspended. Each app settles a batch of their rows, and publishes it again while more are left.

    By the time it is handled, the person may be back: the row of the person is the truth, not the message.
    """


@dataclass(frozen=True, kw_only=True)
class PersonUnsuspended(_Suspension):
    """`person_id` is no longer suspended. Handled as PersonSuspended is."""


@dataclass(frozen=True, kw_only=True)
class AccessRevoked(Message):
    """Push and webhooks that `person_id` made until `at` end; with a `token_id`, only those that this token made."""

    sharded_by = "person_id"
    topic = "access"
    # With the time: one that is published again is older than another that came meanwhile, and must not overrule it.
    key_fields = ("person_id", "token_id", "at")

    person_id: int
    token_id: int = 0
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ScheduleChanged(Message):
    """`person_id` changed quiet hours or how often mail comes. The row of the schedule is the truth."""

    sharded_by = "person_id"
    topic = "schedule"
    key_fields = ("person_id",)

    person_id: int


@dataclass(frozen=True, kw_only=True)
class VisibilityChanged(Message):
    """Activities of `person_id` must leave the inboxes of `shard`, or come back, as the row of the person says."""

    sharded_by = "shard"
    topic = "visibility"
    key_fields = ("person_id", "shard")

    person_id: int
    shard: int


CATALOGUE: dict[str, type[Message]] = {
    cls.__name__: cls
    for cls in (
        PostPublished,
        ReactionAdded,
        ReactionRemoved,
        PersonFollowed,
        PersonUnfollowed,
        FollowNoticeAdded,
        FollowNoticeRemoved,
        FollowRequestsAnswered,
        PersonBlocked,
        NoticeSent,
        StrangerAnswered,
        AccountDeleted,
        PersonSuspended,
        PersonUnsuspended,
        AccessRevoked,
        ScheduleChanged,
        VisibilityChanged,
    )
}
