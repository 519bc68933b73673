"""Endpoints and kinds in words."""

from django import template

from notifications import labels
from notifications.channels import channels
from notifications.history.trace import title_of
from notifications.models import Endpoint

register = template.Library()


@register.filter
def titled(endpoint: Endpoint) -> str:
    """An endpoint's label, like "Webhooks: my bot"."""
    return title_of(endpoint)


@register.filter
def channel_word(name: str) -> str:
    """A channel by its name in rows."""
    known = channels().get(name)
    return str(known.label) if known else name


@register.filter
def kind_word(kind: str) -> str:
    """One of a kind: "Like", "Test"."""
    return labels.word(kind)


@register.filter
def kind_words(kind: str) -> str:
    """All of a kind: "Likes", "Replies to your comments"."""
    return labels.words(kind)
