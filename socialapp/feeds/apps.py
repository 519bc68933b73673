"""What a person sees: home, public, and profile feeds. No table of its own: feeds are pulled."""

from django.apps import AppConfig


class FeedsConfig(AppConfig):
    name = "socialapp.feeds"
