"""A form field for a picture."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from socialapp.media import imaging
from socialapp.media.operations import MEGABYTE, MOST_BYTES


class PictureField(forms.FileField):
    """A picture of an accepted kind, size and number of pixels."""

    widget = forms.FileInput

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", gettext_lazy("JPEG, PNG, WebP, GIF or AVIF, up to 10 MB."))
        super().__init__(**options)

    def widget_attrs(self, _widget: forms.Widget) -> dict[str, Any]:
        return {"accept": ",".join(imaging.CONTENT_TYPES)}

    def to_python(self, data: Any) -> Any:
        """Return the checked file. Raises ValidationError."""
        file = super().to_python(data)
        if file is None:
            return None
        if file.size > MOST_BYTES:
            raise ValidationError(
                _("This picture is larger than %(count)d MB. Send a smaller one.") % {"count": MOST_BYTES // MEGABYTE}
            )
        try:
            imaging.look(file.read())
        except imaging.Unusable as error:
            raise ValidationError(error.fault.label) from error
        file.seek(0)
        return file
