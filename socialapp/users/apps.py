"""People: accounts, profiles, sessions and API tokens."""

from typing import Any

from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class UsersConfig(AppConfig):
    name = "socialapp.users"
    verbose_name = pgettext_lazy("admin", "Users")

    def ready(self) -> None:
        from allauth.account.signals import email_added

        email_added.connect(_on_email_added)


def _on_email_added(**facts: Any) -> None:
    """Import late: the floor of the benchmarks has people and no allauth."""
    from socialapp.users.mails import on_email_added

    on_email_added(**facts)
