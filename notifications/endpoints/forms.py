"""Forms for endpoints."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class WebhookForm(forms.Form):
    """A new webhook."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("So that you can recognize it."))
    address = forms.CharField(
        label=_("Address"),
        max_length=2_000,
        widget=forms.URLInput(attrs={"placeholder": "https://example.org/hook"}),
        help_text=_("We POST to it, signed as Standard Webhooks 1.0 says."),
    )


class RangeForm(forms.Form):
    """A span of time."""

    since = forms.DateTimeField(widget=forms.DateTimeInput(attrs={"type": "datetime-local"}), label=_("From (UTC)"))
    until = forms.DateTimeField(widget=forms.DateTimeInput(attrs={"type": "datetime-local"}), label=_("To (UTC)"))

    def clean(self) -> dict[str, Any]:
        """Require the end to be after the beginning."""
        values = super().clean() or self.cleaned_data
        if values.get("since") and values.get("until") and values["since"] >= values["until"]:
            self.add_error("until", gettext("The end must be after the beginning."))
        return values
