"""Posts that people keep for themselves. Nobody else knows."""

from django.apps import AppConfig


class BookmarksConfig(AppConfig):
    name = "socialapp.bookmarks"
