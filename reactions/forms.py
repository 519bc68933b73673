"""The form to reply."""

from django import forms
from django.utils.translation import gettext_lazy as _

from socialapp.posts.forms import PostForm
from socialapp.posts.models import BODY_LENGTH
from socialapp.web.forms import COMPLETED, ProseField


class ReplyForm(PostForm):
    """A new reply: text, pictures or both."""

    body = ProseField(
        label=_("Your comment"),
        required=False,
        max_length=BODY_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": _("Write a comment"), **COMPLETED}),
    )
