"""Answers htmx: with the part of a page that it asked for, messages beside it, and failures as messages."""

from collections.abc import Callable
from http import HTTPStatus

from django.contrib.messages import get_messages
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.http import escape_leading_slashes
from django_htmx.http import reselect, reswap, retarget
from django_htmx.middleware import HtmxDetails

PERSON = "X-Person"


def htmx_of(request: HttpRequest) -> HtmxDetails:
    """Return what htmx sent with a request; false if the request is not htmx's."""
    details: HtmxDetails | None = getattr(request, "htmx", None)
    return HtmxDetails(request) if details is None else details  # a request that an early middleware refused


def page_of(request: HttpRequest) -> str:
    """Return the page that is being viewed: for htmx, the one of which it changes a part."""
    try:
        page = htmx_of(request).current_url_abs_path
    except (ValueError, DisallowedHost):  # no address at all, or a Host that is not ours
        page = None
    # "//evil.example/" is a path that a link would take for a host.
    return escape_leading_slashes(page) if page else request.get_full_path()


def context(request: HttpRequest) -> dict[str, object]:
    """Return `base`, the template that a page extends, whole or empty; and `here`, the address of the viewed page."""
    return {"base": "web/part.html" if htmx_of(request) else "base.html", "here": page_of(request)}


def is_somebody_else(request: HttpRequest) -> bool:
    """Return whether the page was made for someone else, because another person has logged in in another tab."""
    return request.headers.get(PERSON, str(request.user.pk)) != str(request.user.pk)


def refused_form(request: HttpRequest, template: str, context: dict[str, object], *, at: str) -> HttpResponse:
    """Return the submitted form with its errors, which replaces the form `at`."""
    return reselect(reswap(retarget(render(request, template, context, status=400), at), "outerHTML"), "unset")


class HtmxAnswers:
    """Turns any view's answer into one that htmx can use.

    Messages for the next page are shown on this one. A redirect leads the
    whole page there. A failure is shown as a message, never inside what was pressed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if "text/html" not in response.headers.get("Content-Type", ""):
            return response
        # One address answers with a page or with a part of it: no cache may take one for the other.
        patch_vary_headers(response, ["HX-Request"])
        if htmx_of(request):
            response = _for_htmx(request, response)
            response.headers[PERSON] = str(request.user.pk or "")
            add_never_cache_headers(response)
        return response


def _for_htmx(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if "HX-Retarget" in response or "HX-Redirect" in response:
        return response
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return response  # a page that was made without a request; the browser has words of its own for it
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        return reselect(reswap(retarget(response, "#flashes"), "beforeend"), "unset")
    if response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
        answer = HttpResponse(headers={"HX-Redirect": response.headers["Location"]})
        answer.cookies = response.cookies
        return answer
    if len(get_messages(request)):
        response.content += render_to_string("web/flashes_beside.html", request=request).encode()
    return response
