"""The queue of cases, and one decision for many of them."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

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


@require_safe
@for_moderators
def show(request: AuthenticatedRequest) -> HttpResponse:
    """The cases, by filter, a page at a time."""
    which = request.GET.get("which", OPEN)
    if which not in FILTERS:
        return redirect("moderation:queue")
    page = queue(request.user, which, request.GET.get("page"))
    context: dict[str, Any] = {"page": page, "which": which, "filters": FILTERS, "bulk": BulkForm(case_ids=[])}
    return render(request, "moderation/queue.html", context)


@require_safe
@for_moderators
def following(request: AuthenticatedRequest, case_id: int) -> HttpResponse:
    """Go to the case after this one, or to the queue when none is left."""
    found = next_case(request.user, case_id)
    if found:
        return redirect("moderation:case", found.pk)
    messages.success(request, _("No other case waits."))
    return redirect("moderation:queue")


@require_POST
@for_moderators
def bulk(request: AuthenticatedRequest) -> HttpResponse:
    """Decide all cases that were chosen in the same way."""
    form = BulkForm(request.POST, case_ids=request.POST.getlist("cases"))
    if not form.is_valid():
        for sentences in form.errors.values():
            messages.error(request, " ".join(map(str, sentences)))
        return redirect("moderation:queue")
    done, refused = decide_all(moderator=request.user, **form.decision())
    if done:
        sentence = ngettext("%(n)d case is decided.", "%(n)d cases are decided.", done)
        messages.success(request, sentence % {"n": done})
    for username, error in refused:
        messages.error(request, f"@{username}: {_sentence(error)}")
    return redirect("moderation:queue")


def _sentence(error: ValidationError | PermissionDenied) -> str:
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
