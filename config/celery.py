"""The Celery application: `celery -A config worker`, `celery -A config beat`."""

import os
from typing import Any

from celery import Celery
from celery.signals import celeryd_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("socialapp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect
def _wait_longer_than_publishers(conf: Any = None, **_kwargs: Any) -> None:
    """A worker's connection idles on BRPOP for a second at a time; a publisher's must fail fast."""
    from django.conf import settings

    conf.broker_transport_options = settings.WORKER_TRANSPORT_OPTIONS
