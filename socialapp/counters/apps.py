"""Counters that stay right under concurrency, with no row that every writer must update."""

from django.apps import AppConfig


class CountersConfig(AppConfig):
    name = "socialapp.counters"
