"""The beat process: `bin/run beat` enqueues what CELERY_BEAT_SCHEDULE lists, by its names.

`celery -A config beat` does the same, with all of the product in memory.
"""

import signal
import sys
from logging.config import dictConfig

from celery import Celery, beat

from config import settings


class Scheduler(beat.Scheduler):
    """Celery's own, but it sleeps until a task is due. Celery's wakes 10 ms early, and keeps a core busy until then."""

    def adjust(self, n: float, drift: float = 0.0) -> float:  # noqa: ARG002
        return n


def main() -> None:
    """Run until SIGTERM. There is nothing to save."""
    # By default the first process of a container would ignore it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    dictConfig(settings.LOGGING)
    app = Celery("socialapp", fixups=[])  # without Django's, which imports all apps
    app.config_from_object(settings, namespace="CELERY")
    beat.Service(app, scheduler_cls=Scheduler).start()


if __name__ == "__main__":
    main()
