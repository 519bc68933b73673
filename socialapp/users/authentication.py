"""Bearer tokens (RFC 6750): which person a program acts for."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, TypeVar

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from socialapp.users.models import Person, Scope, Token
from socialapp.users.queries import UncheckedToken, token_digest, token_of

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class UncheckedCaller:
    """`request.user` of a PUT whose statement looks the token up."""

    digest: str
    is_authenticated: ClassVar = True


class InsufficientScope(APIException):
    """A token that lacks the scope of what it asks for (RFC 6750, 3.1). The answer names it."""

    status_code = 403

    def __init__(self, scope: Scope) -> None:
        super().__init__(
            _("This token lacks the scope “%(scope)s”. Make one that has it under Settings, API tokens.")
            % {"scope": scope.value}
        )
        self.scope = scope.value
        self.auth_header = f'Bearer realm="api", error="insufficient_scope", scope="{scope.value}"'


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer sa_…`. One query. Own code because the packages for it take two."""

    def __init__(self, *, unchecked: str = "") -> None:
        self._unchecked = unchecked

    def authenticate(self, request: Request) -> tuple[Person, Token] | tuple[UncheckedCaller, None] | None:
        scheme, _space, value = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        digest = token_digest(value.strip().decode("latin-1"))
        if request.method == self._unchecked:
            return UncheckedCaller(digest), None
        return self.check(digest, Scope.READ if request.method in SAFE_METHODS else Scope.WRITE)

    def check(self, digest: str, scope: Scope) -> tuple[Person, Token]:
        """Return the owner of a token, and the token. Raises AuthenticationFailed or InsufficientScope."""
        token = token_of(digest)
        if token is None:
            raise AuthenticationFailed(
                _("This token is unknown, was revoked or has ended. Make one under Settings, API tokens.")
            )
        if token.ends_at and token.has_ended:
            day = formats.date_format(token.ends_at, "DATE_FORMAT")
            raise AuthenticationFailed(
                _("This token ended on %(day)s. Make another one under Settings, API tokens.") % {"day": day}
            )
        if not token.person.is_active:
            why = token.person.suspended_reason
            text = _("This account is suspended: %(why)s") if why else _("This account is suspended or deleted.")
            raise AuthenticationFailed(text % {"why": why})
        if not token.allows(scope):
            raise InsufficientScope(scope)
        self._note_use(token)
        return token.person, token

    def authenticate_header(self, _request: Request) -> str:
        return 'Bearer realm="api"'

    @staticmethod
    def _note_use(token: Token) -> None:
        """Note the day of use, which costs one write a day."""
        today = timezone.now().date()
        if token.last_used_on != today:
            Token.objects.filter(pk=token.pk).update(last_used_on=today)


# For views whose statement of a PUT looks the token up, which saves a round trip. There, they ask `as_caller`.
UncheckedBearer: Any = partial(BearerAuthentication, unchecked="PUT")


def as_caller(request: Request, act: Callable[..., Answer]) -> Answer:
    """Return `act(digest=…)` or `act(person_id=…)`: of the caller. Raises AuthenticationFailed with what is wrong."""
    user: Any = request.user
    if isinstance(user, UncheckedCaller):
        with suppress(UncheckedToken):
            return act(digest=user.digest)
        user, request.auth = BearerAuthentication().check(user.digest, Scope.WRITE)
        request.user = user
    return act(person_id=user.pk)


SCOPES = (
    "A token has the scope `read`, or `read write`, and may have an end. GET needs `read`, everything else `write`. "
    "403 names the missing one as `scope`, and in `WWW-Authenticate` (RFC 6750)."
)


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI schema describes it."""

    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, _auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": SCOPES}
