"""Serves pictures, for installations without a proxy that does it."""

from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.views.decorators.http import require_safe

from socialapp.media.files import CONTENT_TYPE

HEADERS = {
    # A name never has other bytes.
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@require_safe
def serve(request: HttpRequest, name: str) -> HttpResponse:
    """One file, whole: the largest are some hundred kilobytes. 304 for who has it, 404 when it is gone."""
    tag = f'"{name.rpartition("/")[2]}"'
    try:
        with default_storage.open(name) as file:
            if request.headers.get("If-None-Match") == tag:
                return HttpResponseNotModified(headers={"ETag": tag, **HEADERS})
            return HttpResponse(file.read(), content_type=CONTENT_TYPE, headers={"ETag": tag, **HEADERS})
    except FileNotFoundError:
        return HttpResponse("This picture is gone.\n", status=404, content_type="text/plain")
