"""Follows, requests to follow and blocks for admins, read-only."""

from django.contrib import admin

from socialapp.follows.models import Block, Follow, FollowRequest
from socialapp.web.admin import BigTableAdmin


@admin.register(Follow)
class FollowAdmin(BigTableAdmin):
    list_display = ("id", "follower", "followee", "created_at")
    list_select_related = ("follower", "followee")
    find_by = ("follower__username", "followee__username")


@admin.register(FollowRequest)
class FollowRequestAdmin(BigTableAdmin):
    list_display = ("id", "follower", "followee", "created_at")
    list_select_related = ("follower", "followee")
    find_by = ("follower__username", "followee__username")


@admin.register(Block)
class BlockAdmin(BigTableAdmin):
    list_display = ("id", "blocker", "blocked", "created_at")
    list_select_related = ("blocker", "blocked")
    find_by = ("blocker__username", "blocked__username")
