"""Who follows whom, and the forms of following and blocking."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from socialapp.follows import operations
from socialapp.follows.queries import followers_of, following_of
from socialapp.http.keyset import paginate
from socialapp.http.pages import back, say_with_undo, signed_in
from socialapp.users.queries import person_named
from socialapp.users.requests import MemberRequest


@require_GET
def followers(request: HttpRequest, username: str) -> HttpResponse:
    """The newest first."""
    person = person_named(username)
    page = paginate(followers_of(person.pk), ["-id"], request.GET.get("page"))
    people = [follow.follower for follow in page.items]
    return render(request, "follows/followers.html", {"person": person, "page": page, "people": people})


@require_GET
def following(request: HttpRequest, username: str) -> HttpResponse:
    """The newest first."""
    person = person_named(username)
    page = paginate(following_of(person.pk), ["-id"], request.GET.get("page"))
    people = [follow.followee for follow in page.items]
    return render(request, "follows/following.html", {"person": person, "page": page, "people": people})


@require_POST
@signed_in
def follow(request: MemberRequest, username: str) -> HttpResponse:
    """May be repeated."""
    person = person_named(username)
    if operations.follow(follower_id=request.user.pk, followee_id=person.pk):
        messages.success(request, f"You follow {person.display_name} now.")
    return back(request, reverse("feeds:profile", args=[person.username]))


@require_POST
@signed_in
def unfollow(request: MemberRequest, username: str) -> HttpResponse:
    """May be repeated."""
    person = person_named(username)
    if operations.unfollow(follower_id=request.user.pk, followee_id=person.pk):
        messages.success(request, f"You no longer follow {person.display_name}.")
    return back(request, reverse("feeds:profile", args=[person.username]))


@require_POST
@signed_in
def block(request: MemberRequest, username: str) -> HttpResponse:
    """May be repeated."""
    person = person_named(username)
    operations.block(blocker_id=request.user.pk, blocked_id=person.pk)
    undo = reverse("follows:unblock", args=[person.username])
    say_with_undo(request, f"{person.display_name} can neither follow you nor react to you any more.", undo)
    return back(request, reverse("feeds:profile", args=[person.username]))


@require_POST
@signed_in
def unblock(request: MemberRequest, username: str) -> HttpResponse:
    """May be repeated."""
    person = person_named(username)
    if operations.unblock(blocker_id=request.user.pk, blocked_id=person.pk):
        messages.success(request, f"{person.display_name} is no longer blocked.")
    return back(request, reverse("feeds:profile", args=[person.username]))
