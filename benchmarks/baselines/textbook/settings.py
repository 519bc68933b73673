"""What `startproject` writes, without pages; the servers by URL; connections kept if the environment says so."""

import os

import dj_database_url

KEPT = os.environ.get("TEXTBOOK_CONNECTIONS") == "kept"

SECRET_KEY = os.environ["TEXTBOOK_SECRET_KEY"]
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "rest_framework",
    "rest_framework.authtoken",
    "benchmarks.baselines.textbook",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "benchmarks.baselines.textbook.urls"
WSGI_APPLICATION = "benchmarks.baselines.textbook.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Kept for ever, and without a health check: it would cost a query each request.
DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"], conn_max_age=None if KEPT else 0)}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
}

CELERY_BROKER_URL = os.environ["REDIS_URL"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Nobody asks what a notification returned.
CELERY_TASK_IGNORE_RESULT = True
if KEPT:
    CELERY_DB_REUSE_MAX = 1_000_000
