"""Pictures that people upload: taken in, prepared by workers, served, and gone when nothing shows them."""

from django.apps import AppConfig


class MediaConfig(AppConfig):
    name = "socialapp.media"
