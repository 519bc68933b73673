"""Forms to write and to edit a post."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from socialapp.api.idempotency import digest_of
from socialapp.posts.framing_forms import FoldingFields, FramingFields
from socialapp.posts.gallery_forms import AttachedPictures, PictureSlots
from socialapp.posts.models import BODY_LENGTH
from socialapp.web.forms import COMPLETED, KeyField, ProseField


class _Text(forms.Form):
    """The text of a post."""

    body = ProseField(
        label=_("What is on your mind?"),
        required=False,
        max_length=BODY_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": _("What is on your mind?"), **COMPLETED}),
    )
    key = KeyField()


class PostForm(PictureSlots, FramingFields, _Text):
    """A new post: text, pictures or both."""

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.wrong_slots:
            raise ValidationError(gettext("A picture cannot be taken. See below; the rest of your post is still here."))
        if not (values.get("body") or self.attachments or "body" in self.errors):
            self.add_error("body", gettext("Write something first."))
        return values

    @property
    def digest(self) -> str:
        """A digest of all that came with the key."""
        return digest_of(self.cleaned_data["body"], [place.digest for place in self.places], *self.framing.digest)


class EditForm(AttachedPictures, FoldingFields, _Text):
    """Edits a post: everything except who may see it. `version` is the one that is edited."""

    version = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.descriptions_are_valid:
            raise ValidationError(gettext("A description is too long. See below."))
        return values
