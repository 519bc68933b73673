"""The web, started with options of granian. Its processes share the memory of what is imported here."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from tempfile import TemporaryDirectory

from django.urls import get_resolver
from granian import log
from granian.cli import entrypoint

from config.env import env


def main() -> None:
    """Import the product, and have granian fork. Runs until SIGTERM."""
    with folder_of_metrics():
        import_module("config.wsgi")
        _ = get_resolver().url_patterns
        # Its lines are ours.
        log.LOGGING_CONFIG |= {"formatters": {}, "handlers": {}, "loggers": {"_granian": {}, "granian.access": {}}}
        # The collector would write to each object, and so give each process a copy of its own.
        gc.collect()
        gc.freeze()
        entrypoint()  # type: ignore[no-untyped-call]


@contextmanager
def folder_of_metrics() -> Iterator[None]:
    """Where metrics are wanted, make a folder in which all processes count, before anything counts."""
    if not env.metrics:
        yield
        return
    with TemporaryDirectory(prefix="socialapp-metrics-") as folder:
        env.count_in(folder)
        yield


if __name__ == "__main__":
    main()
