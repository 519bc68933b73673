"""Exports and imports of what people have here."""

from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class TakeoutConfig(AppConfig):
    name = "socialapp.takeout"
    verbose_name = pgettext_lazy("admin", "Exports and imports")
