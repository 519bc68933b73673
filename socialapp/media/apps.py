"""Pictures that people upload: taken in, prepared by workers, served, and gone when nothing shows them."""

from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class MediaConfig(AppConfig):
    name = "socialapp.media"
    verbose_name = pgettext_lazy("admin", "Media")
