"""Pictures for admins: which failed, and why."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from socialapp.http.admin import BigTableAdmin
from socialapp.media.models import SIZES, Picture


def thumbnail(picture: Picture) -> SafeString | str:
    """Small, and a link to the large one; its state when there is none."""
    if not picture.is_ready:
        return picture.get_state_display()
    url = picture.urls[SIZES[picture.kind][0]]
    return format_html('<a href="{}"><img src="{}" alt="" height="96" loading="lazy"></a>', picture.large, url)


@admin.register(Picture)
class PictureAdmin(BigTableAdmin):
    list_display = ("id", "owner", "kind", "state", "fault", "created_at", "expires_at", "claims")
    list_select_related = ("owner",)
    list_filter = ("state", "kind")
    find_by = ("owner__username",)

    # Not the token: it opens the files of what is hidden.
    fields = ("shown", "owner", "kind", "state", "fault", "width", "height", "created_at", "due_at", "expires_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return list(self.fields)

    @admin.display(description=_("picture"))
    def shown(self, picture: Picture) -> SafeString | str:
        return thumbnail(picture)
