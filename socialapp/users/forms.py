"""Forms in which people edit their own account."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from socialapp.media.forms import PictureField
from socialapp.users.models import ALL_SCOPES, Person, Token
from socialapp.users.post_languages import choices
from socialapp.visibility import Visibility
from socialapp.web.forms import ProseField


class ProfileForm(forms.Form):
    """The public profile."""

    name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=60,
        help_text=_("How you are shown. Your username when left empty."),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    bio = ProseField(
        label=_("About you"),
        required=False,
        max_length=500,
        help_text=_("Up to 500 characters. Links and @mentions work."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    avatar = PictureField(label=_("Picture"), required=False)
    remove_avatar = forms.BooleanField(label=_("Remove the picture"), required=False)


class LanguageForm(forms.Form):
    """The language of pages, mail and push; each is named in itself."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class PostingForm(forms.Form):
    """How somebody writes and reads posts."""

    post_visibility = forms.ChoiceField(
        label=_("Who can see new posts"), choices=Visibility.choices, widget=forms.RadioSelect
    )
    post_language = forms.ChoiceField(
        label=_("Language in which you write"), required=False, choices=lazy(choices, list)()
    )
    opens_warnings = forms.BooleanField(label=_("Always open posts with a content warning"), required=False)
    shows_sensitive = forms.BooleanField(label=_("Always show sensitive pictures"), required=False)

    @property
    def audiences(self) -> Iterator[tuple[Visibility, Any]]:
        """Each visibility, with its radio button."""
        for radio in self["post_visibility"]:
            yield Visibility(radio.data["value"]), radio


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(
        label=_("What is it for?"), max_length=60, widget=forms.TextInput(attrs={"placeholder": _("Backup script")})
    )

    scope = forms.ChoiceField(label=_("What may it do?"), choices=Token.SCOPES)
    days = forms.TypedChoiceField(
        label=_("Until when?"),
        choices=[
            (30, _("for 30 days")),
            (90, _("for 90 days")),
            (365, _("for a year")),
            (0, _("until you revoke it")),
        ],
        coerce=int,
        initial=90,
        help_text=_("Then it opens nothing, and the webhooks that it made end."),
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        """A form of a page from before tokens had a scope and an end means what it meant then."""
        super().__init__({"scope": ALL_SCOPES, "days": "0"} | data.dict() if data else None)

    def values(self) -> dict[str, Any]:
        """The values as `operations.make_token` takes them."""
        days = self.cleaned_data["days"]
        return {
            "name": self.cleaned_data["name"],
            "scope": self.cleaned_data["scope"],
            "ends_at": timezone.now() + timedelta(days=days) if days else None,
        }


class PasswordCheck(forms.Form):
    """Asks for the password, so that a stranger at an open browser cannot do what is hard to undo."""

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, person: Person, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.person = person

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        # Counted and limited as guesses at log-in are.
        if not get_adapter().reauthenticate(self.person, password):
            raise ValidationError(gettext("This is not your password."))
        return password


class DeleteForm(PasswordCheck):
    """Deletes an account: with a way back, or at once. A form of a page from before there was a choice says nothing."""

    LATER, NOW = "later", "now"
    when = forms.ChoiceField(label=_("When?"), required=False, initial=LATER)
    field_order = ("when", "password")

    def __init__(self, person: Person, *args: object) -> None:
        super().__init__(person, *args)
        days = settings.KEEP_LEFT_ACCOUNTS.days
        self.fields["when"].choices = [  # type: ignore[attr-defined]
            (self.LATER, gettext("Hide it now, delete it in %(n)d days: until then I can come back") % {"n": days}),
            (self.NOW, gettext("Delete it at once, for good")),
        ]
