"""The WSGI application that granian serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.baselines.floor.settings")

application = get_wsgi_application()

from config import celery  # noqa: E402, F401  what wakes the worker, wakes it by this application
