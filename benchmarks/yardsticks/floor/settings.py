"""The product's, without its middleware and with one route."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS as _APPS

# allauth insists on its middleware.
INSTALLED_APPS = [app for app in _APPS if not app.startswith("allauth")]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "benchmarks.yardsticks.floor.urls"
WSGI_APPLICATION = "benchmarks.yardsticks.floor.wsgi.application"
