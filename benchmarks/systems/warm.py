"""The first likes of a stack, before anything is measured: processes import late, and connections are made."""

import time
import urllib.request
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from benchmarks.systems.system import Request, Stack

LIKES = 400
AT_ONCE = 16
PATIENCE_S = 120


def warm_up(stack: Stack) -> None:
    """Until all of them are in inboxes. Raises TimeoutError, and HTTPError when one is refused."""
    send(stack.url, stack.likes(LIKES))
    wait_for_inbox_rows(stack, LIKES)


def send(url: str, requests: Iterable[Request]) -> None:
    """All of them, a few at once. Raises HTTPError, AssertionError when one was not new."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        assert set(threads.map(lambda request: _status(url, request), requests)) <= {201}


def wait_for_inbox_rows(stack: Stack, number: int) -> None:
    """Raises TimeoutError when there are not so many in time."""
    wait_until(lambda: stack.inbox_rows() >= number)


def wait_until(is_so: Callable[[], bool]) -> None:
    """Raises TimeoutError when it takes too long."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Not so after {PATIENCE_S} s.")
        time.sleep(0.05)


def _status(url: str, request: Request) -> int:
    sent = urllib.request.Request(url + request.path, data=request.body, headers=request.headers, method=request.method)
    with urllib.request.urlopen(sent, timeout=60) as answer:
        return int(answer.status)
