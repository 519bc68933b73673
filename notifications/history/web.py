"""Pages that explain why somebody was, or was not, notified."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from notifications.history import trace
from notifications.history.forms import MissedForm
from notifications.inbox.queries import entry_of
from notifications.inbox.sentences import page_of
from notifications.models import ChannelName, NotificationGroup
from notifications.preferences.operations import preferences_of
from socialapp.users.models import Person
from socialapp.users.requests import AuthenticatedRequest
from socialapp.web.pages import signed_in


@require_safe
@signed_in
@never_cache
def why(request: AuthenticatedRequest, entry_id: str) -> HttpResponse:
    """Explain an entry of the inbox: how it got there, and to which endpoints it was sent."""
    entry = entry_of(request.user.pk, entry_id)
    number = int(entry_id[1:])
    if entry_id.startswith("p"):
        stories = trace.of_post(request.user.pk, number)
    else:
        stories = trace.of_group(NotificationGroup.objects.get(pk=number))
    context = {
        "entry": entry,
        "page": page_of(entry, request.user),
        "stories": stories,
        "choice": preferences_of(request.user.pk).get((str(entry.kind), ChannelName.INBOX)),
    }
    return render(request, "notifications/why.html", context)


@require_safe
@signed_in
@never_cache
def missed(request: AuthenticatedRequest) -> HttpResponse:
    """Explain why an activity that one names did not notify."""
    form = MissedForm(request.GET or None)
    stories: list[trace.Trace] | None = None
    if form.is_valid():
        actor = Person.objects.filter(username=form.cleaned_data["actor"]).first()
        stories = []
        if actor:
            stories = trace.of_reaction(
                recipient_id=request.user.pk,
                actor_id=actor.pk,
                kind=form.cleaned_data["kind"],
                post_id=form.cleaned_data["post"],
            )
    context = {"form": form, "stories": stories}
    return render(request, "notifications/missed.html", context, status=400 if form.errors else 200)
