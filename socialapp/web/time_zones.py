"""Shows days and times on pages in the reader's time zone."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

# Written by the browser's script (js/times.js), which knows the zone. So a page needs no query to know it, and
# strangers have their days, too; without the script they are those of UTC.
COOKIE = "zone"
LONGEST = 64
# These use UTC for everyone.
_IN_UTC = ("/api/", "/admin/")


class ReaderZone:
    """Activates the time zone that the reader's browser sent, while a page is made."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        zone = None if request.path.startswith(_IN_UTC) else _zone(request.COOKIES.get(COOKIE, ""))
        with timezone.override(zone):
            return self.get_response(request)


def _zone(name: str) -> ZoneInfo | None:
    """Return the zone, or None for a name that this machine does not know."""
    if not name or len(name) > LONGEST:
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # no such zone, a path that leads elsewhere, a folder
        return None
