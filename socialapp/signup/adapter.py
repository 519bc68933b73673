"""allauth's hooks about who may join."""

from allauth.core.exceptions import ImmediateHttpResponse
from django.http import HttpRequest
from django.shortcuts import render

from socialapp.signup import queries
from socialapp.signup.models import Mode
from socialapp.users import languages


class Accounts(languages.Accounts):
    """Closes the sign-up page as the rules say. Those who cannot join learn why."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        mode, code = queries.rules().mode, request.GET.get("invitation", "")
        if mode == Mode.CLOSED or (mode == Mode.INVITATION and not queries.usable_invitation(code)):
            context = {"by_invitation": mode == Mode.INVITATION, "code": code}
            raise ImmediateHttpResponse(render(request, "account/signup_closed.html", context, status=403))
        return True
