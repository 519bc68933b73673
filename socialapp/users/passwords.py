"""Asks for the password again before access is made that outlives a session (docs/adr/0024)."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from allauth.account.internal.flows.reauthentication import (
    is_reauthentication_required,
    raise_if_reauthentication_required,
)
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from socialapp.users.models import Token

P = ParamSpec("P")
APP = "allauth.account"


def need_password(request: HttpRequest) -> None:
    """Ask for the password and then continue this request, unless it was typed in the last minutes."""
    raise_if_reauthentication_required(request, app=APP)


def with_password(view: Callable[Concatenate[Any, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Decorate a page whose POST makes such access, so that the POST asks for the password."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method == "POST":
            need_password(request)
        return view(request, *args, **kwargs)

    return guarded


class PasswordTypedLately(BasePermission):
    """Refuses such access to a session whose password was not typed recently.

    A token was made with the password, and what it makes ends with it.
    """

    message = _("Type your password first, at /accounts/reauthenticate/, or send a token.")

    def has_permission(self, request: Request, _view: object) -> bool:
        if token_id_of(request) is not None or request.method in {"GET", "HEAD", "OPTIONS"}:
            return True
        return not is_reauthentication_required(request._request, app=APP)


def token_id_of(request: Request) -> int | None:
    """The id of the API token that sends this request; None for a session."""
    return request.auth.pk if isinstance(request.auth, Token) else None
