"""The product's servers and Celery, no middleware, one route, and no more apps than that needs."""

from config.settings import *  # noqa: F403

INSTALLED_APPS = [
    "socialapp.users",
    "socialapp.counters",
    "socialapp.messaging",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
]
MIDDLEWARE = []
TEMPLATES = []
ROOT_URLCONF = "benchmarks.baselines.floor.urls"
WSGI_APPLICATION = "benchmarks.baselines.floor.wsgi.application"
