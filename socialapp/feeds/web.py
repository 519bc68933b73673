"""The feeds: home, public, and a person's own."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from socialapp.feeds.profiles import profile_of
from socialapp.feeds.queries import home_feed, profile_feed, public_feed
from socialapp.feeds.suggestions import people_to_follow
from socialapp.posts.forms import PostForm
from socialapp.users.models import Person
from socialapp.users.queries import is_retired, person_named


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What the people one follows posted and shared; strangers are shown the public feed."""
    if not request.user.is_authenticated:
        return redirect("feeds:public")
    token = request.GET.get("page")
    page = home_feed(request.user.pk, token)
    suggested = [] if token else people_to_follow(request.user.pk)
    return render(request, "feeds/home.html", {"page": page, "form": PostForm(), "suggested": suggested})


@require_GET
def public(request: HttpRequest) -> HttpResponse:
    """What everybody posts. For a stranger, also what this is and how to join."""
    page = public_feed(request.GET.get("page"), viewer_id=request.user.pk)
    return render(request, "feeds/public.html", {"page": page})


@require_GET
def profile(request: HttpRequest, username: str) -> HttpResponse:
    """A person, and what they posted and shared."""
    try:
        person = person_named(username)
    except Person.DoesNotExist:
        if not is_retired(username):
            raise
        return render(request, "feeds/gone.html", {"username": username}, status=410)
    page = profile_feed(person.pk, request.GET.get("page"), viewer_id=request.user.pk)
    return render(request, "feeds/profile.html", {"person": person, "page": page, "profile": profile_of(person, None)})
