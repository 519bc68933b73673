"""Fixtures of the notifications' tests."""

from tests.notifications.fakes import other

__all__ = ["other"]
