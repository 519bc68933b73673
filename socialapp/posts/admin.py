"""Posts for admins: find them. What is done to them is moderation's (socialapp/moderation/admin.py)."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from socialapp.media.admin import thumbnail
from socialapp.posts.galleries import pictures_of
from socialapp.posts.models import Post, PostTag
from socialapp.text.excerpts import shorten
from socialapp.users.text_entities import as_tag
from socialapp.web.admin import BigTableAdmin


@admin.register(Post)
class PostAdmin(BigTableAdmin):
    list_display = ("id", "author", "excerpt", "state", "created_at", "hidden_reason")
    list_select_related = ("author",)
    list_filter = (("hidden_at", admin.EmptyFieldListFilter),)
    find_by = ("author__username",)
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

    @admin.display(description=_("text"))
    def excerpt(self, row: Post) -> str:
        return shorten(row.body, 60)

    @admin.display(description=_("state"))
    def state(self, row: Post) -> str:
        if row.deleted_at:
            return gettext("deleted")
        return gettext("hidden") if row.hidden_at else gettext("visible")

    @admin.display
    def pictures(self, row: Post) -> SafeString | str:
        shown = ((thumbnail(each.picture), each.description) for each in pictures_of(row.pk))
        return format_html_join("", "<p>{}<br>{}</p>", shown) or "none"
