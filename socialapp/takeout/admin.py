"""Exports for admins: which are being made, and which failed."""

from django.contrib import admin

from socialapp.takeout.models import Export
from socialapp.web.admin import BigTableAdmin


@admin.register(Export)
class ExportAdmin(BigTableAdmin):
    list_display = ("id", "person", "state", "done", "total", "size", "created_at", "due_at", "finished_at")
    list_select_related = ("person",)
    list_filter = ("state",)
    fields = (*list_display, "expires_at", "attempts")
    find_by = ("person__username",)
