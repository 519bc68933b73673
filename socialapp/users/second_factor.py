"""Second factors and passkeys: allauth's, with our names; who needs one; how people who lost theirs get back in."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.core.ratelimit import consume
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest

from socialapp.users.adapter import SECOND_STEP
from socialapp.users.browsers import browser_name
from socialapp.users.mails import notify, site_name
from socialapp.users.models import Person

CODES = Authenticator.Type.RECOVERY_CODES
PASSKEY = Authenticator.Type.WEBAUTHN


class Factors(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """allauth's hooks: what authenticator apps and passkeys show of us."""

    def get_totp_issuer(self) -> str:
        return site_name()

    def generate_authenticator_name(self, user: Person, type: str) -> str:  # noqa: A002, ARG002  allauth's names
        """The name of the browser, as elsewhere: a passkey is kept in it, or in the system around it."""
        return browser_name(context.request.headers.get("User-Agent", ""))

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The site, by SOCIALAPP_URL; on a laptop by the requested host, as there are no passkeys for 127.0.0.1."""
        asked = settings.PUBLIC_URL if settings.SECURE_SSL_REDIRECT else f"//{context.request.get_host()}"
        return {"id": urlsplit(asked).hostname or "", "name": site_name()}

    def _get_user_identifier(self, user: Person) -> str:
        return user.username


def needs_second_factor(person: Person) -> bool:
    """Whether this person may open the admin only once they set up a second factor."""
    return bool(settings.STAFF_SECOND_FACTOR and not is_mfa_enabled(person, SECOND_STEP))


def must_show_second_factor(request: HttpRequest) -> bool:
    """Whether this session of staff never showed a code or passkey: it may be older than the factor, and a thief's."""
    records = get_authentication_records(request, request.user)
    return bool(settings.STAFF_SECOND_FACTOR and not any(record["method"] == "mfa" for record in records))


def factors_of(person: Person) -> dict[str, Any]:
    """A person's factors: `totp` and `codes` or None, `codes_left`, and `passkeys` as [(authenticator, name)]."""
    found = list(Authenticator.objects.filter(user=person).order_by("pk"))
    single = {each.type: each for each in found}
    codes = single.get(CODES)
    return {
        "totp": single.get(Authenticator.Type.TOTP),
        "codes": codes,
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
        "passkeys": [(each, each.wrap().name) for each in found if each.type == PASSKEY],
    }


def remove_second_factor(*, person: Person) -> bool:
    """Let somebody in who lost all of theirs, by their password alone; they are notified. Whether there was any."""
    removed = bool(Authenticator.objects.filter(user=person).delete()[0])
    if removed:
        notify(person, "second_factor_removed")
    return removed


def on_used(*, user: Person, authenticator: Authenticator, **_signal: Any) -> None:
    """Mail somebody that one of their recovery codes was used: there are ten, and a thief needs one."""
    if authenticator.type == CODES:
        authenticator.refresh_from_db()
        left = len(authenticator.wrap().get_unused_codes())
        notify(user, "recovery_code_used", codes_left=left)


def on_failed(*, request: HttpRequest, user: Person, reauthentication: bool, **_signal: Any) -> None:
    """Mail somebody, at most once an hour, about a wrong code: a thief has their password or a session of theirs."""
    if consume(request, action="second_factor_mail", key=str(user.pk)):
        notify(user, "second_factor_failed", in_session=reauthentication)
