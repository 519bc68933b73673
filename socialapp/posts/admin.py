"""Posts for admins: find, hide, show again."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from socialapp.http.admin import BigTableAdmin, ReasonForm, moderate
from socialapp.posts import operations
from socialapp.posts.models import Post


@admin.register(Post)
class PostAdmin(BigTableAdmin):
    list_display = ("id", "author", "__str__", "created_at", "edited_at", "deleted_at", "hidden_at", "hidden_reason")
    list_select_related = ("author",)
    list_filter = (("hidden_at", admin.EmptyFieldListFilter),)
    find_by = ("author__username",)
    action_form = ReasonForm
    actions = ("hide", "unhide")

    @admin.action(description="Hide, with a reason", permissions=["change"])
    def hide(self, request: HttpRequest, chosen: QuerySet[Post]) -> None:
        moderate(
            self,
            request,
            chosen,
            lambda post, reason: operations.hide_post(post_id=post.pk, reason=reason),
            "Hidden",
            needs_reason=True,
        )

    @admin.action(description="Show again", permissions=["change"])
    def unhide(self, request: HttpRequest, chosen: QuerySet[Post]) -> None:
        moderate(self, request, chosen, lambda post, _reason: operations.unhide_post(post_id=post.pk), "Shown again")
