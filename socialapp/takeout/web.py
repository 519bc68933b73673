"""The page of one's exports: request one, watch it being made, download and remove it."""

from typing import cast

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from socialapp.takeout import download as downloads
from socialapp.takeout import operations
from socialapp.takeout.models import Export
from socialapp.takeout.queries import newest_export
from socialapp.users.passwords import need_password
from socialapp.users.requests import AuthenticatedRequest
from socialapp.web.htmx import htmx_of
from socialapp.web.pages import signed_in


@require_safe
@signed_in
@never_cache
def show(request: AuthenticatedRequest) -> HttpResponse:
    """The export that was requested last. While it is being made, the page asks for this part of it again."""
    export = newest_export(request.user.pk)
    context = {"export": None if export and export.state == Export.State.REMOVED else export}
    is_part = htmx_of(request) and htmx_of(request).target == "export"
    return render(request, "takeout/export.html" if is_part else "takeout/show.html", context)


@require_POST
@signed_in
def ask(request: AuthenticatedRequest) -> HttpResponse:
    """Request an export."""
    operations.request_export(person=request.user)
    return redirect("takeout:show")


@require_POST
@signed_in
def remove(request: AuthenticatedRequest, export_id: int) -> HttpResponse:
    """Cancel an export, or remove it."""
    operations.remove_export(person=request.user, export_id=export_id)
    messages.success(request, _("The export is removed."))
    return redirect("takeout:show")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@never_cache
def download(request: AuthenticatedRequest, export_id: int) -> HttpResponse:
    """Lead to the archive by a link for a few hours, once the password was typed. Only its owner."""
    export = Export.objects.get(pk=export_id, person=request.user, state=Export.State.READY)
    if not downloads.is_key_of(export, request.GET.get("key", "")):
        need_password(request)
        address = reverse("takeout:download", args=[export.pk])
        return redirect(f"{address}?key={downloads.key_of(export)}")
    if not downloads.is_there(export):
        operations.lost(export)
        messages.error(request, _("The files of this export are gone. Request another one."))
        return redirect("takeout:show")
    # For the types, a streaming response is not an HttpResponse; for the client there is no difference.
    return cast("HttpResponse", downloads.answer(request, export))
