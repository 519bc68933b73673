"""The way to the live process where no proxy leads there."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from socialapp.web.pages import live_url


@require_GET
def live(request: HttpRequest) -> HttpResponse:
    """Where no proxy leads /live/ to the live process, this does."""
    address = live_url()
    if not address or address == request.path:
        return HttpResponse("No live process is named here: see SOCIALAPP_LIVE_URL.", "text/plain", status=503)
    return HttpResponse(status=307, headers={"Location": f"{address}?{request.META.get('QUERY_STRING', '')}"})
