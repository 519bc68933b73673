"""The queue of cases, and one decision for many of them."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from socialapp.moderation.forms import BulkForm
from socialapp.moderation.operations.bulk import decide_all
from socialapp.moderation.queries import APPEALS, CLOSED, HELD, MINE, OPEN, next_case, queue
from socialapp.moderation.roles import for_moderators
from socialapp.users.requests import AuthenticatedRequest

FILTERS = {
    OPEN: gettext_lazy("Open"),
    MINE: gettext_lazy("Mine"),
    APPEALS: gettext_lazy("With an appeal"),
    HELD: gettext_lazy("With posts that wait"),
    CLOSED: gettext_lazy("Closed"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@for_moderators
def show(request: AuthenticatedRequest) -> HttpResponse:
    """List the cases, by filter, a page at a time, and decide those that were chosen in the same way."""
    which = request.GET.get("which", OPEN)
    if which not in FILTERS:
        return redirect("moderation:queue")
    form = BulkForm(request.POST or None, case_ids=request.POST.getlist("cases"))
    if form.is_valid():
        _decide_all(request, form)
        return redirect(request.get_full_path())
    page = queue(request.user, which, request.GET.get("page"))
    shown = {case.pk for case in page.items}
    elsewhere = [id_ for id_ in form.chosen if id_ not in shown]  # on a page that "Show more" had added
    context: dict[str, Any] = {"page": page, "which": which, "filters": FILTERS, "bulk": form}
    context["chosen_elsewhere"] = elsewhere
    return render(request, "moderation/queue.html", context, status=400 if form.errors else 200)


@require_safe
@for_moderators
def following(request: AuthenticatedRequest, case_id: int) -> HttpResponse:
    """Go to the case after this one, or to the queue when none is left."""
    found = next_case(request.user, case_id)
    if found:
        return redirect("moderation:case", found.pk)
    messages.success(request, _("No other case waits."))
    return redirect("moderation:queue")


def _decide_all(request: AuthenticatedRequest, form: BulkForm) -> None:
    done, refused = decide_all(moderator=request.user, **form.decision())
    if done:
        sentence = ngettext("%(n)d case is decided.", "%(n)d cases are decided.", done)
        messages.success(request, sentence % {"n": done})
    for username, error in refused:
        messages.error(request, f"@{username}: {_sentence(error)}")


def _sentence(error: ValidationError | PermissionDenied) -> str:
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
