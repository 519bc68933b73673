"""Check and count what somebody does, by kind (`socialapp.limits.rates`): before it is done, and once it is.

Each web process remembers the last count, so that a check needs no query. What is done is counted in PostgreSQL, some
kinds several at a time: with P processes a person gets at most P * (at_once - 1) more than their limit, plus as many
as they have requests under way at once. What was too much is not forgiven: it delays the next one.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from math import ceil
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from socialapp.limits import sql
from socialapp.limits.models import Usage
from socialapp.limits.rates import KINDS, Rate, Rates
from socialapp.sql import Prepared

# The people and addresses that a process knows of each kind. It forgets those that it knew first.
MOST_KNOWN = 20_000
# A process leaves at most a tenth of a quota uncounted: it is divided by this.
SHARE = 10

ROUNDING = 0.001

# A person's id, or an address.
Holder = int | str


class LimitExceeded(ValidationError):
    """Somebody did too much of one kind. `wait`: seconds after which it may be done again."""

    def __init__(self, kind: str, wait: float) -> None:
        self.kind, self.wait = kind, ceil(wait)
        super().__init__(f"{KINDS[kind].too_much} {_go_on(self.wait)}", code="limit")


class Noted(NamedTuple):
    """The state of a limit: how many are `left`, and in how many `seconds` all are available again, or the next one.

    `wait`: if it was refused, in how many seconds to try again; otherwise 0.
    """

    rate: Rate
    left: int
    seconds: int
    wait: int


class Account:
    """What a process knows about one holder and one kind: PostgreSQL's last count, and what was done since."""

    __slots__ = ("is_new", "uncounted", "used_until")

    def __init__(self) -> None:
        self.uncounted = 0
        self.used_until = 0.0  # by time.monotonic
        self.is_new: bool | None = None  # None: it was never asked

    def used(self, rate: Rate) -> float:
        """How many seconds of the rate they have used in advance."""
        return max(0.0, self.used_until - time.monotonic()) + self.uncounted * rate.step

    def rate(self, rates: Rates) -> Rate:
        """The rate that applies; until PostgreSQL has been asked, the stricter one."""
        return rates.usual if self.is_new is False else rates.new


_known: dict[str, dict[Holder, Account]] = {kind: {} for kind in KINDS}
_counting = threading.Lock()
# Per thread: the limits of the request that it serves.
_noted = threading.local()


def check(kind: str, holder: Holder, n: int = 1, *, unless: Callable[[], bool] = bool) -> None:
    """Raise LimitExceeded if this person or address may not do `n` of a kind now; ValidationError if never so many.

    Costs no round trip, except where several are asked for at once. `unless` is asked before anything is refused: what
    only repeats something is not.
    """
    rates: Rates | None = settings.LIMITS.get(kind)
    if rates is None or n < 1:
        return
    account = _known[kind].get(holder)
    if n > 1:
        account = _learn(kind, holder, sql.LOOK, {})
    if account is None or account.is_new is None:
        return
    rate = account.rate(rates)
    if n > rate.quota:
        raise ValidationError(_("That is too much at once. At most %(n)s are possible.") % {"n": rate.quota})
    wait = account.used(rate) + n * rate.step - rate.window
    if wait > ROUNDING and not unless():
        error = LimitExceeded(kind, wait)
        _note(kind, account, rate, error.wait)
        raise error


def count(kind: str, holder: Holder, n: int = 1) -> None:
    """Count that somebody did `n` of a kind, once that is committed. What only repeats something is not counted."""
    if n and kind in settings.LIMITS:
        transaction.on_commit(partial(_count, kind, holder, n), robust=True)


def forget() -> None:
    """Remove the rows of those who may do as much as anybody again."""
    Usage.objects.filter(used_until__lt=Now()).delete()


@contextmanager
def noted() -> Iterator[dict[str, Noted]]:
    """What this thread is limited by meanwhile, by kind."""
    found: dict[str, Noted] = {}
    _noted.found = found
    try:
        yield found
    finally:
        del _noted.found


def _count(kind: str, holder: Holder, n: int) -> None:
    with _counting:
        account = _account(kind, holder)
        account.uncounted += n
        uncounted = account.uncounted
        is_due = uncounted >= min(KINDS[kind].at_once, 1 + settings.LIMITS[kind].new.quota // SHARE)
        if is_due:
            account.uncounted = 0
    if is_due:
        _count_in_database(kind, holder, uncounted)
    _note(kind, account, account.rate(settings.LIMITS[kind]))


def _account(kind: str, holder: Holder) -> Account:
    """The account of this holder, an empty one if the process knows of none. The caller holds `_counting`."""
    known = _known[kind]
    if holder not in known:
        if len(known) >= MOST_KNOWN:
            del known[next(iter(known))]
        known[holder] = Account()
    return known[holder]


def _count_in_database(kind: str, holder: Holder, n: int) -> None:
    rates: Rates = settings.LIMITS[kind]
    seconds = {"usual": n * rates.usual.step, "new": n * rates.new.step}
    _learn(kind, holder, sql.COUNT, seconds)


def _learn(kind: str, holder: Holder, statement: Prepared, more: dict[str, float]) -> Account:
    """Ask PostgreSQL, and remember the answer."""
    person = holder if isinstance(holder, int) else None
    name = f"address {holder}" if person is None else f"person {person}"
    values: dict[str, Any] = {"kind": kind, "holder": name, "person": person, "new_for": settings.LIMITS_NEW_FOR}
    with connection.cursor() as cursor:
        cursor.execute(statement, values | more)
        ahead, is_new = cursor.fetchone()
    with _counting:
        account = _account(kind, holder)
        account.used_until = max(account.used_until, time.monotonic() + ahead)  # another answer may have been faster
        account.is_new = is_new
    return account


def _note(kind: str, account: Account, rate: Rate, wait: int = 0) -> None:
    """Note for the answer what is left."""
    found: dict[str, Noted] | None = getattr(_noted, "found", None)
    if found is not None:
        used = account.used(rate)
        left = max(0, int((rate.window - used) / rate.step))
        found[kind] = Noted(rate, left, ceil(used if left else used + rate.step - rate.window), wait)


def _go_on(wait: int) -> str:
    minutes = ceil(wait / 60)
    if minutes < 60:
        return ngettext("You can go on in %(n)d minute.", "You can go on in %(n)d minutes.", minutes) % {"n": minutes}
    hours = ceil(wait / 3_600)
    return ngettext("You can go on in %(n)d hour.", "You can go on in %(n)d hours.", hours) % {"n": hours}
