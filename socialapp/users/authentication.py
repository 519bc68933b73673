"""Bearer tokens (RFC 6750): which person a program acts for."""

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from socialapp.users.models import Person, Token
from socialapp.users.queries import token_of


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer sa_…`. One query. Own code because the packages for it take two."""

    def authenticate(self, request: Request) -> tuple[Person, Token] | None:
        scheme, _space, value = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        token = token_of(value.strip().decode("latin-1"))
        if token is None:
            raise AuthenticationFailed(_("This token is unknown or was revoked. Make one under Settings, API tokens."))
        if not token.person.is_active:
            why = token.person.suspended_reason
            text = _("This account is suspended: %(why)s") if why else _("This account is suspended or deleted.")
            raise AuthenticationFailed(text % {"why": why})
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


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI schema describes it."""

    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, _auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
