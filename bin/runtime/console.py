"""What the person at the terminal sees: steps with their time, and failures in one line."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import NoReturn


class Failure(Exception):
    """Cannot go on. The text is the one line that says why, and what to do."""


@contextmanager
def step(number: int, of: int, doing: str) -> Iterator[None]:
    """Show what is being done, how far it is, and how long it took."""
    start = time.monotonic()
    say(f"[{number}/{of}] {doing} …", end="")
    try:
        yield
    except BaseException:
        say()
        raise
    say(f" {time.monotonic() - start:.1f} s")


def note(sentence: str) -> None:
    """A line while the product runs, with its time."""
    say(f"{datetime.now().astimezone():%H:%M:%S} {sentence}")


def say(text: str = "", end: str = "\n") -> None:
    """Print at once. A closed pipe (`bin/up | head`) or terminal stops nothing."""
    with suppress(OSError):
        print(text, end=end, flush=True)


def run(main: Callable[[], int]) -> NoReturn:
    """Run a command; a failure is one line on the error output and exit code 1."""
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit(f"{sys.argv[0].rsplit('/', 1)[-1].removesuffix('.py')}: {failure}")
