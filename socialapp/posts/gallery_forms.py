"""The pictures of a post as plain forms: four slots to choose one in, each with its description."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from socialapp.api.pagination import BIGINT
from socialapp.media import operations as media
from socialapp.media.forms import PictureField
from socialapp.media.imaging import CONTENT_TYPES
from socialapp.media.models import Picture
from socialapp.media.queries import unused
from socialapp.posts.galleries import Attachment
from socialapp.posts.models import DESCRIPTION_LENGTH, PICTURES, PostPicture


class DescribedPicture(forms.Form):
    """A picture's description, and whether to remove it."""

    description = forms.CharField(
        label=gettext_lazy("What does it show?"),
        required=False,
        max_length=DESCRIPTION_LENGTH,
        help_text=gettext_lazy("For people who cannot see it, and while it loads."),
        widget=forms.Textarea(attrs={"rows": 1, "dir": "auto"}),
    )
    remove = forms.BooleanField(label=gettext_lazy("Remove this picture"), required=False)

    def attachment_of(self, picture_id: int) -> Attachment:
        return Attachment(picture_id, self.cleaned_data["description"])


class PictureSlot(DescribedPicture):
    """One of the four slots. `picture` is the one stored by an earlier submission of the form."""

    id = forms.IntegerField(required=False, min_value=1, max_value=BIGINT - 1, widget=forms.HiddenInput)
    name = forms.CharField(required=False, max_length=255, widget=forms.HiddenInput)
    file = PictureField(label=gettext_lazy("Picture"), required=False)
    picture: Picture | None = None

    @property
    def digest(self) -> list[object]:
        """A digest of the file where one came, else of its id: the same form, sent twice, stores the file twice."""
        values = self.cleaned_data
        file = values["file"]
        if file:
            file.seek(0)
        return [values["id"], hashlib.file_digest(file, "sha256").hexdigest() if file else "", values["description"]]

    @property
    def file_name(self) -> str:
        """The name of the file on its owner's device."""
        file = self.cleaned_data.get("file")
        return file.name if file else self.cleaned_data.get("name") or _("This picture")


class PictureSlots(forms.Form):
    """Mixed into the form of a new post. Templates use it as `form.places`."""

    # What scripts hold a file against before it is sent.
    most_bytes = media.MOST_BYTES
    accept = ",".join(CONTENT_TYPES)

    def __init__(self, data: Any = None, files: Any = None, **options: Any) -> None:
        super().__init__(data, files, **options)
        self.places = [
            PictureSlot(data, files, prefix=f"picture-{number}", auto_id=self.auto_id)
            for number in range(1, PICTURES + 1)
        ]

    def take_in(self, owner_id: int) -> None:
        """Store the files that were sent, so that they need not be chosen again when the form is refused."""
        valid = [place for place in self.places if place.is_valid()]
        kept = {place.cleaned_data["id"] for place in valid} - {None}
        known = unused(owner_id, kept).in_bulk() if kept else {}
        for place in valid:
            values = place.cleaned_data
            if values["file"]:
                self._store(place, owner_id)
            elif values["id"] and not values["remove"]:
                place.picture = known.get(values["id"])
                if place.picture is None:
                    place.add_error("file", _("A picture is gone, or is in a post already. Add it again."))

    @staticmethod
    def _store(place: PictureSlot, owner_id: int) -> None:
        try:
            place.picture = media.upload(owner_id=owner_id, file=place.cleaned_data["file"])
        except ValidationError as error:
            place.add_error("file", error)

    @property
    def attachments(self) -> list[Attachment]:
        """The pictures in the slots, once they are stored."""
        return [place.attachment_of(place.picture.pk) for place in self.places if place.picture]

    @property
    def wrong_slots(self) -> list[PictureSlot]:
        return [place for place in self.places if place.errors]

    @property
    def has_pictures(self) -> bool:
        """Whether a slot has something to show."""
        return any(place.picture or place.errors for place in self.places)


class AttachedPictures(forms.Form):
    """Mixed into the form that edits a post: its pictures, as `form.hanging`."""

    def __init__(self, data: Any = None, *, pictures: Sequence[PostPicture], **options: Any) -> None:
        super().__init__(data, **options)
        self._rows = pictures
        self._forms = [
            DescribedPicture(data, prefix=f"picture-{row.picture_id}", initial={"description": row.description})
            for row in pictures
        ]

    @property
    def hanging(self) -> Iterator[tuple[PostPicture, DescribedPicture]]:
        return zip(self._rows, self._forms, strict=True)

    @property
    def descriptions_are_valid(self) -> bool:
        return all(form.is_valid() for form in self._forms)

    @property
    def attachments(self) -> list[Attachment]:
        """The pictures that stay."""
        return [form.attachment_of(row.picture_id) for row, form in self.hanging if not form.cleaned_data["remove"]]
