"""Likes, shares, comments. Knows nothing of notifications; tells of each reaction by a message."""

from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class ReactionsConfig(AppConfig):
    name = "reactions"
    verbose_name = pgettext_lazy("admin", "Reactions")
