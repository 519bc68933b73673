"""Is this process alive, and can it serve? For supervisors and load balancers."""

from collections.abc import Callable
from shutil import disk_usage

import redis
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from redis.backoff import NoBackoff
from redis.retry import Retry

BROKER_TIMEOUT_S = 0.25
# PostgreSQL writes its log in files of this size, and stops when it cannot make the next one.
LEAST_FREE_BYTES = 16 * 2**20


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
    parts = {"database": _part(_write), "broker": _part(_ping_broker), "migrations": _part(_check_migrations)}
    if (disk := _part(_look_at_disk)) != "ok":
        parts["disk"] = disk
    ready = all(state == "ok" for state in parts.values())
    return JsonResponse({"status": "ok" if ready else "not ready", **parts}, status=200 if ready else 503)


def _write() -> None:
    """A row is written again: a database whose disk is full, or that became a replica, still answers to SELECT."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cache (cache_key, value, expires) VALUES ('readyz', '', now())"
            " ON CONFLICT (cache_key) DO UPDATE SET expires = now()"
        )


def _look_at_disk() -> None:
    """Pictures, logs and the embedded database lie there."""
    for folder in (settings.DATA, settings.MEDIA_ROOT):
        if folder.exists() and (free := disk_usage(folder).free) < LEAST_FREE_BYTES:
            raise _Wrong(
                f"{free // 2**20} MB are free in {'the data folder' if folder == settings.DATA else 'pictures'}"
            )


def _part(check: Callable[[], None]) -> str:
    try:
        check()
    except (Error, redis.RedisError, _Wrong) as error:
        # The class only: messages of drivers tell addresses and user names, and this page is open to all.
        return str(error) if isinstance(error, _Wrong) else type(error).__name__
    return "ok"


def _ping_broker() -> None:
    with redis.Redis.from_url(
        settings.CELERY_BROKER_URL,
        socket_timeout=BROKER_TIMEOUT_S,
        socket_connect_timeout=BROKER_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    ) as client:
        client.ping()


class _Wrong(Exception):
    """What is wrong, in words that anybody may read."""


def _check_migrations() -> None:
    executor = MigrationExecutor(connection)
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise _Wrong(f"{len(plan)} not applied: run manage.py prepare")
