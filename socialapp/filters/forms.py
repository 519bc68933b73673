"""The form in which people mute words."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from socialapp.filters.models import PHRASE_LENGTH, Action, Place, WordFilter

SPANS: dict[str, timedelta | None] = {
    "always": None,
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
}
_WORDS = {
    "always": _("until you unmute it"),
    "hour": _("for 1 hour"),
    "day": _("for 1 day"),
    "week": _("for 7 days"),
    "month": _("for 30 days"),
}
_KEPT = ("kept", _("as it is now"))


class FilterForm(forms.Form):
    """A phrase to mute, where and for how long."""

    phrase = forms.CharField(
        label=_("Word or phrase"),
        max_length=PHRASE_LENGTH,
        help_text=_("Capitals do not matter. A hashtag begins with #."),
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    whole_word = forms.BooleanField(
        label=_("Whole words only"), required=False, help_text=_("“cat” then leaves “concert” and “catalogue” alone.")
    )
    places = forms.MultipleChoiceField(
        label=_("Where"), choices=Place.choices, widget=forms.CheckboxSelectMultiple, initial=Place.values
    )
    action = forms.ChoiceField(
        label=_("What becomes of a post with it"),
        choices=Action.choices,
        help_text=_("Notifications with it are always kept back, and neither mailed nor pushed."),
    )
    span = forms.ChoiceField(label=_("Until when?"), choices=list(_WORDS.items()))

    def __init__(self, data: Any = None, *, known: WordFilter | None = None) -> None:
        initial = {"whole_word": True}
        if known:
            fields = ("phrase", "whole_word", "places", "action")
            initial = {name: getattr(known, name) for name in fields} | {"span": "kept"}
        super().__init__(data, initial=initial)
        self.known = known
        if known:
            self.fields["span"].choices = [_KEPT, *_WORDS.items()]  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """The values as `operations.mute_words` takes them."""
        chosen = {name: self.cleaned_data[name] for name in ("phrase", "whole_word", "places", "action")}
        return chosen | {"ends_at": self._end(), "filter_id": self.known.pk if self.known else None}

    def _end(self) -> datetime | None:
        span = self.cleaned_data["span"]
        if span == "kept" and self.known:
            return None if self.known.has_ended else self.known.ends_at
        lasts = SPANS[span]
        return timezone.now() + lasts if lasts else None
