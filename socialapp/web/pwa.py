"""Makes the site installable: the manifest, the service worker, and the page for being offline."""

import hashlib
import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

# What the page for being offline is made of.
_OFFLINE_FILES = ["socialapp/all.css", "socialapp/offline.js", "socialapp/logo.svg"]
CANVAS = "#f7f5f0"


@require_safe
@cache_control(max_age=3600)
def manifest(_request: HttpRequest) -> JsonResponse:
    """Return the manifest for browsers that install the site (W3C Web App Manifest)."""
    said = {
        "id": "/",
        "name": "socialapp",
        "short_name": "socialapp",
        "description": _("Say it. Hear back."),
        "lang": get_language(),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": CANVAS,
        "theme_color": CANVAS,
        "categories": ["social"],
        "icons": [
            {"src": static("socialapp/icon-192.png"), "sizes": "192x192", "type": "image/png"},
            {"src": static("socialapp/icon-512.png"), "sizes": "512x512", "type": "image/png"},
            {
                "src": static("socialapp/icon-maskable-512.png"),
                "sizes": "512x512",
                "type": "image/png",
                "purpose": "maskable",
            },
        ],
        "shortcuts": _shortcuts(),
    }
    response = JsonResponse(said, content_type="application/manifest+json")
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    return response


def _shortcuts() -> list[dict[str, str]]:
    """Return settings.SHORTCUTS of the apps that are installed."""
    found = []
    for page, word in settings.SHORTCUTS:
        try:
            found.append({"name": str(word), "url": reverse(page)})
        except NoReverseMatch:
            continue
    return found


@require_safe
@cache_control(max_age=0, no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """Return the service worker, at the root so that it serves all pages. Browsers reinstall it when it changes."""
    kept = [reverse("offline"), *(static(name) for name in _OFFLINE_FILES)]
    version = hashlib.sha256(" ".join([*kept, str(get_language())]).encode()).hexdigest()[:12]
    context = {"kept": json.dumps(kept), "version": version}
    return render(request, "web/service_worker.js", context, content_type="text/javascript")


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """Return the offline page. It is the same for everybody, because the browser keeps it."""
    return render(request, "web/offline.html")
