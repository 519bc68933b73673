"""Bells: whose new posts notify a person outside of the inbox, too."""

from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from notifications.models import Bell
from socialapp.follows.models import Follow
from socialapp.follows.sql import LOCK_PAIR
from socialapp.users.models import Person

_REMOVE_BELLS = """
DELETE FROM notifications_bell AS bell
USING unnest(%(people)s::bigint[], %(authors)s::bigint[], %(untils)s::timestamptz[])
    AS ended(person_id, author_id, until)
WHERE bell.person_id = ended.person_id AND bell.author_id = ended.author_id AND bell.created_at < ended.until
"""
# Yields whether `one` follows `other`. In one round trip, whose statements are one transaction. The bell's time is
# that of now, so that it is not taken for one from before the follow.
_BELL_ON = f"""{LOCK_PAIR}
WITH followed AS (
    SELECT follower_id, followee_id FROM follows_follow WHERE follower_id = %(one)s AND followee_id = %(other)s
), added AS (
    INSERT INTO notifications_bell (person_id, author_id, created_at)
    SELECT follower_id, followee_id, clock_timestamp() FROM followed
    ON CONFLICT (person_id, author_id) DO UPDATE SET created_at = EXCLUDED.created_at
)
SELECT EXISTS (SELECT FROM followed)
"""


def switch_bell(*, person: Person, author: Person, on: bool) -> None:
    """Notify of the author's next posts outside of the inbox, or no longer. Either may be repeated.

    Raises PermissionDenied when it is to be on and the person does not follow the author.
    """
    if not on:
        Bell.objects.filter(person=person, author=author).delete()
        return
    with connection.cursor() as cursor:
        cursor.execute(_BELL_ON, {"one": person.pk, "other": author.pk})
        if not cursor.fetchone()[0]:
            raise PermissionDenied(_("Follow them first."))


def bells_among(person_id: int | None, author_ids: Collection[int]) -> set[int]:
    """Whose bell is on for this person. Without a follow, none is."""
    if person_id is None or not author_ids:
        return set()
    followed = Follow.objects.filter(follower_id=OuterRef("person_id"), followee_id=OuterRef("author_id"))
    bells = Bell.objects.filter(Exists(followed), person_id=person_id, author_id__in=author_ids)
    return set(bells.values_list("author_id", flat=True))


def remove_bells(ended: Collection[tuple[int, int, datetime]]) -> None:
    """Remove the bell of each (person, author) that was there at that time. One that was asked for later stays."""
    with connection.cursor() as cursor:
        cursor.execute(
            _REMOVE_BELLS,
            {
                "people": [person_id for person_id, _, _ in ended],
                "authors": [author_id for _, author_id, _ in ended],
                "untils": [until for _, _, until in ended],
            },
        )
