"""Pages of imports: choose a file, look at what it would do, have it done, and see what became of each line."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from socialapp.api.pagination import paginate
from socialapp.takeout import imports
from socialapp.takeout.forms import FileForm, ModeForm
from socialapp.takeout.kinds import all_kinds
from socialapp.takeout.models import Import, Outcome
from socialapp.users.requests import AuthenticatedRequest
from socialapp.web.htmx import htmx_of
from socialapp.web.pages import errors_on, signed_in

MOST_LISTED = 20


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@never_cache
def new(request: AuthenticatedRequest) -> HttpResponse:
    """Choose a file; its preview follows. Below, the imports of before."""
    form = FileForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        with errors_on(form):
            kind = all_kinds()[form.cleaned_data["kind"]]
            draft = imports.draft_import(person=request.user, kind=kind, data=form.cleaned_data["file"].read())
            return redirect("takeout:import", draft.pk)
    found = Import.objects.filter(person=request.user).order_by("-pk")[:MOST_LISTED]
    context = {"form": form, "imports": [_named(each) for each in found]}
    return render(request, "takeout/imports.html", context, status=400 if form.errors else 200)


@require_safe
@signed_in
@never_cache
def show(request: AuthenticatedRequest, import_id: int) -> HttpResponse:
    """What an import would do, does, or did, line by line. While it runs, the page asks for the part that changes."""
    found = Import.objects.get(pk=import_id, person=request.user)
    counts = dict(found.lines.values_list("outcome").annotate(n=Count("pk")).order_by())
    left = imports.to_do(found).count()
    done = sum(counts.get(each, 0) for each in (Outcome.ADDED, Outcome.REMOVED, Outcome.REFUSED))
    only = request.GET.get("only", "")
    lines = found.lines.filter(outcome=only) if only in Outcome else found.lines.all()
    context: dict[str, Any] = {
        **_named(found),
        "counts": [(code, Outcome(code).label, counts[code]) for code in Outcome if code in counts],
        "done": done,
        "total": done + left,
        "percent": done * 100 // (done + left) if done + left else 100,
        "form": ModeForm(),
        "only": only,
    }
    if htmx_of(request) and htmx_of(request).target == "import":
        return render(request, "takeout/import_state.html", context)
    context["page"] = paginate(lines, ["id"], request.GET.get("page"))
    return render(request, "takeout/import.html", context)


@require_POST
@signed_in
def begin(request: AuthenticatedRequest, import_id: int) -> HttpResponse:
    """Have it done."""
    form = ModeForm(request.POST)
    mode = Import.Mode(form.cleaned_data["mode"]) if form.is_valid() else Import.Mode.MERGE
    imports.begin_import(person=request.user, import_id=import_id, mode=mode)
    return redirect("takeout:import", import_id)


@require_POST
@signed_in
def discard(request: AuthenticatedRequest, import_id: int) -> HttpResponse:
    """Throw a draft away."""
    imports.discard_draft(person=request.user, import_id=import_id)
    messages.success(request, _("Nothing was imported."))
    return redirect("takeout:imports")


def _named(found: Import) -> dict[str, Any]:
    """An import, and what its kind is called; one of a kind that is no more has its code."""
    kind = all_kinds().get(found.kind)
    return {"import": found, "label": kind.label if kind else found.kind}
