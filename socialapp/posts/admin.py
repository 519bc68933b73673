"""Posts for admins: find, hide, show again."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from socialapp.media.admin import thumbnail
from socialapp.posts import operations
from socialapp.posts.galleries import pictures_of
from socialapp.posts.models import Post, PostTag
from socialapp.users.text_entities import as_tag
from socialapp.web.admin import HidableAdmin, moderate


@admin.register(Post)
class PostAdmin(HidableAdmin):
    search_help_text = _("An id, a username (@123 for a username of digits), or a #hashtag")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        word = search_term.strip().replace("\0", "")
        if not word.startswith("#"):
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(Exists(PostTag.objects.filter(post=OuterRef("pk"), name=as_tag(word[1:])))), False

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), "pictures"]

    @admin.display
    def pictures(self, row: Post) -> SafeString | str:
        shown = ((thumbnail(each.picture), each.description) for each in pictures_of(row.pk))
        return format_html_join("", "<p>{}<br>{}</p>", shown) or "none"

    actions = ("hide", "unhide", "remove")

    @admin.action(description=_("Remove for good, with a reason"), permissions=["change"])
    def remove(self, request: HttpRequest, chosen: QuerySet[Post]) -> None:
        """Remove posts for good: not even their authors can restore them."""
        moderate(
            self,
            request,
            chosen,
            lambda row, reason: operations.remove_post(post_id=row.pk, reason=reason),
            gettext("Removed for good"),
            needs_reason=True,
        )

    def hide_one(self, row: Post, reason: str) -> None:
        operations.hide_post(post_id=row.pk, reason=reason)

    def unhide_one(self, row: Post) -> None:
        operations.unhide_post(post_id=row.pk)
