"""The parts every page is made of."""

from functools import cache
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.forms import BoundField, CheckboxInput, PasswordInput
from django.template import Context
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from socialapp.web.pages import SENT, UNDO

register = template.Library()


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """A drawing that says nothing by itself: the words beside it do. A page has nearly two hundred."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static("socialapp/icons.svg"), name
    )


@register.inclusion_tag("web/nav_link.html", takes_context=True)
def nav_link(context: Context, name: str, drawing: str, word: str, *args: Any, **extra: Any) -> dict[str, Any]:
    """A link in the navigation, marked when it leads here. Nothing when no app has a page of that name."""
    try:
        href = reverse(name, args=args)
    except NoReverseMatch:
        return {}
    here = context["request"].path == href
    return {"href": href, "icon": drawing, "word": word, "here": here, **extra}


@register.filter
def undo_url(message: Message) -> str:
    """Where the Undo of a message posts to; empty when it has none."""
    return _after(UNDO, message)


@register.filter
def sent_draft(message: Message) -> str:
    """Which draft a message says the sending of; empty when it is about something else."""
    return _after(SENT, message)


def _after(prefix: str, message: Message) -> str:
    tags = message.extra_tags or ""
    return tags.removeprefix(prefix) if tags.startswith(prefix) else ""


@register.filter
def widget(field: BoundField) -> SafeString:
    """The control of a field, dressed."""
    dress = "check" if is_check(field) else "input"
    return field.as_widget(attrs={"class": dress})


@register.filter
def is_check(field: BoundField) -> bool:
    """Whether its box stands before its label."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def is_secret(field: BoundField) -> bool:
    """Whether what is typed is not shown, unless its button is pressed."""
    return isinstance(field.field.widget, PasswordInput)


@register.filter
def widget_focused(field: BoundField) -> SafeString:
    """The control of a field, where the page begins to be typed on."""
    return field.as_widget(attrs={"class": "input", "autofocus": True})
