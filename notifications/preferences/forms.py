"""Forms for preferences."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from notifications.channels import channels
from notifications.labels import KIND_WORDS
from notifications.models import DeliverySchedule, FromWhom, Kind, Rhythm
from notifications.preferences.operations import DEFAULTS, INBOX
from notifications.preferences.quiet_hours import places

if TYPE_CHECKING:
    _ScheduleForm = forms.ModelForm[DeliverySchedule]
else:  # generic in the stubs only
    _ScheduleForm = forms.ModelForm

# Only for people one follows: no one else's posts notify.
POST_CHOICES = {
    INBOX: [(FromWhom.EVERYONE, _("All of them")), (FromWhom.NO_ONE, _("No one"))],
    "": [(FromWhom.EVERYONE, _("Whose bell is on")), (FromWhom.NO_ONE, _("No one"))],
}
# From no one in particular.
MODERATION_CHOICES = [(FromWhom.EVERYONE, _("Yes")), (FromWhom.NO_ONE, _("No"))]


class PreferencesForm(forms.Form):
    """Chooses whose notifications are wanted, by kind and channel. A field is named "kind-channel"."""

    def __init__(self, data: Any = None, *, preferences: dict[tuple[str, str], str]) -> None:
        super().__init__(data, auto_id="preference-%s")
        for (kind, channel), whom in preferences.items():
            offered: Any = FromWhom.choices
            if kind == Kind.POST:
                offered = POST_CHOICES.get(channel, POST_CHOICES[""])
            if kind == Kind.MODERATION:
                offered = MODERATION_CHOICES
            self.fields[f"{kind}-{channel}"] = forms.ChoiceField(
                choices=offered, initial=whom if whom in dict(offered) else FromWhom.EVERYONE
            )

    def rows(self) -> list[tuple[str, list[tuple[str, forms.BoundField]]]]:
        """(kind in words, [(channel in words, field)])."""
        labels = {INBOX: gettext("Inbox")} | {name: str(channel.label) for name, channel in channels().items()}
        return [
            (str(word), [(labels[channel], self[f"{kind}-{channel}"]) for k, channel in DEFAULTS if k == kind])
            for kind, word in KIND_WORDS.items()
        ]

    def chosen(self) -> dict[tuple[str, str], str]:
        """{(kind, channel): from_whom}, as chosen."""
        found = {}
        for name, whom in self.cleaned_data.items():
            kind, _dash, channel = name.partition("-")
            found[kind, channel] = whom
        return found


class ScheduleForm(_ScheduleForm):
    """Quiet hours, and how often mail comes."""

    time_zone = forms.ChoiceField(
        choices=lambda: [(zone, zone.replace("_", " ")) for zone in places()],
        label=_("Your time zone"),
    )
    quiet_from = forms.TimeField(
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        label=_("Quiet from"),
        help_text=_(
            "Push is held in this time and comes as one summary after it. Leave both empty for no quiet hours."
        ),
    )
    quiet_to = forms.TimeField(
        required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), label=_("Quiet until")
    )
    mail_rhythm = forms.ChoiceField(choices=Rhythm.choices, label=_("Mail comes"))
    digest_at = forms.TimeField(
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), label=_("Daily and weekly mail comes at")
    )

    class Meta:
        model = DeliverySchedule
        fields = ("time_zone", "quiet_from", "quiet_to", "mail_rhythm", "digest_at")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        zones = cast("forms.ChoiceField", self.fields["time_zone"])
        known = self.instance.time_zone
        if self.instance._state.adding and timezone.get_current_timezone_name() in places():
            self.initial["time_zone"] = timezone.get_current_timezone_name()  # as the browser has it
        if known not in places():  # chosen when it was offered
            zones.choices = [(known, known), *((zone, zone.replace("_", " ")) for zone in places())]

    def clean(self) -> dict[str, Any]:
        """Require both ends of the quiet hours, or neither."""
        values = super().clean() or self.cleaned_data
        ends = values.get("quiet_from"), values.get("quiet_to")
        if (ends[0] is None) != (ends[1] is None):
            self.add_error("quiet_to", gettext("Give both ends of the quiet hours, or leave both empty."))
        elif ends[0] is not None and ends[0] == ends[1]:
            self.add_error("quiet_to", gettext("The quiet hours must end at another time than they begin."))
        return values
