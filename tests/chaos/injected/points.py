"""Named points of the product at which a process may be killed, or hang."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from tests.chaos.injected.hooks import replace
from tests.chaos.injected.plan import Crash, Watched


@dataclass(frozen=True)
class Point:
    """Before or after a function of the product is called, in processes whose role begins so."""

    name: str
    role: str
    module: str
    path: str
    before: bool
    what: str


POINTS = {
    point.name: point
    for point in (
        Point("web-commit", "web", "socialapp.messaging.dispatch", "wake_workers", True,
              "the reaction is committed; no worker is woken, no answer"),
        Point("web-store", "web", "socialapp.group_commit", "GroupCommit._store_waiting", True,
              "a reaction is about to be stored, and those that come meanwhile wait to be stored with it"),
        Point("web-write", "web", "socialapp.posts.operations", "_name", False,
              "a post and its messages are written, nothing is committed"),
        Point("ring-publish", "", "kombu.messaging", "Producer.publish", True,
              "the wake-up key is set; its task is not enqueued"),
        Point("worker-claim", "worker", "socialapp.messaging.consumer", "_claim", False,
              "messages are claimed, nothing is done"),
        Point("worker-dispatch", "worker", "socialapp.messaging.consumer", "_dispatch", True,
              "messages are claimed and read, their effect is not begun"),
        Point("worker-effect", "worker", "socialapp.messaging.consumer", "_finish", True,
              "the effect is written, the messages are not ended, nothing is committed"),
        Point("worker-commit", "worker", "socialapp.messaging.consumer", "_consume_batch", False,
              "effect and end are committed, the task is not acknowledged"),
        Point("send-claim", "worker-", "notifications.deliveries.send", "claim", False,
              "deliveries are leased, nothing is sent"),
        Point("send-sent", "worker-", "notifications.deliveries.outcome", "sent", True,
              "the other side said yes, nothing is recorded"),
        Point("send-record", "worker-", "notifications.deliveries.outcome", "sent", False,
              "sent and recorded, the task is not acknowledged"),
    )
}  # fmt: skip


class Crashes:
    """Of one process."""

    def __init__(self, watched: Watched, role: str) -> None:
        self.watched, self.role = watched, role
        self.passings: Counter[str] = Counter()
        self.dice = random.Random()

    def lay(self) -> None:
        """At all points of this role."""
        for point in POINTS.values():
            if self.role.startswith(point.role):
                replace(point.module, point.path, self._wrapper(point))

    def _wrapper(self, point: Point) -> Callable[[Any], Any]:
        def wrap(function: Any) -> Any:
            @wraps(function)
            def passing(*args: Any, **options: Any) -> Any:
                if point.before:
                    self.pass_by(point.name)
                answer = function(*args, **options)
                if not point.before:
                    self.pass_by(point.name)
                return answer

            return passing

        return wrap

    def pass_by(self, name: str) -> None:
        """May not return."""
        for crash in self._meant(name):
            self.passings[name] += 1
            if self.passings[name] == crash.on or self.dice.random() < crash.chance:
                self._suffer(name, crash.stall_s)

    def _meant(self, name: str) -> list[Crash]:
        crashes = self.watched.plan.crashes
        return [crash for crash in crashes if crash.point == name and crash.process_id in {0, os.getpid()}]

    def _suffer(self, name: str, stall_s: float) -> None:
        line = f"{time.time():.3f} {self.role} {os.getpid()} {name}\n"
        with self.watched.path.with_name("crashes.log").open("a") as log:
            log.write(line)
        if not stall_s:
            os.kill(os.getpid(), signal.SIGKILL)
        until = time.monotonic() + stall_s
        while self._meant(name) and time.monotonic() < until:
            time.sleep(0.02)
