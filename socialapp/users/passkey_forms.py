"""allauth's forms of passkeys, in our words, and safe from what no browser sends."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from allauth.mfa.webauthn.internal.auth import parse_authentication_response
from django import forms
from django.utils.translation import gettext_lazy as _

from socialapp.text.cleaning import line

LONGEST_NAME = 60


@contextmanager
def _odd_ones_refused() -> Iterator[None]:
    """What is no credential is a wrong one: fido2 reads it as if it were."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, struct.error) as error:
        raise get_adapter().validation_error("incorrect_code") from error


class _Used(forms.Form):
    """A passkey that is used."""

    def clean_credential(self) -> Authenticator:
        with _odd_ones_refused():
            authenticator: Authenticator = super().clean_credential()  # type: ignore[misc]  # allauth's
            return authenticator


class PasskeyStepForm(_Used, AuthenticateWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """The second step of a log-in."""


class PasskeyAgainForm(_Used, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """The question whether it is still you."""


class PasskeyLogInForm(_Used, LoginWebAuthnForm):  # type: ignore[misc]
    """A log-in by a passkey alone, which must have asked for finger, face or PIN."""

    def clean_credential(self) -> Authenticator:
        """Ask this of the key itself: allauth asks it of the challenge, and one of the second step may go without."""
        sent = self.cleaned_data["credential"]
        authenticator = super().clean_credential()
        if not parse_authentication_response(sent).response.authenticator_data.is_user_verified():
            raise get_adapter().validation_error("incorrect_code")
        return authenticator


class _Named(forms.Form):
    """A passkey with a name."""

    def clean_name(self) -> str:
        """Return the name in one line. Raises ValidationError if it is required and has no visible characters."""
        name = line(self.cleaned_data["name"])
        if self.fields["name"].required and not name:
            raise forms.ValidationError(self.fields["name"].error_messages["required"], code="required")
        return name


class AddPasskeyForm(_Named, AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey."""

    name = forms.CharField(
        label=_("Name"), required=False, max_length=LONGEST_NAME, help_text=_("By which you know it again.")
    )
    passwordless = forms.BooleanField(
        label=_("Log in with it alone, without the password"),
        required=False,
        initial=True,
        help_text=_("It then asks for your finger, face or PIN. Untick this for a security key that has none."),
    )

    def clean(self) -> dict[str, Any] | None:
        with _odd_ones_refused():
            return super().clean()


class RenamePasskeyForm(_Named, EditWebAuthnForm):  # type: ignore[misc]
    """Another name."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)
