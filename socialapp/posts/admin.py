"""Posts for admins: find, hide, show again."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from socialapp.http.admin import HidableAdmin
from socialapp.posts import operations
from socialapp.posts.models import Post, PostTag
from socialapp.users.words import as_tag


@admin.register(Post)
class PostAdmin(HidableAdmin):
    search_help_text = "An id, a username (@123 for a username of digits), or a #hashtag"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        word = search_term.strip().replace("\0", "")
        if not word.startswith("#"):
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(Exists(PostTag.objects.filter(post=OuterRef("pk"), name=as_tag(word[1:])))), False

    def hide_one(self, row: Post, reason: str) -> None:
        operations.hide_post(post_id=row.pk, reason=reason)

    def unhide_one(self, row: Post) -> None:
        operations.unhide_post(post_id=row.pk)
