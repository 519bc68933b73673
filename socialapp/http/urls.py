"""For supervisors and load balancers, for browsers that ask by habit, and what every page has."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import path

from socialapp.http.health import healthz, readyz
from socialapp.http.install import manifest, offline, service_worker
from socialapp.http.looks import shortcuts, theme


def favicon(_request: HttpRequest) -> HttpResponse:
    """Pages name the icon themselves; the admin does not."""
    return redirect(static("socialapp/logo.svg"))


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("favicon.ico", favicon),
    path("manifest.webmanifest", manifest, name="manifest"),
    path("service-worker.js", service_worker, name="service_worker"),
    path("offline/", offline, name="offline"),
    path("shortcuts/", shortcuts, name="shortcuts"),
    path("theme/", theme, name="theme"),
]
