"""For supervisors and load balancers, and for browsers that ask by habit."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import path

from socialapp.http.health import healthz, readyz


def favicon(_request: HttpRequest) -> HttpResponse:
    """Pages name the icon themselves; the admin does not."""
    return redirect(static("socialapp/logo.svg"))


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("favicon.ico", favicon),
]
