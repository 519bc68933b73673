"""allauth's password forms, extended by what ends with an old password."""

from typing import Any

from allauth.account import forms as account_forms
from allauth.account.adapter import get_adapter
from allauth.account.internal import flows
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.core.ratelimit import consume
from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from socialapp.users import addresses, operations
from socialapp.users.addresses import ResetTokens
from socialapp.users.models import Person


class TickedBox(forms.CheckboxInput):
    """A checkbox that is on unless the form was shown and somebody unticked it: a form without the box means yes."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        box = super().render(name, value, attrs, renderer)
        return format_html('{}<input type="hidden" name="{}-shown" value="1">', box, name)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> bool:
        return bool(super().value_from_datadict(data, files, name)) or f"{name}-shown" not in data


class EndingField(forms.BooleanField):
    """Whether access that was made with the old password ends with it."""

    def __init__(self, label: Any) -> None:
        super().__init__(
            label=label,
            required=False,
            initial=True,
            widget=TickedBox,
            help_text=_("You are logged out of other browsers in any case."),
        )


class ChangePasswordForm(account_forms.ChangePasswordForm):  # type: ignore[misc]  # allauth has no types
    """The old and the new password, and whether all other access ends."""

    revoke = EndingField(_("End API tokens, push subscriptions and webhooks made so far"))

    def clean_oldpassword(self) -> str:
        """Guesses are limited as those at log-in are."""
        password: str = self.cleaned_data["oldpassword"]
        if not get_adapter().reauthenticate(self.user, password):
            raise get_adapter().validation_error("enter_current_password")
        return password

    @transaction.atomic
    def save(self) -> None:
        super().save()
        if self.cleaned_data["revoke"]:
            operations.revoke_access(person=self.user)


class ResetPasswordForm(account_forms.ResetPasswordForm):  # type: ignore[misc]
    """Sends a reset link. Only a confirmed address opens an account that has one."""

    users: list[Person]

    def clean_email(self) -> str:
        email: str = super().clean_email()
        self.users = [person for person in self.users if addresses.may_reset(person, email.lower())]
        return email

    def save(self, request: Any, **_options: Any) -> str:
        email: str = self.cleaned_data["email"]
        flows.password_reset.request_password_reset(request, email, self.users, ResetTokens(email))
        return email


class ResetPasswordKeyForm(account_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """Sets the new password. For an account without a confirmed address, everything made before ends in any case."""

    revoke = EndingField(_("End other mail addresses, API tokens, push subscriptions and webhooks made so far"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.address = ResetTokens.address_in(self.user, self.temp_key) if self.user else None
        self.is_first = self.user is not None and not addresses.has_confirmed_address(self.user)
        if self.is_first:
            del self.fields["revoke"]

    @transaction.atomic
    def save(self) -> None:
        super().save()
        if self.is_first and self.address:
            addresses.confirmed_for_the_first_time(person=self.user, keep=self.address)
        elif self.cleaned_data.get("revoke", True):
            addresses.end_other_access(person=self.user, keep=self.address)


class SignupForm(account_forms.SignupForm):  # type: ignore[misc]
    """Shows all errors at once, and does not reveal whether somebody else has the address."""

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean()
        # allauth compares them only when the first is good.
        typed = [self.data.get(self.add_prefix(name), "") for name in ("password1", "password2")]
        if all(typed) and typed[0] != typed[1] and not self.has_error("password2"):
            self.add_error("password2", _("You must type the same password each time."))
        if not self.errors and not self._may_name(values["email"]):
            self.add_error("email", get_adapter().validation_error("rate_limited"))
        return values

    def try_save(self, request: HttpRequest) -> tuple[Any, HttpResponse | None]:
        """Return the new person; or the way back to the form when the username was taken a moment ago."""
        try:
            with transaction.atomic():
                saved: tuple[Any, HttpResponse | None] = super().try_save(request)
        except IntegrityError:
            messages.error(request, str(get_adapter().error_messages["username_taken"]))
            return None, redirect("account_signup")
        # A person who has just typed a password need not type it again for a first token.
        record_authentication(request, saved[0], method="password", reauthenticated=True)
        return saved

    @staticmethod
    def _may_name(email: str) -> bool:
        return bool(consume(context.request, action="signup_address", key=email.lower()))
