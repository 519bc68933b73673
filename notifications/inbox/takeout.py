"""What an export of somebody's data has of their inbox: each activity that they were notified of."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Sum

from notifications.models import GroupMember, Kind, NotificationGroup
from socialapp.takeout.activities import activity, actor_url, post_url
from socialapp.takeout.sections import BATCH, Form, Section
from socialapp.users.models import Person, active

# The types of ActivityStreams. A reply or a mention is a "Create" of a post.
_TYPES = {Kind.LIKE: "Like", Kind.SHARE: "Announce", Kind.FOLLOW: "Follow"}


def _activities(person: Person, after: list[int] | None) -> Iterator[tuple[list[int], dict[str, Any]]]:
    members = GroupMember.objects.filter(active("actor"), group__recipient=person, active=True)
    if after:
        members = members.filter(pk__gt=tuple(after))
    for member in members.select_related("group", "actor").order_by("pk")[:BATCH]:
        yield list(member.pk), _activity(member, person)


def _activity(member: GroupMember, person: Person) -> dict[str, Any]:
    group, actor = member.group, actor_url(member.actor.username)
    about = post_url(group.post_id) if group.post_id else actor_url(person.username)
    what = post_url(member.reply_id) if member.reply_id else about
    kind = _TYPES.get(Kind(group.kind), "Create")
    made = activity(
        kind, id_=f"{actor}#{group.kind}-{member.ordinal}", actor=actor, what=what, at=member.at.isoformat()
    )
    return made | {"target": about, "kind": group.kind}


def _count(person: Person) -> int:
    return NotificationGroup.objects.filter(recipient=person).aggregate(total=Sum("count"))["total"] or 0


INBOX = Section("inbox.json", Form.COLLECTION, _activities, _count)
