"""PostgreSQL."""

from functools import cached_property
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from django.core.exceptions import ImproperlyConfigured

from config.env.hosts import check_server
from config.env.reading import Variables, parts_of


class Database(Variables):
    """The primary, the way past a pooler, and a standby to read."""

    @cached_property
    def database_url(self) -> str:
        return _postgres("DATABASE_URL", self._server("DATABASE_URL"))

    @cached_property
    def database_direct_url(self) -> str | None:
        url = self.named("DATABASE_DIRECT_URL")
        return _postgres("DATABASE_DIRECT_URL", url) if url else None

    @cached_property
    def database_replica_url(self) -> str | None:
        url = self.named("DATABASE_REPLICA_URL")
        return _postgres("DATABASE_REPLICA_URL", url) if url else None


def _postgres(variable: str, url: str) -> str:
    url = _with_hosts_in_query(variable, url)
    parts = parts_of(variable, url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured(f"{variable} must look like postgres://user:password@host:5432/name.")
    if "@" in parts.path:
        raise ImproperlyConfigured(f"{variable}: a / in user or password must be written as %2F, and a @ as %40.")
    if not unquote(parts.hostname or "").startswith("/"):  # the folder of a Unix socket
        check_server(variable, parts)
    return url


def _with_hosts_in_query(variable: str, url: str) -> str:
    """Return libpq's URL of several hosts in another form that all URL parsers understand; other URLs unchanged.

    The URL must ask for the host that takes writes, as the others are standbys.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url  # refused by the next parser
    account, at, named = parts.netloc.rpartition("@")
    if "," not in named:
        return url
    servers = [parts_of(variable, f"postgres://{each}") for each in named.split(",")]
    for server in servers:
        check_server(variable, server)
    if not all(server.hostname for server in servers):
        raise ImproperlyConfigured(f"{variable}: there must be a host before and after each comma.")
    query = dict(parse_qsl(parts.query))
    right = ("prefer-standby", "standby") if variable == "DATABASE_REPLICA_URL" else ("read-write", "primary")
    if query.get("target_session_attrs") not in right:
        raise ImproperlyConfigured(
            f"{variable} names several hosts. Add ?target_session_attrs={right[0]}, which says which of them to use."
        )
    query["host"] = ",".join(server.hostname or "" for server in servers)
    query["port"] = ",".join(str(server.port or 5432) for server in servers)
    return urlunsplit(parts._replace(netloc=account + at, query=urlencode(query, safe=",")))
