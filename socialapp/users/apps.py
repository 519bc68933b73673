"""People: accounts, profiles, API tokens."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "socialapp.users"
