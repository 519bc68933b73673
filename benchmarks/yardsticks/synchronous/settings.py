"""The textbook's, and where the service is."""

import os

from benchmarks.yardsticks.textbook.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.yardsticks.synchronous.urls"
WSGI_APPLICATION = "benchmarks.yardsticks.synchronous.wsgi.application"
NOTIFICATION_SERVICE_URL = os.environ["NOTIFICATION_SERVICE_URL"]
