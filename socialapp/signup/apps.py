"""Who may join: everybody, by approval, by invitation, or no one (ADR 57)."""

from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class SignupConfig(AppConfig):
    name = "socialapp.signup"
    verbose_name = pgettext_lazy("admin", "Sign-up")
