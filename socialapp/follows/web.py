"""Pages of followers, and the forms to follow and to block."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from socialapp.api.pagination import paginate
from socialapp.follows import operations
from socialapp.follows.queries import followers_of, following_of, person_unblocked
from socialapp.users.models import Person
from socialapp.users.queries import person_named
from socialapp.users.requests import AuthenticatedRequest
from socialapp.web.htmx import htmx_of
from socialapp.web.pages import back, flash_with_undo, signed_in


@require_safe
def followers(request: HttpRequest, username: str) -> HttpResponse:
    """A person's followers, the newest first."""
    person = person_unblocked(username, request.user.pk)
    page = paginate(followers_of(person.pk, request.user.pk), ["-id"], request.GET.get("page"))
    context = {"person": person, "page": page, "people": [follow.follower for follow in page.items]}
    return render(request, "follows/followers.html", context | {"removable": person.pk == request.user.pk})


@require_safe
def following(request: HttpRequest, username: str) -> HttpResponse:
    """List the people that a person follows, the most recently followed first."""
    person = person_unblocked(username, request.user.pk)
    page = paginate(following_of(person.pk, request.user.pk), ["-id"], request.GET.get("page"))
    people = [follow.followee for follow in page.items]
    return render(request, "follows/following.html", {"person": person, "page": page, "people": people})


@require_POST
@signed_in
def follow(request: AuthenticatedRequest, username: str) -> HttpResponse:
    """Follow somebody, or ask to. May be repeated."""
    person = person_named(username)
    try:
        is_new, asked = operations.follow_or_ask(follower_id=request.user.pk, followee_id=person.pk)
    except Person.DoesNotExist as error:  # they can be seen, so this is why
        sentence = _("You cannot follow %(name)s, because one of you has blocked the other.")
        raise ValidationError(sentence % {"name": person.display_name}) from error
    if htmx_of(request):
        return _button(request, person, followed=not asked, asked=asked)
    if is_new:
        done = _("You asked to follow %(name)s.") if asked else _("You follow %(name)s now.")
        messages.success(request, done % {"name": person.display_name})
    return back(request, reverse("feeds:profile", args=[person.username]))


@require_POST
@signed_in
def unfollow(request: AuthenticatedRequest, username: str) -> HttpResponse:
    """Stop following somebody, or take a request back. May be repeated."""
    person = person_named(username)
    changed = operations.unfollow(follower_id=request.user.pk, followee_id=person.pk)
    if htmx_of(request):
        return _button(request, person)
    if changed:
        messages.success(request, _("You no longer follow %(name)s.") % {"name": person.display_name})
    return back(request, reverse("feeds:profile", args=[person.username]))


def _button(
    request: AuthenticatedRequest, person: Person, *, followed: bool = False, asked: bool = False
) -> HttpResponse:
    """The answer to htmx: the button as it is now."""
    context = {"viewer": request.user, "person": person, "followed": followed, "asked": asked}
    return render(request, "follows/button.html", context)


@require_POST
@signed_in
def block(request: AuthenticatedRequest, username: str) -> HttpResponse:
    """Block somebody, with an undo on the page that follows. May be repeated."""
    person = person_named(username)
    operations.block(blocker_id=request.user.pk, blocked_id=person.pk)
    undo = reverse("follows:unblock", args=[person.username])
    sentence = _("%(name)s can neither follow you nor react to you any more.")
    flash_with_undo(request, sentence % {"name": person.display_name}, undo)
    return back(request, reverse("feeds:profile", args=[person.username]))


@require_POST
@signed_in
def unblock(request: AuthenticatedRequest, username: str) -> HttpResponse:
    """Unblock somebody. May be repeated."""
    person = person_named(username)
    if operations.unblock(blocker_id=request.user.pk, blocked_id=person.pk):
        messages.success(request, _("%(name)s is no longer blocked.") % {"name": person.display_name})
    return back(request, reverse("feeds:profile", args=[person.username]))
