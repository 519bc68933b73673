"""The composition root as an app: its templates override slots, its commands span apps."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig

from config import celery, observe  # noqa: F401  what sends a task, sends it by this application


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        observe.begin()


class Admin(AdminConfig):
    default_site = "config.admin.Site"
