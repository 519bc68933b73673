"""Endpoints in words."""

from django import template

from notifications.models import Endpoint
from notifications.timeline import title_of

register = template.Library()


@register.filter
def titled(endpoint: Endpoint) -> str:
    """As in "Webhooks: my bot"."""
    return title_of(endpoint)
