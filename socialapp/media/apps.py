"""Pictures that people upload: stored, prepared by workers, served, and removed when nothing uses them."""

from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class MediaConfig(AppConfig):
    name = "socialapp.media"
    verbose_name = pgettext_lazy("admin", "Media")
