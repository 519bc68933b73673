"""Reads without an account may come from a standby of PostgreSQL, where DATABASE_REPLICA_URL names one.

Only these reads, and only while the standby is at most 10 s behind: people who are logged in or send a token may have
written something a moment ago, and read the primary. A standby that is away or late is not used until it is back.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

logger = logging.getLogger(__name__)

ALIAS = "replica"
LAG_S = 10.0
ASKED_EVERY_S = 1.0

_reads_replica: ContextVar[bool] = ContextVar("reads_replica", default=False)


def reading() -> BaseDatabaseWrapper:
    """The connection for a statement that only reads: of the standby, where this request may read there."""
    return connections[ALIAS if _reads_replica.get() else DEFAULT_DB_ALIAS]


class Router:
    """The same for what the ORM reads. Named in DATABASE_ROUTERS."""

    def db_for_read(self, _model: type[Model], **_hints: Any) -> str | None:
        return ALIAS if _reads_replica.get() else None

    def db_for_write(self, _model: type[Model], **_hints: Any) -> str:
        # By default, Django would write an object to the database it was read from.
        return DEFAULT_DB_ALIAS

    def allow_relation(self, _one: Model, _other: Model, **_hints: Any) -> bool:
        return True

    def allow_migrate(self, alias: str, _app: str, **_hints: Any) -> bool:
        return alias != ALIAS


class StrangersReadTheReplica:
    """Middleware: a GET without a session and without a token, of what settings.READ_FROM_REPLICA names."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if ALIAS not in settings.DATABASES:
            raise MiddlewareNotUsed
        self.get_response = get_response
        self.standby = Standby()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        before = _reads_replica.set(False)
        try:
            return self.get_response(request)
        finally:
            _reads_replica.reset(before)

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        is_stranger = settings.SESSION_COOKIE_NAME not in request.COOKIES and "HTTP_AUTHORIZATION" not in request.META
        names = request.resolver_match.namespace.split(":") if request.resolver_match else []
        if is_stranger and request.method in {"GET", "HEAD"} and names[:1] and names[0] in settings.READ_FROM_REPLICA:
            _reads_replica.set(self.standby.is_fit() and _is_connected())


def _is_connected() -> bool:
    """Whether this thread reaches the standby: one that ended a moment ago has closed our connection."""
    replica = connections[ALIAS]
    try:
        replica.close_if_health_check_failed()
        replica.ensure_connection()
    except OperationalError:
        return False
    return True


class Standby:
    """Whether the standby is there, and how far it has come. One for each process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_fit = False
        self._asked_at = 0.0
        # Where the primary was at a time. The standby is as fresh as the last such place that it has reached; how fresh
        # it was when this process began is not known.
        self._place: tuple[str, float] | None = None
        self._fresh_at = float("-inf")

    def is_fit(self) -> bool:
        """Whether to read there. Asks at most once a second, one thread at a time; others take what it found last."""
        if time.monotonic() - self._asked_at > ASKED_EVERY_S and self._lock.acquire(blocking=False):
            try:
                found = self._ask()
                if found is not self._is_fit:
                    logger.warning("Strangers read from %s.", "the replica" if found else "the primary")
                self._is_fit = found
            finally:
                self._asked_at = time.monotonic()
                self._lock.release()
        return self._is_fit

    def _ask(self) -> bool:
        now = time.monotonic()
        try:
            with connections[ALIAS].cursor() as cursor:
                place = self._place[0] if self._place else "0/0"
                # One that was promoted meanwhile is as fresh as can be.
                cursor.execute("SELECT NOT pg_is_in_recovery() OR pg_last_wal_replay_lsn() >= %s::pg_lsn", [place])
                ((has_reached,),) = cursor.fetchall()
        except OperationalError:
            return False
        if self._place and has_reached:
            self._fresh_at = self._place[1]
        try:
            with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
                cursor.execute("SELECT pg_current_wal_insert_lsn()::text")
                ((place,),) = cursor.fetchall()
        except OperationalError:
            return True  # nothing newer can be had
        if not self._place or has_reached:
            self._place = (place, now)
        return now - self._fresh_at <= LAG_S
