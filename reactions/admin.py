"""Reactions for admins: look at likes and shares; find, hide and show comments."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from reactions import operations
from reactions.models import Comment, Like, Share
from socialapp.http.admin import BigTableAdmin, ReasonForm, moderate


@admin.register(Like, Share)
class ReactionAdmin(BigTableAdmin):
    list_display = ("id", "person", "post", "created_at")
    list_select_related = ("person", "post")
    find_by = ("person__username",)


@admin.register(Comment)
class CommentAdmin(BigTableAdmin):
    list_display = ("id", "author", "__str__", "post_id", "created_at", "deleted_at", "hidden_at", "hidden_reason")
    list_select_related = ("author",)
    list_filter = (("hidden_at", admin.EmptyFieldListFilter),)
    find_by = ("author__username",)
    action_form = ReasonForm
    actions = ("hide", "unhide")

    @admin.action(description="Hide, with a reason", permissions=["change"])
    def hide(self, request: HttpRequest, chosen: QuerySet[Comment]) -> None:
        moderate(
            self,
            request,
            chosen,
            lambda comment, reason: operations.hide_comment(comment_id=comment.pk, reason=reason),
            "Hidden",
            needs_reason=True,
        )

    @admin.action(description="Show again", permissions=["change"])
    def unhide(self, request: HttpRequest, chosen: QuerySet[Comment]) -> None:
        moderate(
            self,
            request,
            chosen,
            lambda comment, _reason: operations.unhide_comment(comment_id=comment.pk),
            "Shown again",
        )
