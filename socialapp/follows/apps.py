"""Who follows whom."""

from django.apps import AppConfig


class FollowsConfig(AppConfig):
    name = "socialapp.follows"
