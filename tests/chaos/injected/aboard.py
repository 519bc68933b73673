"""Boarding: the process learns its role, its ways lead through the proxies, and what the plan says is laid out."""

import json
import os
import random
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from tests.chaos.injected.hooks import replace
from tests.chaos.injected.plan import Plan, Watched
from tests.chaos.injected.points import Crashes
from tests.chaos.injected.roles import own_role

STAYS_OUT = ("", "up", "manage", "fakes")
VARIABLES = {"postgres": "DATABASE_URL", "redis": "REDIS_URL"}


def board() -> None:
    """Before anything of the product is imported."""
    watched = Watched()
    plan = watched.plan
    role = own_role(os.environ.get("CHAOS_ROLE", ""))
    if role in STAYS_OUT:
        return
    os.environ["CHAOS_ROLE"] = role
    _lead_through(plan.links.get(role, {}))
    _set_clock(plan.clock.get(role, 0))
    if plan.mutant:
        import_module(f"tests.chaos.mutants.{plan.mutant}").apply()
    _send_twice(plan)
    if "CHAOS_OLD" not in os.environ:  # another release may have other names
        Crashes(watched, role).lay()


def _lead_through(links: dict[str, int]) -> None:
    """The URLs that `bin/up` wrote down, at the ports of the links. A child has them from its parent."""
    urls = json.loads((Path(os.environ["SOCIALAPP_DATA"]) / "embedded.json").read_text())
    for name, port in links.items():
        parts = urlsplit(urls[VARIABLES[name]])
        credentials = parts.netloc.rpartition("@")[0]
        os.environ[VARIABLES[name]] = urlunsplit(parts._replace(netloc=f"{credentials}@127.0.0.1:{port}"))


def _set_clock(off_s: int) -> None:
    if off_s:
        import time

        import time_machine

        time_machine.travel(time.time() + off_s, tick=True).start()


def _send_twice(plan: Plan) -> None:
    """So many of all that Celery publishes."""
    dice = random.Random(f"{plan.seed} {os.getpid()}")

    def wrap(publish: Any) -> Any:
        @wraps(publish)
        def publish_once_or_twice(*args: Any, **options: Any) -> Any:
            answer = publish(*args, **options)
            if dice.random() < plan.doubled:
                publish(*args, **options)
            return answer

        return publish_once_or_twice

    replace("kombu.messaging", "Producer.publish", wrap)
