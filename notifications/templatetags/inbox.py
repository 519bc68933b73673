"""The sentence of an inbox entry, with the names made to stand out."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from notifications import wording
from notifications.queries import Entry

register = template.Library()


@register.filter
def told(entry: Entry) -> SafeString:
    """Alice, Bob and 12 others liked your post."""
    *first, last = wording.who(entry)
    names = format_html_join(", ", "<strong>{}</strong>", ((name,) for name in first))
    return format_html("{}{}<strong>{}</strong> {}", names, " and " if first else "", last, wording.deed(entry))
