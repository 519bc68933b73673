"""Likes and shares for admins, read-only."""

from django.contrib import admin

from reactions.models import Like, Share
from socialapp.web.admin import BigTableAdmin


@admin.register(Like, Share)
class ReactionAdmin(BigTableAdmin):
    list_display = ("id", "person", "post", "created_at")
    list_select_related = ("person", "post")
    find_by = ("person__username",)
