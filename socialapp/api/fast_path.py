"""A shorter way through MIDDLEWARE for programs, without what only people in a browser need."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from socialapp.api.problems import PREFIX


class FastPath:
    """Lets API requests with a token skip the middleware below it, up to the first that is a function.

    They have no session, and no page shows them messages. View and exception hooks (process_view, process_exception) of
    the skipped middleware still run.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        behind: Any = get_response
        for _skipped in settings.BROWSER_MIDDLEWARE:
            # Each is an object that names the next one; Django's wrapper around it has the same names.
            behind = behind.get_response
        self.get_answer = behind

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_program = "HTTP_AUTHORIZATION" in request.META and request.path_info.startswith(PREFIX)
        return self.get_answer(request) if is_program else self.get_response(request)
