"""The form that asks why somebody was not notified."""

import re

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from notifications.labels import KIND_WORDS
from notifications.models import Kind

# No activity of somebody, written at that time.
_OF_NOBODY = {Kind.POST, Kind.MODERATION}


class MissedForm(forms.Form):
    """An activity of which somebody was not notified."""

    actor = forms.CharField(
        max_length=31, label=_("Who did it"), widget=forms.TextInput(attrs={"placeholder": _("@username")})
    )
    kind = forms.ChoiceField(
        choices=[(str(kind), word) for kind, word in KIND_WORDS.items() if kind not in _OF_NOBODY],
        label=_("What was it"),
    )
    post = forms.CharField(
        required=False,
        max_length=300,
        label=_("On which post"),
        help_text=_("Its number or its address; not for followers."),
    )

    def clean_actor(self) -> str:
        """The username without its @."""
        return str(self.cleaned_data["actor"]).strip().removeprefix("@").lower()

    def clean_post(self) -> int | None:
        """The id of the post: the last number in what was typed."""
        numbers = re.findall(r"\d{1,18}", self.cleaned_data["post"])
        if self.cleaned_data["post"] and not numbers:
            raise forms.ValidationError(gettext("This is neither the number nor the address of a post."))
        return int(numbers[-1]) if numbers else None
