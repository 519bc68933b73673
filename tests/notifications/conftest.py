"""Fixtures of the notifications' tests."""

from tests.notifications.sinks import other

__all__ = ["other"]
