"""URLs for supervisors, load balancers and Prometheus, those that browsers request unasked, and those of every page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import path

from socialapp.web.health import healthz, readyz
from socialapp.web.metrics import metrics
from socialapp.web.pwa import manifest, offline, service_worker
from socialapp.web.theme import shortcuts, theme


def favicon(_request: HttpRequest) -> HttpResponse:
    """Return the icon for pages that do not name it, such as the admin's."""
    return redirect(static("socialapp/logo.svg"))


# Search engines find posts and profiles; the rest is the same page over and over, or for members.
ROBOTS = """User-agent: *
Disallow: /accounts/
Disallow: /admin/
Disallow: /api/
Disallow: /search/
Disallow: /settings/
"""


def robots(_request: HttpRequest) -> HttpResponse:
    """Return what search engines may read (RFC 9309)."""
    return HttpResponse(ROBOTS, content_type="text/plain")


urlpatterns = [
    path("robots.txt", robots, name="robots"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("favicon.ico", favicon),
    path("manifest.webmanifest", manifest, name="manifest"),
    path("service-worker.js", service_worker, name="service_worker"),
    path("offline/", offline, name="offline"),
    path("shortcuts/", shortcuts, name="shortcuts"),
    path("theme/", theme, name="theme"),
]
