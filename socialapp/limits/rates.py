"""What is limited, and how often it may be done unless the environment says otherwise. Needs no settings of Django."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext_lazy as _

SECONDS = {"m": 60, "h": 3_600, "d": 86_400}
MOST = 1_000_000_000
OFF = "off"


@dataclass(frozen=True)
class Rate:
    """A number (`quota`) in a number of seconds (`window`). They come back one by one, `step` seconds each."""

    quota: int
    window: int

    @classmethod
    def of(cls, text: str) -> "Rate":
        """Parse "100/h", "5/m" or "20/d". Raises ValueError."""
        found = re.fullmatch(r"([0-9]{1,10})/([mhd])", text)
        if not found or not 1 <= int(found[1]) <= MOST:
            raise ValueError(text)
        return cls(int(found[1]), SECONDS[found[2]])

    @cached_property
    def step(self) -> float:
        return self.window / self.quota


@dataclass(frozen=True)
class Rates:
    """The rate of a kind for everybody, and the stricter one for new accounts."""

    usual: Rate
    new: Rate

    @classmethod
    def of(cls, text: str) -> "Rates | None":
        """Parse "100/h 20/h": for everybody, and for new accounts; of one rate, for both. None is off.

        Raises ValueError.
        """
        if text == OFF:
            return None
        parts = text.split(" ")
        if len(parts) > 2:
            raise ValueError(text)
        return cls(Rate.of(parts[0]), Rate.of(parts[-1]))


@dataclass(frozen=True)
class Kind:
    """Something that is limited: its name, its rates as the environment would write them, and what is too much of it.

    `at_once`: a process lets somebody do so many before it counts them in PostgreSQL, all in one statement.
    """

    name: str
    rates: str
    too_much: Any
    at_once: int = 1


# What a person does is counted by person; what somebody does without an account, by address.
KINDS = {
    kind.name: kind
    for kind in (
        Kind("posts", "100/h 20/h", _("You posted a lot in a short time.")),
        Kind("replies", "200/h 40/h", _("You replied a lot in a short time.")),
        Kind("mentions", "300/h 30/h", _("You mentioned a lot of people in a short time.")),
        Kind("edits", "120/h 40/h", _("You edited a lot in a short time.")),
        Kind("likes", "1200/h 240/h", _("You liked a lot in a short time."), at_once=20),
        Kind("shares", "300/h 60/h", _("You shared a lot in a short time."), at_once=5),
        Kind("follows", "200/h 50/h", _("You followed a lot of people in a short time.")),
        Kind("uploads", "200/h 40/h", _("You uploaded a lot of pictures in a short time.")),
        Kind("reports", "40/h 10/h", _("You reported a lot in a short time.")),
        Kind("invitations", "20/d 5/d", _("You made a lot of invitations in a short time.")),
        Kind("tests", "20/h", _("You asked for a lot of tests in a short time.")),
        Kind("replays", "30/h", _("You sent a lot again in a short time.")),
        Kind("signups", "20/d", _("A lot of accounts were made from your network in a short time.")),
    )
}
