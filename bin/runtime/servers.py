"""Are the servers there, and fit for us? Says in one line what is wrong with those that were named by URL."""

from contextlib import closing
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import redis
from psycopg2 import sql

from bin.runtime.console import Failure
from bin.runtime.embedded import DATABASE
from socialapp import broker

OLDEST_POSTGRES = 15  # unique keys in which nulls are equal
# What is accepted survives a power cut only while these are on.
KEEPS = ("fsync", "full_page_writes", "synchronous_commit")


def check_postgres(url: str, variable: str = "DATABASE_URL") -> None:
    """Raises Failure if it cannot be used."""
    try:
        with psycopg2.connect(url, connect_timeout=5) as connection:
            version = connection.server_version // 10_000
        connection.close()
    except (psycopg2.Error, UnicodeError) as error:
        raise Failure(f"{variable} cannot be used: {_line(error)}") from error
    if version < OLDEST_POSTGRES:
        raise Failure(f"{variable} names PostgreSQL {version}; version {OLDEST_POSTGRES} or later is needed.")


def unsafe(url: str) -> list[str]:
    """Which settings let this PostgreSQL lose what it has taken, when it loses its power."""
    with closing(psycopg2.connect(url, connect_timeout=5)) as connection, connection.cursor() as cursor:
        found = []
        for name in KEEPS:
            cursor.execute(f"SHOW {name}")
            if cursor.fetchone() == ("off",):
                found.append(name)
    return found


def check_broker(url: str, variable: str = "REDIS_URL") -> None:
    """Raises Failure if it cannot be used."""
    try:
        broker.ping(url, timeout_s=5)
    except (*broker.ERRORS, broker.Unsuitable, ValueError) as error:
        raise Failure(f"{variable} cannot be used: {_line(error)}") from error


def postgres_is_up(url: str) -> bool:
    """For an embedded one that was just started."""
    try:
        psycopg2.connect(_maintenance(url), connect_timeout=5).close()
    except psycopg2.OperationalError:
        return False
    return True


def redis_is_up(url: str) -> bool:
    """For an embedded one that was just started."""
    try:
        with redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def ensure_database(url: str) -> None:
    """The embedded server's database, made at its first start."""
    connection = psycopg2.connect(_maintenance(url))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
        if not cursor.rowcount:
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    connection.close()


def _maintenance(url: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path="/postgres"))


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
