"""Limits on how often somebody may write: one table of kinds, and a count that holds over all hosts (ADR 56)."""

from django.apps import AppConfig


class LimitsConfig(AppConfig):
    name = "socialapp.limits"
