"""Fields that forms share."""

import secrets
from typing import Any

from django import forms
from django.urls import reverse_lazy

from socialapp.text.cleaning import lines

# Attributes of a field in which complete.js completes @names and #hashtags, from this address.
COMPLETED = {"data-complete": reverse_lazy("search:complete"), "autocomplete": "off"}


class ProseField(forms.CharField):
    """Text of several lines, cleaned. A line break counts as one character, whatever the browser sends for it."""

    widget = forms.Textarea

    def __init__(self, **options: Any) -> None:
        super().__init__(strip=False, **options)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Replace `maxlength`, which silently cuts off pasted text, by a limit that the page displays."""
        attrs = super().widget_attrs(widget) | {"dir": "auto"}
        attrs.pop("maxlength", None)
        return attrs | ({"data-limit": str(self.max_length)} if self.max_length else {})

    def to_python(self, value: Any) -> str:
        return lines(super().to_python(value) or "")


def new_key() -> str:
    """Return a key for a form that creates something, so that sending the form twice creates it once."""
    return secrets.token_urlsafe(16)


class KeyField(forms.CharField):
    """The hidden field of `new_key`."""

    def __init__(self) -> None:
        super().__init__(required=False, max_length=64, initial=new_key, widget=forms.HiddenInput)
