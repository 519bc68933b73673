"""What people type to comment."""

from django import forms
from django.utils.translation import gettext_lazy as _

from reactions.models import COMMENT_LENGTH
from socialapp.http.forms import COMPLETED, KeyField, ProseField


class CommentForm(forms.Form):
    """A comment, new or edited; `reply_to` is the id of the comment it answers."""

    body = ProseField(
        label=_("Your comment"),
        max_length=COMMENT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": _("Write a comment"), **COMPLETED}),
        error_messages={"required": _("Write something first.")},
    )
    reply_to = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
    key = KeyField()
