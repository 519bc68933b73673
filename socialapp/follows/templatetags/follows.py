"""The follow button, wherever a person is shown."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.template import Context

from socialapp.follows.queries import follows_and_blocks_among
from socialapp.users.models import Person

register = template.Library()


@register.inclusion_tag("follows/button.html", takes_context=True)
def follow_button(context: Context, person: Person, people: list[Person] | None = None) -> dict[str, Any]:
    """The button for one person of the list `people`; the whole list costs one query."""
    request = context["request"]
    followed, blocked = _follows_and_blocks(request, people or [person])
    return {
        "request": request,
        "viewer": request.user,
        "person": person,
        "followed": person.pk in followed,
        "blocked": person.pk in blocked,
    }


def _follows_and_blocks(request: HttpRequest, people: list[Person]) -> tuple[set[int], set[int]]:
    lists: dict[int, tuple[set[int], set[int]]] = request.__dict__.setdefault("follows_of_lists", {})
    if id(people) not in lists:
        lists[id(people)] = follows_and_blocks_among(request.user.pk, [person.pk for person in people])
    return lists[id(people)]
