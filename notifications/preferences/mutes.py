"""Mute a person, in feeds too, the thread of a post, or one kind of activity on it, until a time or for good."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from notifications.models import Mute
from socialapp.posts.models import Post
from socialapp.users.models import Person

# What a page offers; the API takes any time.
SPANS: dict[str, timedelta | None] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
    "always": None,
}


def mute_person(*, person: Person, muted: Person, until: datetime | None = None, notifications: bool = True) -> Mute:
    """Mute a person in one's feeds, and in `notifications`; they are not notified of it. Raises ValidationError.

    Muting again changes the end, and whether notifications are muted.
    """
    if person.pk == muted.pk:
        raise ValidationError(_("You cannot mute yourself."))
    return _mute(person, until, notifications=notifications, muted=muted, thread=None, kind="")


def mute_post(*, person: Person, post_id: int, kind: str = "", until: datetime | None = None) -> Mute:
    """Mute the conversation of a post, or one kind of activity on it. Raises Post.DoesNotExist, ValidationError."""
    with transaction.atomic():
        # So that a removal under way ends first: then there is nothing to mute.
        post = Post.objects.visible_to(person.pk).select_for_update(of=("self",), no_key=True).get(pk=post_id)
        return _mute(person, until, muted=None, thread=post.thread or post.pk, kind=kind)


def unmute(*, person: Person, mute_id: int) -> None:
    """End a mute; what it suppressed does not come back. Raises Mute.DoesNotExist."""
    Mute.objects.get(person=person, pk=mute_id).delete()


def mutes_of(person: Person) -> QuerySet[Mute]:
    """Mutes of a person that have not ended, newest first. `post_body`: NULL when the post may not be seen."""
    standing = Mute.objects.filter(Q(until=None) | Q(until__gt=timezone.now()), person=person)
    body = Subquery(Post.objects.visible_to(person.pk).filter(pk=OuterRef("thread")).values("body"))
    return standing.select_related("muted").annotate(post_body=body).order_by("-pk")


def _mute(person: Person, until: datetime | None, *, notifications: bool = True, **what: Any) -> Mute:
    if until is not None and until <= timezone.now():
        raise ValidationError(_("The end lies in the past. Choose a later one, or none."))
    mute, _is_new = Mute.objects.update_or_create(
        person=person, **what, defaults={"until": until, "notifications": notifications}
    )
    return mute
