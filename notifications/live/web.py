"""Redirects to the live process where no proxy does."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from socialapp.web.pages import live_url


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """Redirect /live/ to the live process; 503 when there is none."""
    address = live_url()
    if not address or address == request.path:
        return HttpResponse("No live process is named here: see SOCIALAPP_LIVE_URL.", "text/plain", status=503)
    return HttpResponse(status=307, headers={"Location": f"{address}?{request.META.get('QUERY_STRING', '')}"})
