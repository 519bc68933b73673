"""The Celery application. `bin/run` starts its workers."""

import logging
import os
from typing import Any

from celery import Celery
from celery.signals import celeryd_init, task_prerun

from config.env import env
from socialapp.web import request_ids

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("socialapp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect
def _wait_longer_than_publishers(conf: Any = None, **_kwargs: Any) -> None:
    """A worker's connection idles on BRPOP for a second at a time; a publisher's must fail fast."""
    from django.conf import settings

    conf.broker_transport_options = settings.WORKER_TRANSPORT_OPTIONS


@celeryd_init.connect
def _connect_where_settings_say(**_kwargs: Any) -> None:
    """Celery's command line takes BROKER_URL as its own option, which is not as kombu reads it (broker.kombu_url)."""
    os.environ.pop("CELERY_BROKER_URL", None)


@celeryd_init.connect
def _say_nothing_but_log_lines(instance: Any = None, **_kwargs: Any) -> None:
    """With JSON logs, hide Celery's banner and log Python's warnings: neither is JSON by itself."""
    if env.log == "json":
        instance.quiet = True
        logging.captureWarnings(True)


@task_prerun.connect
def _name_log_lines(task_id: str = "", **_kwargs: Any) -> None:
    """What a task logs carries its id, as what a request logs carries that of the request."""
    request_ids.current.set(task_id)
