"""The doorbells: tell workers, through Redis, that rows wait. A wake-up, never the truth.

There is one for each queue of settings.QUEUE_TASKS. A request only sets a flag.
One thread per process sees it and rings: whoever sets the queue's key enqueues
its task; the task deletes the key before it looks for the last time. A row
committed before that is found by this task, one committed after it finds no key
and rings again. So
a thousand requests a second ring a few times, and a broker that is dead or
frozen holds up a thread that nobody waits for. A ring that fails is made good
by the sweeps.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from functools import partial

import redis
from celery import current_app
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

MESSAGES = "messages"
KEY = "socialapp:wake:{queue}"
LAST_SEEN = "socialapp:last-seen:{queue}"
# A queue in which tasks lie and whose door nobody opened for so long has no worker.
SILENCE_S = 15.0
# If the task behind a ring is lost with the broker, others may ring again after this.
KEY_LIFETIME_MS = 2_000
BROKER_TIMEOUT_S = 0.25
# What the dispatcher has just said it says again only after this, for all that came meanwhile.
PAUSE_S = 0.005


class Dispatcher:
    """The thread that rings when the flag is set. `missed` counts the rings that failed."""

    def __init__(self) -> None:
        self.missed = 0
        self._flag = threading.Event()
        self._queues: set[str] = set()
        self._calls: set[Callable[[], None]] = set()
        self._start_lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def set_flag(self, queue: str) -> None:
        self._queues.add(queue)
        self._wake()

    def call_soon(self, call: Callable[[], None]) -> None:
        self._calls.add(call)
        self._wake()

    def _wake(self) -> None:
        if not self._flag.is_set():
            self._flag.set()
        if self._thread is None:
            with self._start_lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while True:
            self._flag.wait()
            self._flag.clear()
            while self._queues:
                queue = self._queues.pop()
                self._try(partial(wake_workers_now, queue), f"The doorbell of {queue}")
            while self._calls:
                self._try(self._calls.pop(), "A wake-up")
            time.sleep(PAUSE_S)

    def _try(self, ring: Callable[[], object], what: str) -> None:
        try:
            ring()
        # The sweep makes it good, whatever it was; the thread must live on.
        except Exception as error:  # noqa: BLE001
            self.missed += 1
            logger.warning("%s did not ring (%d missed so far): %s", what, self.missed, error)


def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.CELERY_BROKER_URL,
        socket_timeout=BROKER_TIMEOUT_S,
        socket_connect_timeout=BROKER_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    )


class _Process:
    """What one process has one of. Made anew after a fork: threads and sockets do not survive it."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.dispatcher = Dispatcher()
        self.redis: redis.Redis | None = None


_process = _Process()
os.register_at_fork(after_in_child=_process.begin)


def wake_workers(queue: str = MESSAGES) -> None:
    """Set the flag. Returns at once and cannot fail; the transaction must be committed already."""
    _process.dispatcher.set_flag(queue)


def call_soon(call: Callable[[], None]) -> None:
    """Have the dispatcher's thread do this: something short, with the broker, that may fail. Asked twice, done once."""
    _process.dispatcher.call_soon(call)


def wake_workers_now(queue: str = MESSAGES) -> bool:
    """Ring in this thread. False when someone else rang and nobody has opened yet. Raises on a dead broker."""
    if not broker().set(KEY.format(queue=queue), "1", nx=True, px=KEY_LIFETIME_MS):
        return False
    current_app.send_task(
        settings.QUEUE_TASKS[queue], kwargs={"queue": queue}, queue=queue, retry=False, ignore_result=True
    )
    return True


def acknowledge(queue: str = MESSAGES) -> None:
    """Its task is at the door and will look: whoever has news from now on rings again."""
    try:
        door = broker().pipeline(transaction=False)
        door.delete(KEY.format(queue=queue))
        door.set(LAST_SEEN.format(queue=queue), time.time())
        door.execute()
    except redis.RedisError:
        # The key ends by itself; until then the sweep looks.
        logger.warning("Could not answer the doorbell of %s; the sweep will look.", queue)


def heartbeat(queue: str = MESSAGES) -> None:
    """A worker is there, though nobody rang."""
    try:
        broker().set(LAST_SEEN.format(queue=queue), time.time())
    except redis.RedisError:
        logger.warning("Could not tell the broker that %s is attended.", queue)


def queue_status(queue: str) -> tuple[int, float]:
    """How many tasks lie in a queue, and when (in Unix seconds) a worker last opened its door. Raises RedisError."""
    door = broker().pipeline(transaction=False)
    door.llen(queue)
    door.get(LAST_SEEN.format(queue=queue))
    depth, heard_at = door.execute()
    return depth, float(heard_at or 0)


def broker() -> redis.Redis:
    """This process's connection to Redis, with timeouts that no thread waits for long."""
    if _process.redis is None:
        _process.redis = _client()
    return _process.redis
