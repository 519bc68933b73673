"""Bookmarks: posts that a person saves for themselves."""

from django.apps import AppConfig


class BookmarksConfig(AppConfig):
    name = "socialapp.bookmarks"
