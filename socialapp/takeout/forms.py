"""Forms of imports."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from socialapp.takeout.kinds import all_kinds
from socialapp.takeout.models import Import


class FileForm(forms.Form):
    """A file, and what it is a list of."""

    kind = forms.ChoiceField(label=_("What is in the file?"))
    file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv,text/plain"}),
        help_text=_("CSV, as Mastodon and this site export it: up to 20,000 lines."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["kind"].choices = [(code, kind.label) for code, kind in all_kinds().items()]  # type: ignore[attr-defined]


class ModeForm(forms.Form):
    """Chooses whether to keep what the person has already and the file does not."""

    mode = forms.ChoiceField(label=_("What you have already"), choices=Import.Mode, initial=Import.Mode.MERGE)
