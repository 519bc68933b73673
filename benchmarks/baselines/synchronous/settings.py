"""The textbook's, and where the service is."""

import os

from benchmarks.baselines.textbook.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.baselines.synchronous.urls"
WSGI_APPLICATION = "benchmarks.baselines.synchronous.wsgi.application"
NOTIFICATION_SERVICE_URL = os.environ["NOTIFICATION_SERVICE_URL"]
