"""The inbox as pages."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from notifications.inbox import reading
from notifications.inbox.cursor import Cursor
from notifications.inbox.queries import entry_of, inbox
from notifications.inbox.sentences import page_of
from notifications.inbox.sql.reading import UNREAD_CAP
from notifications.inbox.strangers import waiting_strangers
from notifications.inbox.unread_counts import InboxState, inbox_states
from notifications.models import Kind
from notifications.preferences import mutes
from notifications.preferences.mutes import SPANS
from socialapp.follows.queries import waiting_requests
from socialapp.users.requests import AuthenticatedRequest
from socialapp.web.htmx import htmx_of
from socialapp.web.pages import back, flash_with_undo, signed_in

FILTERS = {
    "": _("All"),
    "unread": _("Unread"),
    Kind.LIKE: _("Likes"),
    Kind.SHARE: _("Shares"),
    Kind.COMMENT: _("Comments"),
    Kind.REPLY: _("Replies"),
    Kind.MENTION: _("Mentions"),
    Kind.FOLLOW: _("Follows"),
    Kind.REQUEST: _("Follow requests"),
    Kind.POST: _("New posts"),
    Kind.MODERATION: _("Moderation"),
}

NOBODYS = InboxState(0, 0, 0, 0)


@require_safe
@signed_in
@never_cache
def show(request: AuthenticatedRequest) -> HttpResponse:
    """What others did, the newest first; `only` one kind of it, or only what is unread."""
    only = request.GET.get("only", "")
    if only not in FILTERS:
        return redirect("notifications:inbox")
    # Before the page is read: what comes meanwhile is not on it, and is not marked read from it.
    until = place_of(request)
    page = inbox(
        request.user.pk,
        unread=only == "unread",
        kind=only if only in Kind else None,
        token=request.GET.get("page"),
    )
    if only not in Kind:
        reading.note_shown(person_id=request.user.pk, place=until, page=page)
    context = {"page": page, "only": only, "filters": FILTERS, "until": until}
    context |= {"requests": waiting_requests(request.user.pk), "strangers": waiting_strangers(request.user.pk)}
    return render(request, "notifications/inbox.html", context)


@require_POST
@signed_in
def visit(request: AuthenticatedRequest, entry_id: str) -> HttpResponse:
    """Mark an entry read, as it was on the page, and go to what it is about."""
    entry = entry_of(request.user.pk, entry_id)
    reading.mark_read(person_id=request.user.pk, ids=[entry_id], until=_seen(request))
    return redirect(page_of(entry, request.user))


@require_POST
@signed_in
def mark(request: AuthenticatedRequest, entry_id: str, verb: str) -> HttpResponse:
    """Mark one entry read, as it was on the page, or unread."""
    if verb == "read":
        reading.mark_read(person_id=request.user.pk, ids=[entry_id], until=_seen(request))
    else:
        reading.mark_unread(person_id=request.user.pk, ids=[entry_id])
    if htmx_of(request):
        entry = entry_of(request.user.pk, entry_id)
        return render(request, "notifications/marked.html", {"entry": entry})
    return back(request, "notifications:inbox")


@require_POST
@signed_in
def mark_all(request: AuthenticatedRequest) -> HttpResponse:
    """Mark all read that the inbox held when the page was made; with a way to undo it."""
    place = Cursor.read(request.POST.get("until", "")) or reading.last_shown(request.user.pk)
    reading.mark_all_read(person_id=request.user.pk, until=place)
    flash_with_undo(request, gettext("All is marked read."), reverse("notifications:undo_mark_all"))
    if htmx_of(request):
        return _with_badge(request, "all-read")
    return back(request, "notifications:inbox")


@require_POST
@signed_in
def undo_mark_all(request: AuthenticatedRequest) -> HttpResponse:
    """Unread is again what was."""
    if reading.undo_mark_all_read(person_id=request.user.pk):
        messages.success(request, gettext("What was unread is unread again."))
    else:
        messages.error(request, gettext("There is nothing to undo any more."))
    if htmx_of(request):
        return _with_badge(request, "stale")
    return back(request, "notifications:inbox")


@require_POST
@signed_in
def mute_entry(request: AuthenticatedRequest, entry_id: str) -> HttpResponse:
    """Mute the thread of an inbox entry's post, or only this kind of activity on it."""
    entry = entry_of(request.user.pk, entry_id)
    if entry.post is None:
        raise Http404("There is no post to mute.")
    kind = entry.kind if request.POST.get("what") == "kind" else ""
    span = SPANS.get(request.POST.get("for", "always"))
    until = timezone.now() + span if span else None
    mutes.mute_post(person=request.user, post_id=entry.post.pk, kind=kind, until=until)
    messages.success(
        request,
        gettext("You get no more notifications of it. To undo this, open the settings, Muted and blocked."),
    )
    return back(request, "notifications:inbox")


def _seen(request: AuthenticatedRequest) -> int | None:
    """The number of the inbox's sequence that the entry had on the page; without one, what a page last showed."""
    seq = request.POST.get("until", "")
    if seq.isascii() and seq.isdecimal() and len(seq) < 19:
        return int(seq)
    place = reading.last_shown(request.user.pk)
    return place.seq if place else None


def _with_badge(request: AuthenticatedRequest, event: str) -> HttpResponse:
    """Answer htmx with the current badge, and an event that says what to do with the entries."""
    response = render(request, "web/badge.html", {"badge": badge(request)["unread_badge"], "beside": True})
    return trigger_client_event(response, event)


def badge(request: HttpRequest) -> dict[str, Any]:
    """`unread_badge` for templates: "", a number, or "99+"; `live_cursor`: what the page knows of the news.

    Asks the database only when a page shows it, once.
    """

    def text() -> str:
        count = known.unread
        return f"{UNREAD_CAP - 1}+" if count >= UNREAD_CAP else str(count or "")

    known: Any = SimpleLazyObject(lambda: _standing(request))
    return {
        "unread_badge": SimpleLazyObject(text),
        "live_cursor": SimpleLazyObject(lambda: str(place_of(request))),
    }


def place_of(request: HttpRequest) -> Cursor:
    """How far the viewer's inbox had come when this request first asked."""
    standing = _standing(request)
    return Cursor(standing.seq, standing.version, standing.at)


def _standing(request: HttpRequest) -> InboxState:
    if not hasattr(request, "inbox_standing"):
        person_id = request.user.pk
        standing = inbox_states([person_id])[person_id] if person_id else NOBODYS
        request.inbox_standing = standing  # type: ignore[attr-defined]
    return request.inbox_standing  # type: ignore[attr-defined,no-any-return]
