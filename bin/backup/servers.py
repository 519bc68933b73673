"""Our own PostgreSQL and Valkey while no `bin/up` runs them."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from bin.runtime import up
from bin.runtime.console import Failure
from bin.runtime.embedded import remembered
from bin.runtime.supervisor import Supervisor
from config.env import env


@contextmanager
def at_hand(*, alone: bool) -> Iterator[None]:
    """Run those that no URL names for as long as the block does, unless `bin/up` does.

    `alone`: raises Failure when it does.
    """
    if env.named("DATABASE_URL") and env.named("REDIS_URL"):
        yield
        return
    try:
        lock = up.claim(env.data)
    except Failure:
        if alone:
            raise
        yield
        return
    supervisor = Supervisor(env.data / "log", env.of_children(data=env.data, public_url=settings.PUBLIC_URL))
    try:
        up.start_postgres(env.data, supervisor)
        up.start_valkey(env.data, supervisor)
        _meet_new_ports()
        yield
    finally:
        connection.close()
        supervisor.stop()
        lock.close()


def _meet_new_ports() -> None:
    """They have others when the old ones were taken meanwhile."""
    known = remembered(env.data)
    if not env.named("DATABASE_URL"):
        connection.settings_dict["PORT"] = urlsplit(known["DATABASE_URL"]).port
    if not env.named("REDIS_URL"):
        settings.REDIS_URL = settings.BROKER_URL = known["REDIS_URL"]
