"""Bells: whose new posts notify a person outside of the inbox, too."""

from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from notifications.models import Bell
from notifications.preferences import sql
from socialapp.follows.models import Follow
from socialapp.users.models import Person


def switch_bell(*, person: Person, author: Person, on: bool) -> None:
    """Notify of the author's next posts outside of the inbox, or no longer. Either may be repeated.

    Raises PermissionDenied when it is to be on and the person does not follow the author.
    """
    if not on:
        Bell.objects.filter(person=person, author=author).delete()
        return
    with connection.cursor() as cursor:
        cursor.execute(sql.BELL_ON, {"one": person.pk, "other": author.pk})
        if not cursor.fetchone()[0]:
            raise PermissionDenied(_("Follow this person first, then turn the bell on."))


def bells_among(person_id: int | None, author_ids: Collection[int]) -> set[int]:
    """The authors, of these, for whom this person's bell is on. Only authors they follow have one."""
    if person_id is None or not author_ids:
        return set()
    followed = Follow.objects.filter(follower_id=OuterRef("person_id"), followee_id=OuterRef("author_id"))
    bells = Bell.objects.filter(Exists(followed), person_id=person_id, author_id__in=author_ids)
    return set(bells.values_list("author_id", flat=True))


def remove_bells(ended: Collection[tuple[int, int, datetime]]) -> None:
    """Remove the bell of each (person, author) that was there at that time. One that was asked for later stays."""
    with connection.cursor() as cursor:
        cursor.execute(
            sql.REMOVE_BELLS,
            {
                "people": [person_id for person_id, _, _ in ended],
                "authors": [author_id for _, author_id, _ in ended],
                "untils": [until for _, _, until in ended],
            },
        )
