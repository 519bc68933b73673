"""Redis, Redis Sentinel and RabbitMQ by URL: clients of our own, and what Celery's library kombu is given.

- `redis://user:password@host:6379/0`: one Redis or Valkey.
- `sentinel://user:password@a:26379,b:26379,c:26379/0?master=NAME`: the Redis that the Sentinels a, b and c call the
  master of that name. User and password are for Redis; `sentinel_user` and `sentinel_password` follow `master`.
- `amqp://user:password@a:5672,b:5672,c:5672/vhost`: RabbitMQ, a cluster of nodes or one. For tasks alone.
- `rediss://`, `sentinels://`, `amqps://`: the same over TLS; certificates are checked.

All that a broker holds is wake-ups and may vanish: it need only come back.
"""

import re
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.asyncio.sentinel import Sentinel as AsyncSentinel
from redis.backoff import NoBackoff
from redis.exceptions import NoPermissionError
from redis.retry import Retry
from redis.sentinel import MasterNotFoundError, Sentinel

REDIS = {"redis", "rediss"}
SENTINEL = {"sentinel", "sentinels"}
RABBITMQ = {"amqp", "amqps"}
TLS = {"rediss", "sentinels", "amqps"}
SENTINEL_PORT = 26379
# A server does not answer, or refuses us.
ERRORS = (redis.RedisError, OSError)

# What stands before the hosts, the hosts, and what follows.
_URL = re.compile(r"([^/?#]*//(?:[^/?#]*@)?)([^/?#]*)(.*)", re.DOTALL)


class Unsuitable(Exception):
    """A server answers, but is not of a kind that we can use. Safe to publish."""


class _Sentinels(Sentinel):
    """redis-py's, with a fault of one line, and no connection that idles."""

    def discover_master(self, service_name: str) -> Any:
        try:
            return super().discover_master(service_name)  # type: ignore[no-untyped-call]
        except MasterNotFoundError as error:
            if "AuthenticationError" in str(error):  # redis-py quotes what each Sentinel raised
                fault = "A Sentinel refuses us: are sentinel_user and sentinel_password right?"
            else:
                fault = f"No Sentinel that answers knows a master called {service_name}"
            raise MasterNotFoundError(fault) from None
        finally:  # else, each probe would leave a connection with each of them
            for sentinel in self.sentinels:
                sentinel.connection_pool.disconnect(inuse_connections=False)


def each_host(url: str) -> list[str]:
    """Return the URL once for each of its hosts, which are separated by commas."""
    found = _URL.fullmatch(url)
    if found is None:
        return [url]
    before, hosts, after = found.groups()
    return [f"{before}{host}{after}" for host in hosts.split(",")]


def is_rabbitmq(url: str) -> bool:
    """Return whether it names RabbitMQ; else it is a Redis."""
    return _scheme(url) in RABBITMQ


def client(url: str, **options: Any) -> redis.Redis:
    """Return a client of Redis that never tries twice. With Sentinel, it asks for the master whenever it connects."""
    options = {"retry": Retry(NoBackoff(), 0), **options}
    if _scheme(url) in SENTINEL:
        sentinels = _Sentinels(**_sentinels(url, options))  # type: ignore[no-untyped-call]
        master: redis.Redis = sentinels.master_for(_query(url)["master"])  # type: ignore[no-untyped-call]
        return master
    return redis.Redis.from_url(url, **options)


@asynccontextmanager
async def async_client(url: str, **options: Any) -> AsyncIterator[redis.asyncio.Redis]:
    """Like `client`, for asyncio; closed at the end of the body."""
    options = {"retry": AsyncRetry(NoBackoff(), 0), **options}
    if _scheme(url) in SENTINEL:
        async with (
            AsyncSentinel(**_sentinels(url, options)) as sentinels,  # type: ignore[no-untyped-call]
            sentinels.master_for(_query(url)["master"]) as master,
        ):
            yield master
    else:
        async with redis.asyncio.Redis.from_url(url, **options) as server:
            yield server


