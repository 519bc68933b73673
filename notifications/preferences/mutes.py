"""Spare someone a person, the thread of a post, or one kind on it, until a time or for good."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from notifications.models import Mute
from socialapp.posts.models import Post
from socialapp.posts.operations import or_gone
from socialapp.posts.queries import visible_post
from socialapp.users.models import Person

# What a page offers; the API takes any time.
SPANS: dict[str, timedelta | None] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "always": None,
}


def mute_person(*, person: Person, muted: Person, until: datetime | None = None) -> Mute:
    """They go on seeing and doing what they do; this person hears nothing of it. Raises ValidationError."""
    if person.pk == muted.pk:
        raise ValidationError(_("You cannot mute yourself."))
    return _mute(person, until, muted=muted, post=None, kind="")


def mute_post(*, person: Person, post_id: int, kind: str = "", until: datetime | None = None) -> Mute:
    """Nothing more of its conversation, or only of one kind. Raises Post.DoesNotExist, ValidationError."""
    post = visible_post(post_id)
    # The post that began the thread, unless that is removed for good.
    beginning = Post.objects.filter(pk=post.thread).first() if post.thread else None
    with or_gone():
        return _mute(person, until, muted=None, post=beginning or post, kind=kind)


def unmute(*, person: Person, mute_id: int) -> None:
    """From now on they hear of it; what was suppressed meanwhile does not come back. Raises Mute.DoesNotExist."""
    Mute.objects.get(person=person, pk=mute_id).delete()


def mutes_of(person: Person) -> QuerySet[Mute]:
    """Those that have not ended, the newest first. `shows_post` is whether the post may be seen."""
    standing = Mute.objects.filter(Q(until=None) | Q(until__gt=timezone.now()), person=person)
    shows_post = Exists(Post.objects.visible().filter(pk=OuterRef("post_id")))
    return standing.select_related("muted", "post__author").annotate(shows_post=shows_post).order_by("-pk")


def _mute(person: Person, until: datetime | None, **what: Any) -> Mute:
    if until is not None and until <= timezone.now():
        raise ValidationError(_("The end lies in the past. Choose a later one, or none."))
    mute, _is_new = Mute.objects.update_or_create(person=person, **what, defaults={"until": until})
    return mute
