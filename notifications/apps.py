"""Notifies people of activities. It does not import reactions; messages report them."""

from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = pgettext_lazy("admin", "Notifications")

    def ready(self) -> None:
        from notifications.endpoints import bounces, browsers  # noqa: F401  listen to django-anymail, and to log-ins and log-outs
