"""Pages of invitations, and what somebody who applied is shown."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from socialapp.api.pagination import paginate
from socialapp.signup import operations, queries
from socialapp.signup.forms import InvitationForm
from socialapp.signup.models import Invitation, Mode
from socialapp.users.requests import AuthenticatedRequest
from socialapp.web.pages import errors_on, signed_in


@require_safe
@never_cache
def invited(request: HttpRequest, code: str) -> HttpResponse:
    """Where an invitation leads: to the sign-up page, which knows of it; or says that it has ended."""
    if request.user.is_authenticated:
        messages.info(request, _("You have an account already. This link is for somebody else."))
        return redirect("feeds:home")
    if queries.usable_invitation(code) is None:
        is_closed = queries.rules().mode in {Mode.CLOSED, Mode.INVITATION}
        return render(request, "signup/ended.html", {"is_closed": is_closed}, status=410)
    return redirect(f"{reverse('account_signup')}?{urlencode({'invitation': code})}")


@require_safe
def applied(request: HttpRequest) -> HttpResponse:
    """Show applicants what happens next."""
    return render(request, "signup/applied.html")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@never_cache
def invitations(request: AuthenticatedRequest) -> HttpResponse:
    """List and make one's invitations."""
    mode, may_invite = queries.rules().mode, queries.may_invite(request.user)
    form = InvitationForm(request.POST or None)
    if form.is_valid():
        with errors_on(form):
            operations.invite(person=request.user, **form.values())
            messages.success(request, _("The invitation is made. Send its link to whom it is for."))
            return redirect("signup:invitations")
    context = {
        "form": form,
        "may_invite": may_invite,
        "is_closed": mode == Mode.CLOSED,
        "is_open": mode == Mode.OPEN,
        "page": paginate(queries.invitations_of(request.user), ["-id"], request.GET.get("page")),
    }
    return render(request, "signup/invitations.html", context, status=400 if form.errors else 200)


@require_POST
@signed_in
def revoke(request: AuthenticatedRequest, invitation_id: int) -> HttpResponse:
    """End one of one's invitations."""
    operations.revoke(invitation=Invitation.objects.get(pk=invitation_id, person=request.user))
    messages.success(request, _("The invitation is revoked. Its link lets nobody in any more."))
    return redirect("signup:invitations")
