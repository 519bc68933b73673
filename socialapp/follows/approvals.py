"""Pages for people who approve their followers: requests, their answers, removing followers, and the setting."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from socialapp.api.pagination import paginate
from socialapp.follows import follow_requests
from socialapp.follows.follow_requests import Waiting
from socialapp.follows.forms import LockForm, ReachForm
from socialapp.follows.queries import requests_to, waiting_requests
from socialapp.users.operations import choose_reachable
from socialapp.users.queries import person_named
from socialapp.users.requests import AuthenticatedRequest
from socialapp.web.htmx import htmx_of
from socialapp.web.pages import back, flash_with_undo, signed_in


@require_safe
@signed_in
@never_cache
def requests(request: AuthenticatedRequest) -> HttpResponse:
    """List the requests to follow the viewer, the newest first."""
    page = paginate(requests_to(request.user.pk), ["-id"], request.GET.get("page"))
    people = [asked.follower for asked in page.items]
    return render(request, "follows/requests.html", {"page": page, "people": people})


@require_POST
@signed_in
def approve(request: AuthenticatedRequest, username: str) -> HttpResponse:
    """Approve somebody's request. May be repeated."""
    person = person_named(username)
    follow_requests.approve(followee_id=request.user.pk, follower_id=person.pk)
    messages.success(request, _("%(name)s follows you now.") % {"name": person.display_name})
    return HttpResponse() if htmx_of(request) else back(request, "follows:requests")


@require_POST
@signed_in
def refuse(request: AuthenticatedRequest, username: str) -> HttpResponse:
    """Refuse somebody's request, with an undo on the page that follows. May be repeated."""
    person = person_named(username)
    refused = follow_requests.refuse(followee_id=request.user.pk, follower_id=person.pk)
    if refused:
        undo = reverse("follows:restore_request", args=[person.username, refused])
        sentence = _("The request of %(name)s is refused. We do not notify them of it.")
        flash_with_undo(request, sentence % {"name": person.display_name}, undo)
    return HttpResponse() if htmx_of(request) else back(request, "follows:requests")


@require_POST
@signed_in
def restore_request(request: AuthenticatedRequest, username: str, refused_request: str) -> HttpResponse:
    """Undo the refusal of a request, which then waits again."""
    person = person_named(username)
    restored = follow_requests.restore_request(followee_id=request.user.pk, refused=refused_request)
    sentence = _("The request of %(name)s waits again.") if restored.is_requested else _("%(name)s follows you now.")
    messages.success(request, sentence % {"name": person.display_name})
    if htmx_of(request):
        return trigger_client_event(HttpResponse(), "restored", {"id": f"person-{person.pk}"})
    return redirect("follows:requests")


@require_POST
@signed_in
def answer_all(request: AuthenticatedRequest) -> HttpResponse:
    """Approve or refuse all requests that wait."""
    approves = request.POST.get("answer") == Waiting.APPROVE
    follow_requests.answer_all(followee_id=request.user.pk, approve=approves)
    messages.success(request, _("All requests are approved.") if approves else _("All requests are refused."))
    return redirect("follows:requests")


@require_POST
@signed_in
def remove_follower(request: AuthenticatedRequest, username: str) -> HttpResponse:
    """End that somebody follows the viewer, with an undo on the page that follows. May be repeated."""
    person = person_named(username)
    removed = follow_requests.remove_follower(followee_id=request.user.pk, follower_id=person.pk)
    if removed:
        undo = reverse("follows:restore_follower", args=[person.username, removed])
        sentence = _("%(name)s no longer follows you. We do not notify them of it.")
        flash_with_undo(request, sentence % {"name": person.display_name}, undo)
    return (
        HttpResponse()
        if htmx_of(request)
        else back(request, reverse("follows:followers", args=[request.user.username]))
    )


@require_POST
@signed_in
def restore_follower(request: AuthenticatedRequest, username: str, removed_follow: str) -> HttpResponse:
    """Undo the removal of a follower."""
    person = person_named(username)
    follow_requests.restore_follower(followee_id=request.user.pk, removed=removed_follow)
    messages.success(request, _("%(name)s follows you again.") % {"name": person.display_name})
    if htmx_of(request):
        return trigger_client_event(HttpResponse(), "restored", {"id": f"person-{person.pk}"})
    return redirect("follows:followers", request.user.username)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@never_cache
def settings(request: AuthenticatedRequest) -> HttpResponse:
    """Choose who may follow; the form beside it is of `reach`."""
    waits = waiting_requests(request.user.pk)
    form = LockForm(request.POST or None, locked=request.user.locked, waits=waits)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        waiting = Waiting(chosen.get("waiting", Waiting.LEAVE))
        follow_requests.set_locked(person=request.user, locked=chosen["locked"], waiting=waiting)
        messages.success(request, _("Saved."))
        return redirect("follows:settings")
    context = {"form": form, "waits": waits, "reach": ReachForm(initial={"reachable_by": request.user.reachable_by})}
    return render(request, "follows/settings.html", context, status=400 if form.errors else 200)


@require_POST
@signed_in
def reach(request: AuthenticatedRequest) -> HttpResponse:
    """Choose who may reply to the viewer and mention them."""
    form = ReachForm(request.POST)
    if form.is_valid():
        choose_reachable(person=request.user, by=form.cleaned_data["reachable_by"])
        messages.success(request, _("Saved."))
    return redirect("follows:settings")
