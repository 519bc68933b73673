"""Follows and blocks between people."""

from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class FollowsConfig(AppConfig):
    name = "socialapp.follows"
    verbose_name = pgettext_lazy("admin", "Follows")
