"""What every page and endpoint shares: keyset pages, problems, routes, the base template and styles."""

from django.apps import AppConfig


class HttpConfig(AppConfig):
    name = "socialapp.http"
    label = "socialapp_http"

    def ready(self) -> None:
        from socialapp.http import checks, routes  # noqa: F401  registers checks, and the path converter
