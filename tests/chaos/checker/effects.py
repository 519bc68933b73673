"""When an intention may have taken effect, by what its client saw."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.chaos.record import Intention, Try

# A request of which nothing was heard may be executed for so long after it was given up.
LATE_S = 60.0
NEVER_SENT = {"refused", "ClientConnectorError"}


@dataclass(frozen=True)
class Effect:
    """That something came to be so (`value`), or to be not so, between two times; or may have, unless `certain`."""

    since: float
    until: float
    value: bool
    certain: bool


def effects_of(intention: Intention, *, value: bool) -> Iterator[Effect]:
    """Of each try that may have arrived. None of one that was refused."""
    for tried in intention.tries:
        if may_have_arrived(tried):
            yield Effect(tried.sent_at, tried.ended_at + LATE_S, value, certain=False)
    if intention.outcome == "accepted":
        last = intention.tries[-1]
        yield Effect(last.sent_at, last.ended_at, value, certain=True)


def may_have_arrived(tried: Try) -> bool:
    """Although it was not answered."""
    return tried.is_open and tried.error not in NEVER_SENT


def kind_of(verb: str) -> str:
    """like, of like and unlike."""
    return verb.removeprefix("un")


def is_doing(verb: str) -> bool:
    """Rather than undoing."""
    return not verb.startswith("un")
