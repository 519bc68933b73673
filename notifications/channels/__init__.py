"""The ways out of the house. Each is a class with one verb, `send`, which fails in one of two ways.

To add one: a module here, a line in config/channels.py, a column in
notifications.preferences.operations.DEFAULTS, and a row in the table of failures
in docs/delivery.md.
"""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from notifications.channels.base import Channel


@cache
def channel(name: str) -> Channel:
    """The channel that settings.CHANNELS names so. Raises KeyError."""
    made: Channel = import_string(settings.CHANNELS[name])()
    return made


def channels() -> dict[str, Channel]:
    """All, in the order of the settings."""
    return {name: channel(name) for name in settings.CHANNELS}
