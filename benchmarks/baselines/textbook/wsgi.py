"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

# So that `notify.delay` goes to this project's broker.
from benchmarks.baselines.textbook.celery import app as celery_app

__all__ = ["application", "celery_app"]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.baselines.textbook.settings")

application = get_wsgi_application()
