"""The app of the textbook: project and app in one, because it has one thing to do."""

from django.apps import AppConfig


class TextbookConfig(AppConfig):
    name = "benchmarks.baselines.textbook"
    label = "textbook"
