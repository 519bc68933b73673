"""The way of programs through MIDDLEWARE: past what only people in a browser need."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from socialapp.api.problems import PREFIX


class FastPath:
    """Requests to the API that bring a token skip the middleware below it, up to the first that is a function.

    They have no session, and what is said to them is not said in a page. Hooks of
    the middleware that they skip (process_view, process_exception) are run.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.get_answer = _innermost(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_program = "HTTP_AUTHORIZATION" in request.META and request.path_info.startswith(PREFIX)
        return self.get_answer(request) if is_program else self.get_response(request)


def _innermost(get_response: Any) -> Any:
    """Each middleware that is an object names the next; Django's wrapper around it has the same names."""
    while following := getattr(get_response, "get_response", None):
        get_response = following
    return get_response
