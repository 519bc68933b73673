"""The shell of every page: the base template, styles and scripts, middleware, and bases for admin pages."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "socialapp.web"
    label = "web"

    def ready(self) -> None:
        from socialapp.web import checks  # noqa: F401  registers them
