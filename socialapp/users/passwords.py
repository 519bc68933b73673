"""The password once more, before what makes access that outlives a session (docs/adr/0024)."""

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
    """Unless it was typed within the last minutes, ask for it and then go on with this very request."""
    raise_if_reauthentication_required(request, app=APP)


def with_password(view: Callable[Concatenate[Any, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """For a page of somebody signed in whose POST makes such access."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method == "POST":
            need_password(request)
        return view(request, *args, **kwargs)

    return guarded


class PasswordTypedLately(BasePermission):
    """For the API: a session alone makes no such access.

    A token was made with the password, and what it makes ends with it.
    """

    message = _("Type your password first, at /accounts/reauthenticate/, or send a token.")

    def has_permission(self, request: Request, _view: object) -> bool:
        if token_id_of(request) is not None or request.method in {"GET", "HEAD", "OPTIONS"}:
            return True
        return not is_reauthentication_required(request._request, app=APP)


def token_id_of(request: Request) -> int | None:
    """Of the API token that sends this request; None for a session."""
    return request.auth.pk if isinstance(request.auth, Token) else None
