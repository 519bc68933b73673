"""Posts for admins: find, hide, show again."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from socialapp.http.admin import HidableAdmin
from socialapp.media.admin import thumbnail
from socialapp.posts import operations
from socialapp.posts.galleries import pictures_of
from socialapp.posts.models import Post


@admin.register(Post)
class PostAdmin(HidableAdmin):
    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), "pictures"]

    @admin.display
    def pictures(self, row: Post) -> SafeString | str:
        shown = ((thumbnail(each.picture), each.description) for each in pictures_of(row.pk))
        return format_html_join("", "<p>{}<br>{}</p>", shown) or "none"

    def hide_one(self, row: Post, reason: str) -> None:
        operations.hide_post(post_id=row.pk, reason=reason)

    def unhide_one(self, row: Post) -> None:
        operations.unhide_post(post_id=row.pk)
