"""The follow button, wherever a person is shown."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.template import Context

from socialapp.follows.queries import Relations, relations_among
from socialapp.users.models import Person

register = template.Library()


@register.inclusion_tag("follows/button.html", takes_context=True)
def follow_button(context: Context, person: Person, people: list[Person] | None = None) -> dict[str, Any]:
    """The button for one person of the list `people`; the whole list costs one query."""
    request = context["request"]
    found = _relations(request, people or [person])
    return {
        "request": request,
        "viewer": request.user,
        "person": person,
        "followed": person.pk in found.follows,
        "asked": person.pk in found.asked,
        "blocked": person.pk in found.blocks,
    }


def _relations(request: HttpRequest, people: list[Person]) -> Relations:
    lists: dict[int, Relations] = request.__dict__.setdefault("follows_of_lists", {})
    if id(people) not in lists:
        lists[id(people)] = relations_among(request.user.pk, [person.pk for person in people])
    return lists[id(people)]
