"""The interface of channels: what one is given, what it returns, and the two ways in which it fails."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from notifications.models import Reason


@dataclass(frozen=True, kw_only=True)
class MessageItem:
    """The content of one delivery. `tag` is the same for all versions of one group; `data` is as in the API."""

    delivery_id: int
    kind: str
    tag: str
    title: str
    excerpt: str
    url: str
    at: datetime
    data: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class OutgoingMessage:
    """One or several notifications that are sent to an endpoint as one message. `id` is the same in all attempts."""

    id: int
    person_id: int
    greeting: str
    language: str
    address: str
    keys: dict[str, Any]
    items: Sequence[MessageItem]
    ttl: timedelta  # how long it is still worth something
    unsubscribe: dict[str, str] = field(default_factory=dict)  # kind: URL; "": of all kinds in it
    era: str = ""  # of the database that numbers them
    request_id: str = ""  # of the request that led to it

    @property
    def unique_id(self) -> str:
        """An id that is unique across installations of this name, and across restores of this one."""
        return f"{self.era}-{self.id}" if self.era else str(self.id)


@dataclass(frozen=True)
class Receipt:
    """What was sent and how the other side answered, for the log of attempts."""

    code: int | None = None
    answer: str = ""
    request: str = ""


class Fault(StrEnum):
    """Whose fault a failure is, which decides how the breaker counts it."""

    SERVER = "server"  # it is away, or refuses us: counts, each time
    DOUBTFUL = "doubtful"  # the server's or this one recipient's: counts once for each recipient
    DELIVERY = (
        "delivery"  # the recipient's or the content's: the server answered, so it is well, and the breaker closes
    )


class Failure(Exception):
    """The message was not sent. People are shown the `reason`, a sentence into which `values` are inserted."""

    def __init__(self, reason: Reason, receipt: Receipt | None, fault: Fault, values: dict[str, Any]) -> None:
        super().__init__(reason)
        self.reason = reason
        self.receipt = receipt or Receipt()
        self.fault = fault
        self.values = values


class TemporaryFailure(Failure):
    """A later attempt may succeed; not before `retry_after`, if the other side gave one."""

    def __init__(
        self,
        reason: Reason,
        receipt: Receipt | None = None,
        retry_after: timedelta | None = None,
        *,
        fault: Fault = Fault.SERVER,
        **values: Any,
    ) -> None:
        super().__init__(reason, receipt, fault, values)
        self.retry_after = retry_after


class PermanentFailure(Failure):
    """No attempt can succeed. With `ends_endpoint`, nor can any other message to that endpoint."""

    def __init__(
        self, reason: Reason, receipt: Receipt | None = None, *, ends_endpoint: bool = False, **values: Any
    ) -> None:
        super().__init__(reason, receipt, Fault.DELIVERY, values)
        self.ends_endpoint = ends_endpoint


@dataclass(frozen=True)
class Retries:
    """When to retry: pauses double from 2 s up to a 24th of the horizon, until the delivery expires.

    An outage shorter than `horizon` costs no more than the longest pause once it
    is over. With a horizon of 24 h: after 2 s, 4 s, 8 s … 34 min, 1 h, 1 h … and
    what was accepted 48 h ago is dead. Each pause is jittered by ±10 %.
    """

    horizon: timedelta
    expires_after: timedelta
    first: timedelta = timedelta(seconds=2)

    @property
    def longest(self) -> timedelta:
        return self.horizon / 24

    def pause(self, attempts: int) -> timedelta:
        """Return the pause after so many attempts (1 or more), without jitter."""
        pause: timedelta = self.first * 2 ** min(attempts - 1, 30)
        return min(pause, self.longest)

    def jittered(self, attempts: int) -> timedelta:
        """Return the pause with jitter, so that deliveries that failed together are not retried together."""
        return self.pause(attempts) * float(random.uniform(0.9, 1.1))  # noqa: S311  spreads load, no secret

    def times(self) -> Iterator[timedelta]:
        """Return when each attempt takes place, counted from the first, until the delivery expires."""
        at, number = timedelta(0), 0
        while at < self.expires_after:
            yield at
            number += 1
            at += self.pause(number)


@dataclass(frozen=True)
class Caps:
    """How many senders may be busy at once with one host, one person, and all who were slow or never answered yet.

    They keep the slow receivers of one person from occupying all senders (docs/adr/0035).
    """

    per_host: int
    per_person: int = 2
    of_pace: Mapping[str, int] = field(default_factory=lambda: {"slow": 2, "new": 4})

    def halved(self) -> "Caps":
        """Return the caps that apply while deliveries of others wait."""
        return replace(self, per_host=max(self.per_host // 2, 1), per_person=max(self.per_person // 2, 1))


class Channel:
    """A way to send notifications. Subclasses define how it behaves, and `send`."""

    name: str
    label: Any  # a str, or a lazy one: shown in the reader's language
    retries: Retries
    delay = timedelta(0)  # what is read or undone in this time is not sent
    min_interval = timedelta(0)  # between two deliveries of one group to one endpoint
    batches_deliveries = False  # whether all that waits for an endpoint goes as one
    respects_quiet_hours = False  # whether quiet hours hold it
    collapses = False  # whether a later version of a group replaces an earlier one
    reading_cancels = True  # what was read elsewhere is not sent
    caps = Caps(per_host=4)
    shared_circuit = ""  # the name of the breaker that guards all endpoints, where they do not have one each
    # An endpoint that failed for this long, without one success, is disabled; its owner is warned before.
    warn_after: timedelta | None = None
    disable_after: timedelta | None = None

    def send(self, outgoing: OutgoingMessage) -> Receipt:
        """Send a message within 30 s. Raises TemporaryFailure, PermanentFailure."""
        raise NotImplementedError
