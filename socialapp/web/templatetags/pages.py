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
    """Return an icon that is hidden from screen readers: the words beside it count. Cached, as a page has about 200."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static("socialapp/icons.svg"), name
    )


@register.inclusion_tag("web/nav_link.html", takes_context=True)
def nav_link(context: Context, name: str, drawing: str, word: str, *args: Any, **extra: Any) -> dict[str, Any]:
    """Show a link in the navigation, marked if it leads here. Nothing if no app has a page of that name."""
    try:
        href = reverse(name, args=args)
    except NoReverseMatch:
        return {}
    here = context["request"].path == href
    return {"href": href, "icon": drawing, "word": word, "here": here, **extra}


@register.filter
def undo_url(message: Message) -> str:
    """Return the URL to which the Undo of a message posts; empty if it has none."""
    return _after(UNDO, message)


@register.filter
def sent_draft(message: Message) -> str:
    """Return the draft whose sending a message confirms; empty if it is about something else."""
    return _after(SENT, message)


def _after(prefix: str, message: Message) -> str:
    tags = message.extra_tags or ""
    return tags.removeprefix(prefix) if tags.startswith(prefix) else ""


@register.filter
def widget(field: BoundField) -> SafeString:
    """Return the control of a field with its CSS class."""
    dress = "check" if is_check(field) else "input"
    return field.as_widget(attrs={"class": dress})


@register.filter
def is_check(field: BoundField) -> bool:
    """Return whether a field is a checkbox, which comes before its label."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def is_secret(field: BoundField) -> bool:
    """Return whether a field hides what is typed until its button is pressed."""
    return isinstance(field.field.widget, PasswordInput)


@register.filter
def widget_focused(field: BoundField) -> SafeString:
    """Return the control of a field, focused when the page opens."""
    return field.as_widget(attrs={"class": "input", "autofocus": True})
