"""Where an address is, roughly, by a list of the operator's: MaxMind's format, which DB-IP and others have too."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.translation import get_language


def with_place(address: str) -> str:
    """Return the address with its town and country in the active language: "192.0.2.7 (Berlin, Germany)"."""
    found = _record(address) if settings.GEOIP and address else {}
    place = ", ".join(filter(None, (_name(found.get("city")), _name(found.get("country")))))
    return f"{address} ({place})" if place else address


def _record(address: str) -> dict[str, Any]:
    try:
        found = _reader().get(address)
    except ValueError:  # an IPv6 address, and the list has none; or damage
        return {}
    return found if isinstance(found, dict) else {}


@cache
def _reader() -> Any:
    # Imported where a list is named only: it takes memory.
    from maxminddb import open_database

    return open_database(settings.GEOIP)


def _name(place: Any) -> str:
    names = place.get("names", {}) if isinstance(place, dict) else {}
    return next((names[language] for language in _languages() if language in names), "")


def _languages() -> Iterable[str]:
    active = get_language() or "en"
    return (active, active.partition("-")[0], "en")
