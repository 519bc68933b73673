"""Pictures for admins: which failed, and why."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from socialapp.media.files import CONTENT_TYPE, name_of, uploads
from socialapp.media.models import SIZES, Picture
from socialapp.web.admin import BigTableAdmin


def thumbnail(picture: Picture) -> SafeString | str:
    """A small picture that links to the large one, withheld or not; its state in words when it is not ready."""
    if not picture.is_ready:
        return picture.get_state_display()
    smallest = SIZES[picture.kind][0]
    small, large = picture.urls[smallest], picture.large
    if picture.is_aside:
        small = large = reverse("admin:media_picture_file", args=[picture.pk])
    return format_html('<a href="{}"><img src="{}" alt="" height="96" loading="lazy"></a>', large, small)


@admin.register(Picture)
class PictureAdmin(BigTableAdmin):
    list_display = ("id", "owner", "kind", "state", "fault", "created_at", "expires_at", "claims")
    list_select_related = ("owner",)
    list_filter = ("state", "kind")
    find_by = ("owner__username",)

    # Not the token: it opens the files of what is hidden.
    fields = (
        "shown",
        "owner",
        "kind",
        "state",
        "fault",
        "width",
        "height",
        "created_at",
        "due_at",
        "expires_at",
        "withheld",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return list(self.fields)

    def get_urls(self) -> list[URLPattern]:
        file = path("<int:picture_id>/file/", self.admin_site.admin_view(self.file), name="media_picture_file")
        return [file, *super().get_urls()]

    def file(self, request: HttpRequest, picture_id: int) -> HttpResponse:
        """The largest file of a picture that is withheld, for moderators."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        picture = get_object_or_404(Picture, pk=picture_id, is_aside=True)
        with uploads().open(name_of(picture.token, SIZES[picture.kind][-1])) as file:
            return HttpResponse(file.read(), content_type=CONTENT_TYPE)

    @admin.display(description=_("picture"))
    def shown(self, picture: Picture) -> SafeString | str:
        return thumbnail(picture)
