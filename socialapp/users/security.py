"""The page of what opens one's account: password, second factor, passkeys, and where one is logged in."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from socialapp.users import log_ins
from socialapp.users.browsers import browser_name
from socialapp.users.places import with_place
from socialapp.users.requests import AuthenticatedRequest
from socialapp.users.second_factor import factors_of, needs_second_factor
from socialapp.users.sessions import stored_key
from socialapp.web.pages import signed_in


@require_safe
@signed_in
def show(request: AuthenticatedRequest) -> HttpResponse:
    """Everything that opens the account, each with what ends it."""
    person = request.user
    mine = stored_key(request.session.session_key or "")
    context = {
        **factors_of(person),
        "must": person.is_staff and needs_second_factor(person),
        "log_ins": [
            {
                "row": row,
                "browser": browser_name(row.user_agent),
                "where": with_place(row.address),
                "is_this": row.session_id == mine,
            }
            for row in log_ins.log_ins_of(person)
        ],
    }
    return render(request, "users/security.html", context)


@require_POST
@signed_in
def end(request: AuthenticatedRequest, log_in_id: int) -> HttpResponse:
    """Log one browser out, at its next request."""
    log_ins.end(person=request.user, log_in_id=log_in_id)
    messages.success(request, _("That browser is logged out."))
    return redirect("users:security")


@require_POST
@signed_in
def end_others(request: AuthenticatedRequest) -> HttpResponse:
    """Log all other browsers out."""
    log_ins.end_others(request)
    messages.success(request, _("All other browsers are logged out."))
    return redirect("users:security")
