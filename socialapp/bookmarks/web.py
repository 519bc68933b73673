"""The page of a person's bookmarks, and the forms that save and remove one."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from socialapp.bookmarks import operations
from socialapp.bookmarks.queries import bookmarks_of
from socialapp.users.requests import AuthenticatedRequest
from socialapp.web.htmx import htmx_of
from socialapp.web.pages import back, flash_with_undo, signed_in


@require_safe
@signed_in
@never_cache
def show(request: AuthenticatedRequest) -> HttpResponse:
    """The viewer's bookmarks, the latest saved first."""
    page = bookmarks_of(request.user.pk, request.GET.get("page"))
    return render(request, "bookmarks/show.html", {"page": page})


@require_POST
@signed_in
def save(request: AuthenticatedRequest, post_id: int) -> HttpResponse:
    """Save a post. May be repeated."""
    is_new = operations.save(person_id=request.user.pk, post_id=post_id)
    if htmx_of(request):
        return _button(request, post_id, bookmarked=True)
    if is_new:
        messages.success(request, _("Saved to your bookmarks. Only you see them."))
    return back(request, reverse("posts:post", args=[post_id]))


@require_POST
@signed_in
def unsave(request: AuthenticatedRequest, post_id: int) -> HttpResponse:
    """Remove a bookmark, with an undo on the page that follows. May be repeated."""
    was_saved = operations.unsave(person_id=request.user.pk, post_id=post_id)
    if htmx_of(request):
        return _button(request, post_id, bookmarked=False)
    if was_saved:
        flash_with_undo(request, _("Removed from your bookmarks."), reverse("bookmarks:save", args=[post_id]))
    return back(request, reverse("posts:post", args=[post_id]))


def _button(request: AuthenticatedRequest, post_id: int, *, bookmarked: bool) -> HttpResponse:
    """The answer to htmx: the button as it is now, which shows what happened."""
    post = {"pk": post_id, "summary": {"bookmarked": bookmarked}}
    return render(request, "bookmarks/button.html", {"post": post})
