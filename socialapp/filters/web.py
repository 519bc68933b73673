"""Pages of muted words."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from socialapp.api.pagination import paginate
from socialapp.filters import operations
from socialapp.filters.forms import FilterForm
from socialapp.filters.models import WordFilter
from socialapp.filters.queries import filters_of
from socialapp.users.requests import AuthenticatedRequest
from socialapp.web.pages import errors_on, flash_with_undo, signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@never_cache
def show(request: AuthenticatedRequest) -> HttpResponse:
    """List the viewer's muted words, and mute more."""
    form = FilterForm(request.POST or None)
    if form.is_valid():
        with errors_on(form):
            saved = operations.mute_words(person=request.user, **form.values())
            messages.success(request, _("“%(phrase)s” is muted.") % {"phrase": saved.phrase})
            return redirect("filters:show")
    page = paginate(filters_of(request.user.pk), ["-id"], request.GET.get("page"))
    return render(request, "filters/show.html", {"form": form, "page": page}, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@never_cache
def edit(request: AuthenticatedRequest, filter_id: int) -> HttpResponse:
    """Change how a phrase is muted."""
    known = WordFilter.objects.get(person=request.user, pk=filter_id)
    form = FilterForm(request.POST or None, known=known)
    if form.is_valid():
        with errors_on(form):
            operations.mute_words(person=request.user, **form.values())
            messages.success(request, _("Saved."))
            return redirect("filters:show")
    return render(request, "filters/edit.html", {"form": form, "known": known}, status=400 if form.errors else 200)


@require_POST
@signed_in
def remove(request: AuthenticatedRequest, filter_id: int) -> HttpResponse:
    """Unmute a phrase, with an undo on the page that follows."""
    known = operations.unmute_words(person=request.user, filter_id=filter_id)
    undo = reverse("filters:restore", args=[operations.undo_token(known)])
    flash_with_undo(request, _("“%(phrase)s” is no longer muted.") % {"phrase": known.phrase}, undo)
    return redirect("filters:show")


@require_POST
@signed_in
def restore(request: AuthenticatedRequest, removed: str) -> HttpResponse:
    """Mute a phrase again that was just unmuted."""
    again = operations.restore_words(person=request.user, token=removed)
    messages.success(request, _("“%(phrase)s” is muted.") % {"phrase": again.phrase})
    return redirect("filters:show")
