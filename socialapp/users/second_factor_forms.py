"""allauth's forms of codes, in our words."""

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core import context
from allauth.mfa import app_settings
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from socialapp.users import guessing
from socialapp.users.models import Person
from socialapp.web.metrics import count_limit


def code_field() -> forms.CharField:
    """A field for the code of an app, or for a recovery code, which has more digits."""
    return forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}),
    )


class _Once(forms.Form):
    """Guesses at a code are counted, and a code of an app opens once.

    allauth remembers a code for a period, and takes it for three (MFA_TOTP_TOLERANCE). It counts by account alone.
    """

    authenticator: Authenticator
    user: Person

    def clean_code(self) -> str:
        try:
            guess = guessing.guess_at_code(context.request, self.user)
        except guessing.TooManyGuesses as error:
            count_limit("guesses")
            raise get_account_adapter().validation_error("too_many_login_attempts") from error
        code: str = super().clean_code()  # type: ignore[misc]  # allauth's
        guess.take_back()
        if self.authenticator.type == Authenticator.Type.TOTP:
            periods = 2 * app_settings.TOTP_TOLERANCE + 1
            key = self.authenticator.wrap()._get_used_cache_key(code)
            cache.set(key, "y", timeout=periods * app_settings.TOTP_PERIOD)
        return code


class SetUpCodesForm(ActivateTOTPForm):  # type: ignore[misc]  # allauth has no types
    """The first code of an app, which shows that it has the key."""

    code = code_field()


class CodeForm(_Once, AuthenticateForm):  # type: ignore[misc]
    """The second step of a log-in."""

    code = code_field()


class CodeAgainForm(_Once, ReauthenticateForm):  # type: ignore[misc]
    """The question whether it is still you."""

    code = code_field()
