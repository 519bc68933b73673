"""The channels by which a notification leaves the product: each a class with one verb, `send`.

To add one, see "Adding things" in docs/architecture.md.
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
