"""The inbox as pages."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from notifications import operations, timeline
from notifications.composing import page_of
from notifications.forms import MissedForm
from notifications.live.cursor import Cursor
from notifications.models import Group, Kind
from notifications.preferences import choices_of
from notifications.queries import entry_of, inbox
from notifications.unread import UNREAD_CAP, Standing, standings
from socialapp.http.htmx import htmx_of
from socialapp.http.pages import back, live_url, say_with_undo, signed_in
from socialapp.users.models import Person
from socialapp.users.requests import MemberRequest

FILTERS = {
    "": _("All"),
    "unread": _("Unread"),
    Kind.LIKE: _("Likes"),
    Kind.SHARE: _("Shares"),
    Kind.COMMENT: _("Comments"),
    Kind.REPLY: _("Replies"),
    Kind.MENTION: _("Mentions"),
    Kind.FOLLOW: _("Follows"),
    Kind.POST: _("New posts"),
}

NOBODYS = Standing(0, 0, 0, 0)


@require_GET
@signed_in
@never_cache
def show(request: MemberRequest) -> HttpResponse:
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
        operations.note_shown(person_id=request.user.pk, place=until, page=page)
    context = {"page": page, "only": only, "filters": FILTERS, "until": until}
    return render(request, "notifications/inbox.html", context)


@require_POST
@signed_in
def visit(request: MemberRequest, entry_id: str) -> HttpResponse:
    """Mark an entry read, as it was on the page, and go to what it is about."""
    entry = entry_of(request.user.pk, entry_id)
    operations.mark_read(person_id=request.user.pk, ids=[entry_id], until=_seen(request))
    return redirect(page_of(entry, request.user))


@require_POST
@signed_in
def mark(request: MemberRequest, entry_id: str, verb: str) -> HttpResponse:
    """Mark one entry read, as it was on the page, or unread."""
    if verb == "read":
        operations.mark_read(person_id=request.user.pk, ids=[entry_id], until=_seen(request))
    else:
        operations.mark_unread(person_id=request.user.pk, ids=[entry_id])
    if htmx_of(request):
        entry = entry_of(request.user.pk, entry_id)
        return render(request, "notifications/marked.html", {"entry": entry})
    return back(request, "notifications:inbox")


@require_POST
@signed_in
def mark_all(request: MemberRequest) -> HttpResponse:
    """Mark all read that the inbox held when the page was made; with a way to undo it."""
    place = Cursor.read(request.POST.get("until", "")) or operations.last_shown(request.user.pk)
    operations.mark_all_read(person_id=request.user.pk, until=place)
    say_with_undo(request, gettext("All is marked read."), reverse("notifications:undo_mark_all"))
    if htmx_of(request):
        return _with_badge(request, "all-read")
    return back(request, "notifications:inbox")


@require_POST
@signed_in
def undo_mark_all(request: MemberRequest) -> HttpResponse:
    """Unread is again what was."""
    if operations.undo_mark_all_read(person_id=request.user.pk):
        messages.success(request, gettext("What was unread is unread again."))
    else:
        messages.error(request, gettext("There is nothing to undo any more."))
    if htmx_of(request):
        return _with_badge(request, "stale")
    return back(request, "notifications:inbox")


def _seen(request: MemberRequest) -> int | None:
    """The number of the inbox's sequence that the entry had on the page; without one, what a page last showed."""
    seq = request.POST.get("until", "")
    if seq.isascii() and seq.isdecimal() and len(seq) < 19:
        return int(seq)
    place = operations.last_shown(request.user.pk)
    return place.seq if place else None


def _with_badge(request: MemberRequest, event: str) -> HttpResponse:
    """To htmx: the badge as it is now, and what to do with the entries."""
    response = render(request, "http/badge.html", {"badge": badge(request)["unread_badge"], "beside": True})
    return trigger_client_event(response, event)


@require_GET
@signed_in
@never_cache
def why(request: MemberRequest, entry_id: str) -> HttpResponse:
    """Why did I get this, and where: the inbox, and each endpoint with its attempts."""
    entry = entry_of(request.user.pk, entry_id)
    number = int(entry_id[1:])
    if entry_id.startswith("p"):
        stories = timeline.of_post(request.user.pk, number)
    else:
        stories = timeline.of_group(Group.objects.get(pk=number))
    context = {
        "entry": entry,
        "page": page_of(entry, request.user),
        "stories": stories,
        "choice": choices_of(request.user.pk)[str(entry.kind), "inbox"],
    }
    return render(request, "notifications/why.html", context)


@require_GET
@signed_in
@never_cache
def missed(request: MemberRequest) -> HttpResponse:
    """Why did I not get this? Of a deed that one names."""
    form = MissedForm(request.GET or None)
    stories: list[timeline.Story] | None = None
    if form.is_valid():
        actor = Person.objects.filter(username=form.cleaned_data["actor"]).first()
        stories = []
        if actor:
            stories = timeline.of_reaction(
                recipient_id=request.user.pk,
                actor_id=actor.pk,
                kind=form.cleaned_data["kind"],
                post_id=form.cleaned_data["post"],
            )
    context = {"form": form, "stories": stories}
    return render(request, "notifications/missed.html", context, status=400 if form.errors else 200)


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
    """How far the inbox of who is logged in had come when this request first asked."""
    standing = _standing(request)
    return Cursor(standing.seq, standing.version, standing.at)


def _standing(request: HttpRequest) -> Standing:
    if not hasattr(request, "inbox_standing"):
        person_id = request.user.pk
        standing = standings([person_id])[person_id] if person_id else NOBODYS
        request.inbox_standing = standing  # type: ignore[attr-defined]
    return request.inbox_standing  # type: ignore[attr-defined,no-any-return]


@require_GET
def live(request: HttpRequest) -> HttpResponse:
    """Where no proxy leads /live/ to the live process, this does."""
    address = live_url()
    if not address or address == request.path:
        return HttpResponse("No live process is named here: see SOCIALAPP_LIVE_URL.", "text/plain", status=503)
    return HttpResponse(status=307, headers={"Location": f"{address}?{request.META.get('QUERY_STRING', '')}"})
