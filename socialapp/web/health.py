"""Reports to supervisors and load balancers whether this process is alive, and whether it can serve."""

import logging
from collections.abc import Callable
from shutil import disk_usage

from django.conf import settings
from django.core import signing
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from socialapp import broker, database
from socialapp.web.hosts import client_address

logger = logging.getLogger(__name__)

BROKER_TIMEOUT_S = 0.25
# The header with which doctor asks, and the salt of its signature.
DOCTOR, DOCTOR_WAITS_S = "X-Socialapp-Doctor", 60
# PostgreSQL writes its log in files of this size, and stops when it cannot make the next one.
LEAST_FREE_BYTES = 16 * 2**20


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 while this process works. Checks nothing else."""
    return JsonResponse({"status": "ok", **_as_it_came(request)})


def _as_it_came(request: HttpRequest) -> dict[str, object]:
    """What proxies made of a request of `manage.py doctor`, which has our key to sign it with."""
    try:
        signing.loads(request.headers.get(DOCTOR, ""), salt=DOCTOR, max_age=DOCTOR_WAITS_S)
    except signing.BadSignature:
        return {}
    return {
        "address": client_address(request),
        "forwarded": request.headers.get("X-Forwarded-For", ""),
        "is_secure": request.is_secure(),
    }


@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """Answer 200 if everything that this process needs works, else 503; each part is "ok" or its fault.

    Reactions are accepted without the broker; its state is shown here
    anyway, because somebody should look.
    """
    found = faults()
    _log.once(found)
    parts = dict.fromkeys(ALWAYS_SHOWN, "ok") | {part: _in_public(fault) for part, fault in found.items()}
    answer = JsonResponse({"status": "not ready" if found else "ok", **parts}, status=503 if found else 200)
    # Django's own mark of a response that it need not log: a line for each probe would name no reason.
    answer._has_been_logged = True  # type: ignore[attr-defined]
    return answer


def faults() -> dict[str, Exception]:
    """Check each part that this process needs; return those that do not work, and why."""
    found: dict[str, Exception] = {}
    for part, check in CHECKS.items():
        # A server that does not answer at all is waited for once, not once for each part.
        is_away = part in ON_DATABASE and "database" in found and not connection.is_usable()
        if fault := found["database"] if is_away else _fault(check):
            found[part] = fault
    return found


class _Log:
    """Logs the faults that a probe finds when they change, not for each probe."""

    known: frozenset[tuple[str, str]] = frozenset()

    def once(self, faults: dict[str, Exception]) -> None:
        found = frozenset((part, type(fault).__name__) for part, fault in faults.items())
        if found and found != self.known:
            what = "; ".join(f"{part}: {type(fault).__name__}: {fault}" for part, fault in faults.items())
            logger.error("Not ready: %s", " ".join(what.split()))
        elif self.known and not found:
            logger.warning("Ready again.")
        self.known = found


_log = _Log()


def _write() -> None:
    """Write a row: a database with a full disk, or that has become a replica, still answers SELECT."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cache (cache_key, value, expires) VALUES ('readyz', '', now())"
            " ON CONFLICT (cache_key) DO UPDATE SET expires = now()"
        )


def _look_at_disk() -> None:
    """Check the free space of pictures, logs and the embedded database."""
    for folder in (settings.DATA, settings.MEDIA_ROOT):
        if folder.exists() and (free := disk_usage(folder).free) < LEAST_FREE_BYTES:
            raise _Wrong(
                f"{free // 2**20} MB are free in {'the data folder' if folder == settings.DATA else 'pictures'}"
            )


def _check_guards() -> None:
    if not database.is_guarded():
        raise _Wrong(f"{database.GUARD} is 0: a process that hangs would keep its locks. {database.UNGUARDED}")


def _fault(check: Callable[[], None]) -> Exception | None:
    try:
        check()
    except (Error, *broker.ERRORS, broker.Unsuitable, _Wrong) as error:
        return error
    return None


def _in_public(fault: Exception) -> str:
    """Return only the class: messages of drivers contain addresses and user names, and this page is public."""
    return str(fault) if isinstance(fault, (_Wrong, broker.Unsuitable)) else type(fault).__name__


def _ping_broker() -> None:
    broker.ping(settings.BROKER_URL, BROKER_TIMEOUT_S)


def _ping_redis() -> None:
    broker.ping(settings.REDIS_URL, BROKER_TIMEOUT_S)


class _Wrong(Exception):
    """A fault, in words that are safe to publish."""


def _check_migrations() -> None:
    executor = MigrationExecutor(connection)
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise _Wrong(f"{len(plan)} not applied: run manage.py prepare")


# Each part, and what raises when it is not as it must be.
CHECKS: dict[str, Callable[[], None]] = {
    "database": _write,
    "broker": _ping_broker,
    **({"redis": _ping_redis} if settings.REDIS_URL != settings.BROKER_URL else {}),
    "migrations": _check_migrations,
    "guards": _check_guards,
    "disk": _look_at_disk,
}
# The checks that query the database, too.
ON_DATABASE = {"migrations", "guards"}
# The others are named when they are at fault.
ALWAYS_SHOWN = ("database", "broker", *({"redis"} & CHECKS.keys()), "migrations")
