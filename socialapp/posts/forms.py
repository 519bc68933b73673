"""What people type to make a post."""

from django import forms

from socialapp.http.forms import COMPLETED, KeyField, ProseField
from socialapp.posts.models import BODY_LENGTH


class PostForm(forms.Form):
    """A post, new or edited."""

    body = ProseField(
        label="What is on your mind?",
        max_length=BODY_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "What is on your mind?", **COMPLETED}),
        error_messages={"required": "Write something first."},
    )
    key = KeyField()
