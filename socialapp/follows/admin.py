"""Follows for admins, to look at."""

from django.contrib import admin

from socialapp.follows.models import Follow
from socialapp.http.admin import BigTableAdmin


@admin.register(Follow)
class FollowAdmin(BigTableAdmin):
    list_display = ("id", "follower", "followee", "created_at")
    list_select_related = ("follower", "followee")
    find_by = ("follower__username", "followee__username")
