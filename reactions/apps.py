"""Likes, shares and replies. Knows nothing of notifications; publishes a message for each reaction."""

from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class ReactionsConfig(AppConfig):
    name = "reactions"
    verbose_name = pgettext_lazy("admin", "Reactions")
