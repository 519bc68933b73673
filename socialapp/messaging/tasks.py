"""Celery tasks: `consume` when workers are woken, `sweep` every two seconds in case a wake-up was lost.

And what the tasks of other apps need: a database that works, and a thread of the worker that they share.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import BoundedSemaphore
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db import InterfaceError, InternalError, OperationalError, close_old_connections

from socialapp.messaging import consumer, dispatch

# The database is away, or ended the session because this process hung.
DATABASE_AWAY = (OperationalError, InterfaceError, InternalError)
# A task whose session ended is enqueued once more, at once: often the database is well and opens another. What lasts
# longer waits in its rows, and the sweep finds it. Never with a pause, which would be an ETA (docs/adr/0047).
AGAIN, PAUSE_S = 1, 0


@shared_task(autoretry_for=DATABASE_AWAY, max_retries=AGAIN, default_retry_delay=PAUSE_S)
def consume(**_later: Any) -> None:
    """Handle waiting messages. The sweep makes up for a retry that is lost."""
    with with_database():
        consumer.consume()


@shared_task
def sweep(**_later: Any) -> None:
    """Handle messages whose wake-up was lost. Beat enqueues it; not retried, as the next one is two seconds away."""
    with with_database():
        consumer.sweep()


@contextmanager
def with_database() -> Iterator[None]:
    """Run a task with a connection that works at its beginning; one that breaks is not kept for the next task."""
    close_old_connections()
    try:
        yield
    except DATABASE_AWAY:
        close_old_connections()
        raise


class Limit:
    """Keeps the tasks of one queue from taking all threads of a worker that serves several.

    So many run at once in a process as settings.QUEUE_THREADS says; one more ends at once. Those that run look for
    more until there is nothing. The first of them to end wakes workers, in case that what the refused task was for
    came after its last look.
    """

    def __init__(self, queue: str, threads: int) -> None:
        self.queue = queue
        self._free = BoundedSemaphore(threads)
        self._has_refused = False

    @contextmanager
    def thread(self) -> Iterator[bool]:
        """Yield whether a thread was free; it is taken until the end of the body.

        A refused task does not acknowledge the queue, so that no further one is enqueued for each row that comes.
        """
        if not self._take():
            yield False
            return
        try:
            yield True
        finally:
            self._free.release()
            if self._has_refused:
                self._has_refused = False
                dispatch.acknowledge(self.queue)
                dispatch.wake_workers(self.queue)

    def _take(self) -> bool:
        if self._free.acquire(blocking=False):
            return True
        self._has_refused = True
        # A thread that ended before this was noted has not seen it.
        return self._free.acquire(blocking=False)


_limits = {queue: Limit(queue, threads) for queue, threads in settings.QUEUE_THREADS.items()}


def thread_of(queue: str) -> AbstractContextManager[bool]:
    """Take one of the queue's threads, if one is free: see `Limit.thread`."""
    return _limits[queue].thread()
