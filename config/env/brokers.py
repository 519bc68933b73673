"""Redis, and the broker of tasks."""

import re
from functools import cached_property
from urllib.parse import SplitResult, parse_qsl

from django.core.exceptions import ImproperlyConfigured

from config.env.hosts import check_server
from config.env.reading import Variables, parts_of
from socialapp import broker

LOOKS_OF_BROKERS = {
    **dict.fromkeys(broker.REDIS, "redis://:password@host:6379/0"),
    **dict.fromkeys(broker.SENTINEL, "sentinel://:password@a:26379,b:26379,c:26379/0?master=NAME"),
    **dict.fromkeys(broker.RABBITMQ, "amqp://user:password@host:5672/vhost"),
}


class Brokers(Variables):
    """Redis of rate limits and live streams, and the broker of tasks."""

    @cached_property
    def redis_url(self) -> str:
        return _broker("REDIS_URL", self._server("REDIS_URL"), broker.REDIS | broker.SENTINEL)

    @cached_property
    def broker_url(self) -> str:
        url = self.named("BROKER_URL")
        return _broker("BROKER_URL", url, set(LOOKS_OF_BROKERS)) if url else self.redis_url


def _broker(variable: str, url: str, schemes: set[str]) -> str:
    """Check the URL of one server, or of several whose hosts are separated by commas (socialapp.broker)."""
    nodes = [parts_of(variable, each) for each in broker.each_host(url)]
    first = nodes[0]
    if first.scheme not in schemes:
        looks = [look for scheme, look in LOOKS_OF_BROKERS.items() if scheme in schemes and scheme not in broker.TLS]
        raise ImproperlyConfigured(f"{variable} must look like {', or like '.join(looks)}.")
    for node in nodes:
        check_server(variable, node)
    fault = _fault_of_broker(first, nodes)
    if fault:
        raise ImproperlyConfigured(f"{variable}: {fault}. It must look like {LOOKS_OF_BROKERS[first.scheme]}.")
    return url


def _fault_of_broker(first: SplitResult, nodes: list[SplitResult]) -> str | None:
    if first.scheme in broker.RABBITMQ:
        if first.query or not re.fullmatch(r"/?[^/]*", first.path):
            return "it must end after the name of the virtual host, in which / is written as %2F"
    elif not re.fullmatch(r"/?|/[0-9]{1,5}", first.path, re.ASCII):
        return "the path must be the number of a database"
    if first.scheme in broker.REDIS and first.query:  # redis-py would take whatever stands there
        return "it must end after the number of the database, and in user and password ? is written as %3F"
    if first.scheme in broker.REDIS:
        return "several hosts need Redis Sentinel, sentinel://" if len(nodes) > 1 else None
    if not all(node.hostname for node in nodes):
        return "a host is missing"
    return _fault_of_sentinel(first) if first.scheme in broker.SENTINEL else None


def _fault_of_sentinel(first: SplitResult) -> str | None:
    query = dict(parse_qsl(first.query, keep_blank_values=True))
    if query.keys() - {"master", "sentinel_user", "sentinel_password"}:  # which may be the end of a password
        return "only master, sentinel_user and sentinel_password may follow the ?, with & between them (in one: %26)"
    return None if query.get("master") else "the name of the master is missing, as Sentinel's configuration has it"
