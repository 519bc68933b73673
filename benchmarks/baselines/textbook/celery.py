"""The Celery application: `celery -A benchmarks.baselines.textbook worker`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.baselines.textbook.settings")

app = Celery("textbook")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
