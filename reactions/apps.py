"""Likes, shares, comments. Knows nothing of notifications; tells of each reaction by a message."""

from django.apps import AppConfig


class ReactionsConfig(AppConfig):
    name = "reactions"
