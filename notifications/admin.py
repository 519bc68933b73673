"""Inboxes for admins, to look at: who was told of what, and when."""

from django.contrib import admin

from notifications.models import Group, Member
from socialapp.http.admin import BigTableAdmin


@admin.register(Group)
class GroupAdmin(BigTableAdmin):
    list_display = ("id", "recipient", "kind", "post_id", "count", "at")
    list_select_related = ("recipient",)
    find_by = ("recipient__username",)
    search_help_text = "An id or the recipient's username"


@admin.register(Member)
class MemberAdmin(BigTableAdmin):
    list_display = ("id", "actor", "group", "comment_id", "active", "at", "delivered_at")
    list_select_related = ("actor", "group")
    find_by = ("actor__username",)
    search_help_text = "An id or the username of who did it"
