"""Wakes workers through Redis when rows wait. A wake-up is a hint; the rows are the truth.

Each queue of settings.QUEUE_TASKS has a flag. A request only sets it. One thread per process, the dispatcher, sees the
flag: if it can set the queue's key in Redis, it enqueues the queue's task; otherwise a task is enqueued already. The
task deletes the key (acknowledges) before its last look: a row committed before that is found by this task, and one
committed after it finds no key and wakes workers again.

So a thousand requests a second enqueue a few tasks, and a broker that is dead or frozen blocks a thread on which
nothing depends. The sweeps make up for a wake-up that fails.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import redis
from celery import current_app
from django.conf import settings
from kombu.exceptions import ChannelError

from socialapp import broker

logger = logging.getLogger(__name__)

MESSAGES = "messages"
KEY = "socialapp:wake:{queue}"
LAST_SEEN = "socialapp:last-seen:{queue}"
SIGNAL = "socialapp:signal:{queue}"  # a list of one element at most, for a consumer that waits for more
# A queue that holds tasks and was not acknowledged for this long has no worker.
SILENCE_S = 15.0
# If an enqueued task is lost with the broker, others may enqueue it again after this.
KEY_LIFETIME_MS = 2_000
BROKER_TIMEOUT_S = 0.25
# The dispatcher wakes a queue again only after this pause, once for all that came meanwhile.
PAUSE_S = 0.005


class Dispatcher:
    """The thread that wakes workers once the flag is set. `missed` counts the wake-ups that failed."""

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
                self._try(partial(wake_workers_now, queue), f"Waking {queue}")
            while self._calls:
                self._try(self._calls.pop(), "A live update")
            time.sleep(PAUSE_S)

    def _try(self, call: Callable[[], object], what: str) -> None:
        try:
            call()
        # The sweep makes it good, whatever it was; the thread must live on.
        except Exception as error:  # noqa: BLE001
            self.missed += 1
            logger.warning("%s failed (%d missed so far): %s", what, self.missed, error)


class _Process:
    """The objects that each process has once. Made again after a fork, which threads and sockets do not survive."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.dispatcher = Dispatcher()
        self.redis: redis.Redis | None = None
        self.making = threading.Lock()


_process = _Process()
os.register_at_fork(after_in_child=_process.begin)


def wake_workers(queue: str = MESSAGES) -> None:
    """Wake workers soon. Returns at once and cannot fail; the transaction must be committed already."""
    _process.dispatcher.set_flag(queue)


def call_soon(call: Callable[[], None]) -> None:
    """Run a short function that uses the broker and may fail in the dispatcher's thread. Two calls may run it once."""
    _process.dispatcher.call_soon(call)


def wake_workers_now(queue: str = MESSAGES) -> bool:
    """Enqueue the task of a queue now, unless one is enqueued and not acknowledged. Returns whether it did.

    Raises when the broker is dead.
    """
    pipeline = redis_client().pipeline(transaction=False)
    pipeline.set(KEY.format(queue=queue), "1", nx=True, px=KEY_LIFETIME_MS)
    pipeline.rpush(SIGNAL.format(queue=queue), "1")
    pipeline.ltrim(SIGNAL.format(queue=queue), 0, 0)
    is_first, *_lengths = pipeline.execute()
    if not is_first:
        return False
    current_app.send_task(
        settings.QUEUE_TASKS[queue], kwargs={"queue": queue}, queue=queue, retry=False, ignore_result=True
    )
    return True


def wait_for_signal(seconds: float, queue: str = MESSAGES) -> None:
    """Wait until workers are woken, but no longer than this; exactly so long if the broker is away."""
    begun = time.monotonic()
    try:
        redis_client().blpop(SIGNAL.format(queue=queue), max(seconds, 0.001))  # 0 would be for ever
    except redis.RedisError:
        time.sleep(max(0.0, begun + seconds - time.monotonic()))


def acknowledge(queue: str = MESSAGES) -> None:
    """Acknowledge: the queue's task will look once more, and rows that are committed from now on enqueue another."""
    try:
        pipeline = redis_client().pipeline(transaction=False)
        pipeline.delete(KEY.format(queue=queue))
        pipeline.set(LAST_SEEN.format(queue=queue), time.time())
        pipeline.execute()
    except redis.RedisError:
        # The key ends by itself; until then the sweep looks.
        logger.warning("Could not acknowledge the queue %s; the sweep will look.", queue)


def heartbeat(queue: str = MESSAGES) -> None:
    """Record that a worker serves the queue, for `queue_statuses`."""
    try:
        redis_client().set(LAST_SEEN.format(queue=queue), time.time())
    except redis.RedisError:
        logger.warning("Could not record that a worker serves %s.", queue)


def queue_statuses(queues: Iterable[str]) -> dict[str, tuple[int, float]]:
    """Return of each queue how many tasks it holds, and when a worker last served it, in Unix seconds (0: never).

    Raises one of `socialapp.broker.ERRORS`.
    """
    names = list(queues)
    heard_at = redis_client().mget([LAST_SEEN.format(queue=name) for name in names])
    with broker.library_errors(), current_app.connection_for_read() as connection:
        channel = connection.default_channel
        return {name: (_depth(channel, name), float(at or 0)) for name, at in zip(names, heard_at, strict=True)}


def _depth(channel: Any, queue: str) -> int:
    try:
        return int(channel.queue_declare(queue, passive=True).message_count)
    except ChannelError:  # there is none yet; Redis has no empty ones
        return 0


def redis_client() -> redis.Redis:
    """Return this process's client of Redis, with short timeouts."""
    with _process.making:  # a second client would replace the first, whose end closes connections that are in use
        if _process.redis is None:
            _process.redis = broker.client(
                settings.REDIS_URL, socket_timeout=BROKER_TIMEOUT_S, socket_connect_timeout=BROKER_TIMEOUT_S
            )
        return _process.redis
