"""Filters that show notices and acts."""

from typing import Any

from django import template

from socialapp.moderation import wording
from socialapp.moderation.models import Action, Hold, Notice, Verb
from socialapp.moderation.notices import address_of, may_appeal, suspension_of
from socialapp.moderation.operations.acts import UNDONE_BY
from socialapp.users.models import Person

register = template.Library()


@register.filter
def headline(notice: Notice) -> str:
    """What a notice says."""
    return wording.headline(notice)


@register.filter
def summary(notice: Notice) -> str:
    """What a notice says, and the rule."""
    return wording.summary(notice)


@register.filter
def told(action: Action) -> str:
    """The sentence in which an act's person is notified of it."""
    return wording.told(action)


@register.filter
def address(notice: Notice) -> str:
    """Where a notice is read."""
    return address_of(notice.pk)


@register.filter
def can_be_undone(action: Action) -> bool:
    """Whether the act stands, and can be taken back."""
    return Verb(action.verb) in UNDONE_BY and not hasattr(action, "undone_by")


@register.filter
def columns(of_month: dict[str, int]) -> list[int]:
    """The numbers of a month, in the order of the table."""
    deleted = of_month.get(Verb.REMOVE, 0) + of_month.get(Verb.ERASE, 0)
    before = [of_month.get(name, 0) for name in ("reports", Verb.DISMISS, Verb.WARN, Verb.HIDE)]
    after = [of_month.get(name, 0) for name in (Verb.SILENCE, Verb.SUSPEND, "appeals", "granted")]
    return [*before, deleted, *after]


@register.inclusion_tag("moderation/held.html")
def held_because(post_id: int) -> dict[str, Any]:
    """Why a post waits for a look."""
    return {"hold": Hold.objects.filter(post_id=post_id).first()}


@register.inclusion_tag("moderation/suspension.html")
def suspension(person: Person | None) -> dict[str, Any]:
    """Show until when a person is suspended, and how they appeal; nothing for a person who is not suspended."""
    notice = suspension_of(person.pk) if person and person.suspended_at else None
    return {"notice": notice, "may_appeal": bool(notice and may_appeal(notice))}
