"""People: accounts, profiles, API tokens."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "socialapp.users"

    def ready(self) -> None:
        from allauth.account.signals import email_added

        from socialapp.users.mails import on_email_added

        email_added.connect(on_email_added)
