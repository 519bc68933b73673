"""The forms in which people choose who may follow them, reply to them and mention them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from socialapp.follows.follow_requests import Waiting
from socialapp.visibility import Reachable

LEFT = {
    Waiting.APPROVE: _("Approve all"),
    Waiting.REFUSE: _("Refuse all"),
    Waiting.LEAVE: _("Leave them waiting"),
}


class ReachForm(forms.Form):
    """Who may mention somebody, and reply to them."""

    reachable_by = forms.ChoiceField(
        label=_("Who may reply to you and mention you"),
        choices=Reachable.choices,
        help_text=_("People who may not see that when they write. What was written before stays."),
    )


class LockForm(forms.Form):
    """Whether somebody approves their followers; and, while requests wait, what becomes of them if no longer."""

    locked = forms.BooleanField(
        label=_("Approve followers yourself"),
        required=False,
        help_text=_("Whoever wants to follow you asks first. Those who follow you already go on."),
    )
    waiting = forms.ChoiceField(
        label=_("When you turn this off: requests that wait"), choices=list(LEFT.items()), initial=Waiting.LEAVE
    )

    def __init__(self, data: Any = None, *, locked: bool, waits: int) -> None:
        super().__init__(data, initial={"locked": locked})
        if not (locked and waits):
            del self.fields["waiting"]
