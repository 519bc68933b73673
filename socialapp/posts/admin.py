"""Posts for admins: find, hide, show again."""

from django.contrib import admin

from socialapp.http.admin import HidableAdmin
from socialapp.posts import operations
from socialapp.posts.models import Post


@admin.register(Post)
class PostAdmin(HidableAdmin):
    def hide_one(self, row: Post, reason: str) -> None:
        operations.hide_post(post_id=row.pk, reason=reason)

    def unhide_one(self, row: Post) -> None:
        operations.unhide_post(post_id=row.pk)
