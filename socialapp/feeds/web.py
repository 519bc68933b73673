"""The pages of feeds: home, public, and a person's own."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from socialapp.api.pagination import Page
from socialapp.feeds.profiles import profile_of
from socialapp.feeds.queries import FeedItem, home_feed, profile_feed, profile_replies, public_feed
from socialapp.feeds.suggestions import people_to_follow
from socialapp.follows.queries import person_seen
from socialapp.posts.forms import PostForm
from socialapp.users.models import Person
from socialapp.users.queries import is_retired


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The home feed; people without an account are sent to the public feed."""
    if not request.user.is_authenticated:
        return redirect("feeds:public")
    token = request.GET.get("page")
    page = home_feed(request.user.pk, token)
    suggested = [] if token else people_to_follow(request.user.pk)
    return render(
        request, "feeds/home.html", {"page": page, "form": PostForm().for_writer(request.user), "suggested": suggested}
    )


@require_safe
def public(request: HttpRequest) -> HttpResponse:
    """The public feed; people without an account also read what the site is and how to join."""
    page = public_feed(request.GET.get("page"), viewer_id=request.user.pk)
    return render(request, "feeds/public.html", {"page": page})


@require_safe
def profile(request: HttpRequest, username: str) -> HttpResponse:
    """A person's profile and posts."""
    return _profile_page(request, username, profile_feed, "feeds/profile.html")


@require_safe
def replies(request: HttpRequest, username: str) -> HttpResponse:
    """A person's profile and replies."""
    return _profile_page(request, username, profile_replies, "feeds/replies.html")


def _profile_page(
    request: HttpRequest, username: str, feed: Callable[..., Page[FeedItem]], template: str
) -> HttpResponse:
    try:
        person = person_seen(username, request.user.pk)
    except Person.DoesNotExist:
        if not is_retired(username):
            raise
        return render(request, "feeds/gone.html", {"username": username}, status=410)
    profile = profile_of(person, request.user.pk)
    if profile.is_blocked:
        return render(request, "feeds/shut_out.html", {"person": person})
    page = feed(person.pk, request.GET.get("page"), viewer_id=request.user.pk)
    context = {"person": person, "page": page, "profile": profile}
    return render(request, template, context)