def ping(url: str, timeout_s: float) -> None:
    """Raise one of ERRORS unless a server answers, and Unsuitable if it is a Redis Cluster."""
    if is_rabbitmq(url):
        _ping_rabbitmq(url, timeout_s)
        return
    with client(url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s) as server:
        try:
            is_cluster = server.info("cluster").get("cluster_enabled")
        except NoPermissionError:  # an answer all the same
            return
    if is_cluster:
        raise Unsuitable(
            "This is a Redis Cluster, which spreads keys over its nodes; tasks and wake-ups need them on one. "
            "Use one Redis, or several with Redis Sentinel (sentinel://)."
        )


def _ping_rabbitmq(url: str, timeout_s: float) -> None:
    """Log in to the first node that answers."""
    from kombu import Connection

    *others, last = each_host(url)
    for node in [*others, last]:
        options = transport_options(node, timeout_s)
        try:
            with library_errors(), Connection(node, ssl=tls(node), transport_options=options) as connection:
                connection.connect()
        except OSError:
            if node == last:
                raise
        else:
            return


@contextmanager
def library_errors() -> Iterator[None]:
    """Raise what kombu and its library for RabbitMQ raise as one of ERRORS."""
    # Not every process that reads a URL needs kombu.
    from amqp.exceptions import AMQPError
    from kombu.exceptions import KombuError

    try:
        yield
    except (AMQPError, KombuError) as error:
        raise ConnectionError(str(error)) from error


def kombu_url(url: str) -> str:
    """Return the URL as kombu reads it: one for each host, with semicolons between them."""
    found = []
    for each in each_host(url.replace(";", "%3B")):
        parts = urlsplit(each)
        if parts.scheme in SENTINEL:
            parts = parts._replace(scheme="sentinel", query="")
        found.append(parts.geturl())
    return ";".join(found)


def transport_options(url: str, timeout_s: float) -> dict[str, Any]:
    """Return kombu's options by which no call waits longer than this for one server."""
    if is_rabbitmq(url):
        return dict.fromkeys(("connect_timeout", "read_timeout", "write_timeout"), timeout_s)
    options: dict[str, Any] = dict.fromkeys(("socket_timeout", "socket_connect_timeout"), timeout_s)
    if _scheme(url) in SENTINEL:
        sentinels = _sentinels(url, {**options, "retry": Retry(NoBackoff(), 0)})
        options |= {"master_name": _query(url)["master"], "sentinel_kwargs": sentinels["sentinel_kwargs"]}
    return options


def tls(url: str) -> dict[str, Any] | bool:
    """Return kombu's options of TLS, which checks no certificate unless asked to; False for a URL without TLS."""
    if _scheme(url) not in TLS:
        return False
    if is_rabbitmq(url):
        return {"cert_reqs": ssl.CERT_REQUIRED, "server_hostname": None}  # that of the URL
    return {"ssl_cert_reqs": ssl.CERT_REQUIRED}


def _sentinels(url: str, options: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of redis-py's Sentinel. To ask one is a part of connecting, and takes no longer."""
    urls = [urlsplit(each) for each in each_host(url)]
    first, query = urls[0], _query(url)
    options = {**options, "ssl": first.scheme in TLS}
    return {
        "sentinels": [(each.hostname, each.port or SENTINEL_PORT) for each in urls],
        "sentinel_kwargs": {
            **options,
            "socket_timeout": options["socket_connect_timeout"],
            "username": query.get("sentinel_user"),
            "password": query.get("sentinel_password"),
        },
        "username": unquote(first.username or "") or None,
        "password": unquote(first.password or "") or None,
        "db": int(first.path.strip("/") or 0),
        **options,
    }


def _scheme(url: str) -> str:
    return url.partition(":")[0]


def _query(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(each_host(url)[0]).query))
