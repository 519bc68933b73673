"""The app of the API's shared parts."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "socialapp.api"
    label = "api"

    def ready(self) -> None:
        from socialapp.api import converters  # noqa: F401  registers the converters of paths
