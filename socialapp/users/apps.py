"""People: accounts, profiles, sessions and API tokens."""

from typing import Any

from django.apps import AppConfig, apps
from django.utils.translation import pgettext_lazy


class UsersConfig(AppConfig):
    name = "socialapp.users"
    verbose_name = pgettext_lazy("admin", "Users")

    def ready(self) -> None:
        from allauth.account.signals import email_added, email_removed

        if not apps.is_installed("allauth.mfa"):
            return
        from allauth.mfa.signals import authentication_failed, authenticator_used

        email_added.connect(_on_email_added)
        email_removed.connect(_on_email_removed)
        authenticator_used.connect(_on_factor_used)
        authentication_failed.connect(_on_factor_failed)


def _on_email_added(**facts: Any) -> None:
    """Import late: the floor of the benchmarks has people and no allauth."""
    from socialapp.users.mails import on_email_added

    on_email_added(**facts)


def _on_email_removed(**facts: Any) -> None:
    """Import late, as above."""
    from socialapp.users.mails import on_email_removed

    on_email_removed(**facts)


def _on_factor_used(**facts: Any) -> None:
    """Import late, as above."""
    from socialapp.users.second_factor import on_used

    on_used(**facts)


def _on_factor_failed(**facts: Any) -> None:
    """Import late, as above."""
    from socialapp.users.second_factor import on_failed

    on_failed(**facts)
