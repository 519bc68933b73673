"""The search form."""

from django import forms
from django.utils.translation import gettext_lazy as _

from socialapp.search.query import LONGEST


class SearchForm(forms.Form):
    """A search for posts, people or hashtags."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=LONGEST,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": _("Words, @name or #tag"), "autocomplete": "off"}
        ),
    )
