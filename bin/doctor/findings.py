"""What a check finds: it returns what is well, or raises what is doubtful or wrong, each with what to do."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a part is."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """One line."""

    subject: str
    state: State
    text: str


class Doubtful(Exception):
    """It works, but not as it should on the internet, or not for long. The text says what to do."""


class Wrong(Exception):
    """It does not work. The text says what to do."""


Check = Callable[[], str]


def find(subject: str, check: Check) -> Finding:
    """Do one check. What it raises otherwise is wrong, too: the server is away, or refuses us."""
    try:
        return Finding(subject, State.OK, check())
    except Doubtful as doubt:
        return Finding(subject, State.WARNING, str(doubt))
    # Whatever it is, the others are checked nevertheless.
    except Exception as error:  # noqa: BLE001
        text = " ".join(str(error).split())
        return Finding(subject, State.WRONG, text if isinstance(error, Wrong) else f"{type(error).__name__}: {text}")
