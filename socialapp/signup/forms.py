"""The form to join, and the one to invite."""

from datetime import timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import context
from django import forms
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from socialapp.limits import operations as limits
from socialapp.signup import operations, queries
from socialapp.signup.captcha import captcha
from socialapp.signup.models import ANSWER_LENGTH, Mode
from socialapp.users import password_forms
from socialapp.web.forms import ProseField
from socialapp.web.hosts import client_address
from socialapp.web.limits import address_of


class SignupForm(password_forms.SignupForm):
    """A new account; or an application for one, if accounts have to be approved and there is no invitation."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request: HttpRequest = context.request
        self.rules = queries.rules()
        self.invitation = queries.usable_invitation(self.request.GET.get("invitation", ""))
        self.is_application = self.rules.mode == Mode.APPROVAL and self.invitation is None
        if self.is_application:
            self.fields["answer"] = ProseField(
                label=self.question,
                max_length=ANSWER_LENGTH,
                widget=forms.Textarea(attrs={"rows": 3}),
                help_text=_("Whoever decides reads it, and deletes it then."),
            )
        self.captcha = captcha()
        if self.captcha:
            self.fields["captcha"] = self.captcha.field(self.request)

    @property
    def question(self) -> str:
        """What applicants are asked."""
        return self.rules.question or gettext("Why would you like to join?")

    def clean_username(self) -> str:
        username: str = super().clean_username()
        if queries.is_applied_for(username):
            raise get_adapter().validation_error("username_taken")
        return username

    def clean_email(self) -> str:
        email: str = super().clean_email()
        if queries.is_mail_blocked(email):
            raise ValidationError(_("Nobody can join with this mail address. Take another one."), code="blocked")
        return email

    def clean(self) -> dict[str, Any]:
        if queries.is_network_blocked(client_address(self.request)):
            raise ValidationError(_("Nobody can join from your network at the moment."), code="blocked")
        limits.check("signups", address_of(self.request))
        values = super().clean()
        if self.captcha and "captcha" in values and not self.captcha.is_passed(self.request, values["captcha"]):
            self.add_error("captcha", gettext("That was not right. Please try again."))
        return values

    def try_save(self, request: HttpRequest) -> tuple[Any, HttpResponse | None]:
        """Make the account or the application. Returns the person, and an answer where there is no account (yet)."""
        if self.is_application:
            return None, self._apply(request)
        try:
            with transaction.atomic():
                person, answer = super().try_save(request)
                if person and self.invitation:
                    operations.use(invitation=self.invitation, person=person)
        except ValidationError:  # the last use of the invitation was taken meanwhile
            return None, redirect(request.get_full_path())
        if person:
            limits.count("signups", address_of(request))
        return person, answer

    def _apply(self, request: HttpRequest) -> HttpResponse:
        values = self.cleaned_data
        operations.apply(
            username=values["username"],
            email=values["email"],
            password=make_password(values["password1"]),
            question=self.question,
            answer=values["answer"],
            language=translation.get_language() or "",
            address=client_address(request) or None,
        )
        limits.count("signups", address_of(request))
        return redirect("signup:applied")


class InvitationForm(forms.Form):
    """A new invitation."""

    note = forms.CharField(
        label=_("For whom?"), required=False, max_length=60, help_text=_("For yourself, to tell links apart.")
    )
    limit = forms.TypedChoiceField(
        label=_("How many people?"), choices=[(1, "1"), (5, "5"), (25, "25"), (100, "100")], coerce=int, initial=1
    )
    days = forms.TypedChoiceField(
        label=_("Until when?"),
        choices=[(1, _("for a day")), (7, _("for 7 days")), (30, _("for 30 days"))],
        coerce=int,
        initial=7,
    )

    def values(self) -> dict[str, Any]:
        """The values as `operations.invite` takes them."""
        values = self.cleaned_data
        ends_at = timezone.now() + timedelta(days=values["days"])
        return {"note": values["note"], "limit": values["limit"], "ends_at": ends_at}
