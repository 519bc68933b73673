"""Serves pictures, for installations without a proxy that does it."""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from django.core.files.storage import Storage, default_storage
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseNotModified

from socialapp.media.files import CONTENT_TYPE, NAME

ADDRESS = re.compile(rf"/media/({NAME})")
HEADERS = {
    # A name never has other bytes, but its picture may be hidden or deleted: then caches have it for as long as this.
    "Cache-Control": "public, max-age=86400, s-maxage=600, immutable",
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Pictures:
    """Middleware that serves pictures before sessions and languages, which would cost time and make answers vary."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found = ADDRESS.fullmatch(request.path_info)
        return serve(request, found[1]) if found else self.get_response(request)


def serve(
    request: HttpRequest,
    name: str,
    places: Sequence[Storage] = (default_storage,),
    headers: Mapping[str, str] = HEADERS,
) -> HttpResponse:
    """Answer with one file, of the first place that has it. 304 when the browser has it, 404 when it is gone."""
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    tag = f'"{name.rpartition("/")[2]}"'
    for place in places:
        with suppress(FileNotFoundError), place.open(name) as file:
            if request.headers.get("If-None-Match") == tag:
                return HttpResponseNotModified(headers={"ETag": tag, **headers})
            content = file.read()
            sent = {"ETag": tag, "Content-Length": str(len(content)), **headers}
            return HttpResponse(content, content_type=CONTENT_TYPE, headers=sent)
    return HttpResponse("This picture is gone.\n", status=404, content_type="text/plain")
