"""The channels by which notifications are sent: each is a class with one verb, `send`.

To add one, see "Adding things" in docs/architecture.md.
"""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from notifications.channels.base import Channel


@cache
def channel(name: str) -> Channel:
    """Return the channel of this name in settings.CHANNELS. Raises KeyError."""
    made: Channel = import_string(settings.CHANNELS[name])()
    return made


def channels() -> dict[str, Channel]:
    """Return all channels, in the order of the settings."""
    return {name: channel(name) for name in settings.CHANNELS}
