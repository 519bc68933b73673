"""Path converters of routes: row ids and usernames.

`<id:post_id>` matches a row's id that fits PostgreSQL's bigint; `<username:username>` matches what can be a username.
Anything else is a 404.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponseBase
from django.urls import URLPattern, path, register_converter


class IdConverter:
    """Up to 18 decimal digits, which fit a bigint."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


class UsernameConverter:
    """1 to 30 letters, digits and underscores."""

    regex = "[a-zA-Z0-9_]{1,30}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(IdConverter, "id")
register_converter(UsernameConverter, "username")


def route(address: str, view: Callable[..., HttpResponseBase], name: str) -> list[URLPattern]:
    """Return the patterns of a route with and without its final slash: a redirect would lose a request's body."""
    bare: Any = path(address.removesuffix("/"), view)
    return [path(address, view, name=name), bare]
