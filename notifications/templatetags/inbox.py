"""The sentence of an inbox entry, with the names made to stand out."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from notifications.inbox import sentences
from notifications.inbox.queries import Entry

register = template.Library()


@register.filter
def as_sentence(entry: Entry) -> SafeString:
    """Alice, Bob and 12 others liked your post."""
    # The words are ours or our translators'; what people call themselves is escaped by `_strong`.
    return mark_safe(sentences.sentence(entry, _strong))  # noqa: S308


def _strong(name: str) -> str:
    return format_html("<strong>{}</strong>", name)
