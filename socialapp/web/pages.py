"""What pages share: the way back after a form, messages that are shown once, and failures as pages."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig, ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import redirect, render
from django.template import loader
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import defaults

from socialapp.database import is_away
from socialapp.limits.operations import LimitExceeded
from socialapp.web.htmx import htmx_of, is_somebody_else, page_of
from socialapp.web.slow_bodies import TooManySlow

P = ParamSpec("P")

UNDO, SENT = "undo ", "sent "
POLICY = (
    "default-src 'self'; connect-src 'self' {live}; img-src 'self' data: blob: {media}; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def live_url() -> str:
    """Return the URL of streams for programs: settings.LIVE_URL, else the live process beside this one, else ""."""
    if settings.LIVE_URL or not settings.LIVE_PORT:
        return settings.LIVE_URL or ""
    return f"{_with_port(settings.PUBLIC_URL)}/live/"


def live_address() -> str:
    """Return the address of live streams for pages: as `live_url`, or ":8001/live/", a port of the host in the browser.

    On a laptop that may be 127.0.0.1 in one browser and the laptop's own name in another.
    """
    return f":{settings.LIVE_PORT}/live/" if settings.LIVE_PORT and not settings.LIVE_URL else settings.LIVE_URL or ""


def _live_sources() -> str:
    """Return that port of each of our hosts, for a page's policy. (A policy cannot name an IPv6 address.)"""
    if settings.LIVE_URL:
        return "" if settings.LIVE_URL.startswith("/") else settings.LIVE_URL.removesuffix("/live/")
    if not settings.LIVE_PORT:
        return ""
    scheme = urlsplit(settings.PUBLIC_URL).scheme
    return " ".join(_with_port(f"{scheme}://{host}") for host in settings.OWN_HOSTS if not host.startswith("["))


def _with_port(url: str) -> str:
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}:{settings.LIVE_PORT}"


def back(request: HttpRequest, fallback: str) -> HttpResponseRedirect:
    """Redirect to the path that the form sent as `next`, or else to `fallback`, a URL or a name of one."""
    to = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(to, None)
    # Not redirect(to), which takes a word without a slash for the name of a page.
    return HttpResponseRedirect(to) if ours else redirect(fallback)


def signed_in(view: Callable[Concatenate[Any, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Limit a view to people who are logged in. Others are sent to the log-in page, and from there back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if htmx_of(request) and (request.user.is_anonymous or is_somebody_else(request)):
            return render(request, "web/log_in_again.html", {"page": page_of(request)}, status=401)
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        here = request.get_full_path() if request.method in {"GET", "HEAD"} else back(request, "/").url
        return redirect_to_login(here)

    return guarded


def flash_with_undo(request: HttpRequest, sentence: str, undo_url: str) -> None:
    """Show a message on the next page, with a button that posts to `undo_url`."""
    messages.success(request, sentence, extra_tags=UNDO + undo_url)


def flash_sent(request: HttpRequest, sentence: str, draft: str) -> None:
    """Show a message on the next page, and let the browser delete what it keeps as `draft`."""
    messages.success(request, sentence, extra_tags=SENT + draft)


@contextmanager
def errors_on(form: BaseForm) -> Iterator[None]:
    """Show a ValidationError that is raised inside at the fields of `form`."""
    try:
        yield
    except ValidationError as error:
        form.add_error(None, _on_fields_of(form, error))


def _on_fields_of(form: BaseForm, error: ValidationError) -> Any:
    """Return errors by field; those of fields that the form lacks as errors of the whole form."""
    if hasattr(error, "error_dict") and set(error.error_dict) <= set(form.fields):
        return error
    return error.messages


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400; 413 if the body is too large, 503 if too many send slowly: Django has one handler for all."""
    if isinstance(exception, TooManySlow):
        response = render(request, "503.html", status=503)
        response.headers["Retry-After"] = "10"
        return response
    if isinstance(exception, RequestDataTooBig):
        return render(request, "413.html", status=413)
    return render(request, "400.html", status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500; 503 while the database is away. Called while the exception is handled; asks the database nothing."""
    if not is_away(sys.exc_info()[1]):
        return defaults.server_error(request)
    page = loader.get_template("database_away.html").render()
    return HttpResponse(page, status=503, headers={"Retry-After": "5"})


class DomainErrors:
    """Shows what operations and queries raise as pages, except PermissionDenied, which Django shows (403.html)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, ObjectDoesNotExist):
            return render(request, "404.html", status=404)
        if not isinstance(exception, ValidationError):
            return None
        if isinstance(exception, LimitExceeded) and not htmx_of(request):
            return render(
                request, "429.html", {"sentences": exception.messages, "back": back(request, "/").url}, status=429
            )
        if request.method != "POST" or htmx_of(request):
            template = "web/refused.html" if htmx_of(request) else "400.html"
            return render(request, template, {"sentences": exception.messages}, status=400)
        for sentence in exception.messages:
            messages.error(request, sentence)
        return back(request, "/")


class SmallPages(GZipMiddleware):
    """Compresses pages to a quarter, with a blurred length (against BREACH). The API's answers are small."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_page = "text/html" in response.headers.get("Content-Type", "")
        return super().process_response(request, response) if is_page else response


# Swagger's stylesheet and the styles that its script sets are inline; nothing else is.
DOCS_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# What no page here asks a device for.
PERMISSIONS = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"


class ContentPolicy:
    """Forbids inline and foreign scripts in pages, framing by other sites, and access to devices."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if "text/html" in response.headers.get("Content-Type", ""):
            response.headers.setdefault("Permissions-Policy", PERMISSIONS)
            response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if request.path.startswith("/api/"):
            response.headers.setdefault("Content-Security-Policy", DOCS_POLICY)
        else:
            policy = POLICY.format(live=_live_sources(), media=settings.MEDIA_HOST)
            response.headers.setdefault("Content-Security-Policy", policy)
        return response


class Private:
    """Keeps personal answers out of shared caches, even of those that ignore `Vary`.

    Private answers are stored in no cache. Feeds and posts may stay in the browser's until log-out, so that Back is
    fast; then it is asked to drop them all, and js/fresh.js reloads what it kept nevertheless.
    """

    OWN = ("/settings/", "/accounts/", "/inbox/", "/bookmarks/", "/admin/")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers:
            is_own = request.path.startswith(self.OWN)
            response.headers.setdefault("Cache-Control", "private, no-store" if is_own else "private")
        session = response.cookies.get(settings.SESSION_COOKIE_NAME)
        if session is not None and session["max-age"] == 0:
            response.headers["Clear-Site-Data"] = '"cache"'
        return response
