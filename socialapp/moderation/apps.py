"""Moderation: reports, the cases that moderators decide, and the log of what they did."""

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_migrate
from django.utils.translation import pgettext_lazy


class ModerationConfig(AppConfig):
    name = "socialapp.moderation"
    verbose_name = pgettext_lazy("admin", "Moderation")

    def ready(self) -> None:
        post_migrate.connect(_make_group, sender=self)
        user_logged_in.connect(_note_role)


def _make_group(**_facts: Any) -> None:
    """Make the group of moderators with its rights, which exist once all tables do."""
    from socialapp.moderation.roles import make_group

    make_group()


def _note_role(**facts: Any) -> None:
    """Note in the session that its person moderates, so that pages show the way without a query."""
    from socialapp.moderation.roles import note_role

    note_role(facts["request"], facts["user"])
