"""Feeds and profiles, as people see them. No table of its own: feeds are read when somebody looks."""

from django.apps import AppConfig


class FeedsConfig(AppConfig):
    name = "socialapp.feeds"
