"""Reactions for admins: look at likes and shares; find, hide and show comments."""

from django.contrib import admin

from reactions import operations
from reactions.models import Comment, Like, Share
from socialapp.http.admin import BigTableAdmin, HidableAdmin


@admin.register(Like, Share)
class ReactionAdmin(BigTableAdmin):
    list_display = ("id", "person", "post", "created_at")
    list_select_related = ("person", "post")
    find_by = ("person__username",)


@admin.register(Comment)
class CommentAdmin(HidableAdmin):
    def hide_one(self, row: Comment, reason: str) -> None:
        operations.hide_comment(comment_id=row.pk, reason=reason)

    def unhide_one(self, row: Comment) -> None:
        operations.unhide_comment(comment_id=row.pk)
