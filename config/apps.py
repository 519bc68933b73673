"""The composition root as an app: its templates override slots, its commands span apps."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config import words

        words.speak()
