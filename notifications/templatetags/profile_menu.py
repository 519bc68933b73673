"""What one may do about a person, on their profile: bell, mute, block."""

from typing import Any

from django import template
from django.template import Context

from notifications.labels import SPAN_WORDS
from notifications.preferences.bells import bells_among
from socialapp.follows.queries import has_blocked
from socialapp.users.models import Person

register = template.Library()


@register.inclusion_tag("notifications/profile_menu.html", takes_context=True)
def profile_menu(context: Context, person: Person) -> dict[str, Any]:
    """Nothing without an account."""
    viewer = context["request"].user
    if not viewer.is_authenticated:
        return {"person": person}
    return {
        "person": person,
        "viewer": viewer,
        "rung": bool(bells_among(viewer.pk, [person.pk])),
        "blocked": has_blocked(viewer.pk, person.pk),
        "spans": SPAN_WORDS,
        "here": context.get("here"),
        "csrf_token": context.get("csrf_token"),
    }
