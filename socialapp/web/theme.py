"""Chooses the theme and language of pages, and lists their keyboard shortcuts."""

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language

from socialapp.web.pages import back

THEMES = ["light", "dark"]
COOKIE = "theme"
_YEAR_S = 60 * 60 * 24 * 365


def context(request: HttpRequest) -> dict[str, str]:
    """Return `theme`: light, dark, or empty for the device's."""
    chosen = request.COOKIES.get(COOKIE, "")
    return {"theme": chosen if chosen in THEMES else ""}


def from_here(view: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Refuse cross-site requests, for forms without a CSRF token: enough where they could only change the look."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponseBase:
        if request.headers.get("Sec-Fetch-Site") == "cross-site":
            raise PermissionDenied
        return view(request)

    return guarded


@from_here
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Choose a theme for this browser."""
    response = back(request, "/")
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(COOKIE, chosen, max_age=_YEAR_S, samesite="Lax", secure=request.is_secure())
    else:
        response.delete_cookie(COOKIE)
    return response


@from_here
def language(request: HttpRequest) -> HttpResponse:
    """Choose a language for this browser by Django's view, without its redirects to whole addresses, as Referer is."""
    chosen = set_language(request)
    response = back(request, "/")
    response.cookies = chosen.cookies
    return response


@require_safe
def shortcuts(request: HttpRequest) -> HttpResponse:
    """List the keyboard shortcuts. Scripts show them as a panel."""
    return render(request, "web/shortcuts.html", {"groups": _keys()})


def _keys() -> list[tuple[str, list[tuple[list[str], str]]]]:
    return [
        (
            _("Move"),
            [
                (["j"], _("Next post, comment or entry")),
                (["k"], _("The one before")),
                (["o"], _("Open it")),
                (["u"], _("Back")),
                (["m"], _("Show more")),
                (["g", "h"], _("Home")),
                (["g", "i"], _("Inbox")),
                (["g", "p"], _("Your profile")),
                (["g", "f"], _("Public feed")),
                (["g", "b"], _("Bookmarks")),
                (["g", "s"], _("Settings")),
            ],
        ),
        (
            _("Do"),
            [
                (["l"], _("Like, or take it back")),
                (["s"], _("Share, or take it back")),
                (["b"], _("Bookmark, or let it go")),
                (["c"], _("Comment, or reply")),
                (["e"], _("Edit what is yours")),
                (["r"], _("Mark read or unread")),
                (["R"], _("Mark all read")),
                (["n"], _("New post")),
                (["/"], _("Search")),
                (["Ctrl", "Enter"], _("Send what you typed")),
                (["?"], _("This list")),
            ],
        ),
    ]
