"""Pages of preferences: kinds and channels, quiet hours, mutes, bells and unsubscribing."""

from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from notifications.labels import words
from notifications.models import ChannelName, FromWhom, Kind
from notifications.preferences import bells, mutes
from notifications.preferences.forms import PreferencesForm, ScheduleForm
from notifications.preferences.mutes import SPANS
from notifications.preferences.operations import preferences_of, set_preferences
from notifications.preferences.quiet_hours import save_schedule, schedule_of
from notifications.preferences.unsubscribe import read_token
from socialapp.api.pagination import paginate
from socialapp.follows.queries import blocks_of
from socialapp.users.models import Person
from socialapp.users.queries import person_named
from socialapp.users.requests import AuthenticatedRequest
from socialapp.web.htmx import htmx_of
from socialapp.web.pages import back, errors_on, flash_with_undo, signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@never_cache
def show(request: AuthenticatedRequest) -> HttpResponse:
    """Show and change whose notifications are wanted, by kind and channel, and the schedule."""
    form = PreferencesForm(request.POST or None, preferences=preferences_of(request.user.pk))
    if form.is_valid():
        set_preferences(person_id=request.user.pk, changes=form.chosen())
        messages.success(request, _("Saved."))
        return redirect("notifications:preferences")
    return _page(request, form, ScheduleForm(instance=schedule_of(request.user)))


@require_POST
@signed_in
def change_schedule(request: AuthenticatedRequest) -> HttpResponse:
    """Save when channels may send: quiet hours and digests."""
    form = ScheduleForm(request.POST, instance=schedule_of(request.user))
    if form.is_valid():
        with errors_on(form):
            save_schedule(form.save(commit=False))
            messages.success(request, _("Saved."))
            return redirect("notifications:preferences")
    return _page(request, PreferencesForm(preferences=preferences_of(request.user.pk)), form)


def _page(request: AuthenticatedRequest, preferences: PreferencesForm, schedule: ScheduleForm) -> HttpResponse:
    status = 400 if preferences.errors or schedule.errors else 200
    return render(
        request, "notifications/preferences.html", {"preferences": preferences, "schedule": schedule}, status=status
    )


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Turn mail of these kinds off by POST, without logging in (RFC 8058). GET asks, and changes nothing."""
    try:
        person_id, kinds = read_token(token)
    except signing.SignatureExpired:
        return render(request, "notifications/unsubscribe.html", {"is_old": True}, status=410)
    except (signing.BadSignature, ValueError) as error:
        raise Http404("This link is not one of ours.") from error
    person = Person.objects.filter(pk=person_id, deleted_at=None).first()
    known = [Kind(kind) for kind in kinds if kind in Kind]
    if person is None:
        raise Http404("There is no such account any more.")
    if request.method == "POST":
        set_preferences(person_id=person.pk, changes={(kind, ChannelName.EMAIL): FromWhom.NO_ONE for kind in known})
    context = {"done": request.method == "POST", "words": [words(kind) for kind in known], "person": person}
    return render(request, "notifications/unsubscribe.html", context)


@require_safe
@signed_in
@never_cache
def muted(request: AuthenticatedRequest) -> HttpResponse:
    """List the viewer's mutes, or with `which=blocked` the people they block, each with its end, a page at a time."""
    which = "blocked" if request.GET.get("which") == "blocked" else "muted"
    found: Any = blocks_of(request.user.pk) if which == "blocked" else mutes.mutes_of(request.user)
    page = paginate(found, ["-id"], request.GET.get("page"))
    return render(request, "notifications/muted.html", {"page": page, "which": which})


@require_POST
@signed_in
def unmute(request: AuthenticatedRequest, mute_id: int) -> HttpResponse:
    """End a mute."""
    mutes.unmute(person=request.user, mute_id=mute_id)
    messages.success(request, _("You get notifications of it again."))
    return HttpResponse() if htmx_of(request) else redirect("notifications:muted")


@require_POST
@signed_in
def mute_person(request: AuthenticatedRequest, username: str) -> HttpResponse:
    """Mute a person for the chosen time."""
    person = person_named(username)
    span = SPANS.get(request.POST.get("for", "always"))
    mute = mutes.mute_person(
        person=request.user,
        muted=person,
        until=timezone.now() + span if span else None,
        notifications="feeds" not in request.POST,
    )
    sentence = _("You muted %(name)s. We do not notify them of it.") % {"name": person.display_name}
    flash_with_undo(request, sentence, reverse("notifications:unmute", args=[mute.pk]))
    return HttpResponse() if htmx_of(request) else back(request, "notifications:muted")


@require_POST
@signed_in
def bell(request: AuthenticatedRequest, username: str) -> HttpResponse:
    """Turn the bell on for somebody one follows."""
    author = person_named(username)
    try:
        bells.switch_bell(person=request.user, author=author, on=True)
    except PermissionDenied:
        raise ValidationError(_("Follow %(name)s first.") % {"name": author.display_name}) from None
    if htmx_of(request):
        return render(request, "notifications/bell.html", {"person": author, "rung": True})
    messages.success(request, _("We will notify you as soon as %(name)s posts.") % {"name": author.display_name})
    return back(request, f"/@{author.username}/")


@require_POST
@signed_in
def bell_off(request: AuthenticatedRequest, username: str) -> HttpResponse:
    """Turn the bell off: new posts are in the inbox only."""
    author = person_named(username)
    bells.switch_bell(person=request.user, author=author, on=False)
    if htmx_of(request):
        return render(request, "notifications/bell.html", {"person": author, "rung": False})
    messages.success(request, _("New posts of %(name)s are in your inbox only.") % {"name": author.display_name})
    return back(request, f"/@{author.username}/")
