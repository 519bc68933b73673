"""Is this process alive, and can it serve? For supervisors and load balancers."""

from collections.abc import Callable

import redis
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from redis.backoff import NoBackoff
from redis.retry import Retry

BROKER_TIMEOUT_S = 0.25


@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """The process answers. Asks nobody else."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when everything this process needs is there, else 503; each part says "ok" or what is wrong.

    Reactions are accepted without the broker; it is told of here all the same,
    because somebody should look.
    """
    parts = {"database": _database(), "broker": _part(_ping_broker), "migrations": _part(_check_migrations)}
    ready = all(state == "ok" for state in parts.values())
    return JsonResponse({"status": "ok" if ready else "not ready", **parts}, status=200 if ready else 503)


def _database() -> str:
    def ask() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    return _part(ask)


def _part(check: Callable[[], None]) -> str:
    try:
        check()
    except (Error, redis.RedisError, _Waiting) as error:
        # The class only: messages of drivers tell addresses and user names, and this page is open to all.
        return str(error) if isinstance(error, _Waiting) else type(error).__name__
    return "ok"


def _ping_broker() -> None:
    with redis.Redis.from_url(
        settings.CELERY_BROKER_URL,
        socket_timeout=BROKER_TIMEOUT_S,
        socket_connect_timeout=BROKER_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    ) as client:
        client.ping()


class _Waiting(Exception):
    """Migrations that this code wants and this database has not seen."""


def _check_migrations() -> None:
    executor = MigrationExecutor(connection)
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise _Waiting(f"{len(plan)} not applied: run manage.py prepare")
