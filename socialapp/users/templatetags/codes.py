"""Filters that show secrets so that people can type, print and keep them."""

from collections.abc import Sequence
from urllib.parse import quote

from django import template
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def in_fours(code: str) -> str:
    """Group a code's characters by four, as they are read aloud. Checks of the code ignore the spaces."""
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


@register.filter
def as_text_file(lines: Sequence[str]) -> SafeString:
    """Return an address that has these lines in itself: a link with `download` saves them, without a request."""
    return mark_safe("data:text/plain;charset=utf-8," + quote("\r\n".join(lines) + "\r\n"))  # noqa: S308  quoted
