"""What the replies say that a notification is about, read when it is shown."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import connection

from notifications.inbox.sql import reading
from notifications.models import GroupMember, Kind
from socialapp.moderation.models import Notice
from socialapp.posts.models import Post

QUOTED = {Kind.COMMENT, Kind.REPLY}
Span = tuple[int, int]  # of the members of a group: the first and the last id


@dataclass(frozen=True)
class Quote:
    """A reply, by its id and its text, or its content warning. Nothing, and 0, for one that may not be seen."""

    reply_id: int
    text: str


HIDDEN = Quote(0, "")


def newest_quotes(group_ids: Collection[int], spans: Mapping[int, Span]) -> dict[int, tuple[Quote, int]]:
    """{group id: its newest reply that its recipient may see, and how many members it has}. At most two statements.

    The quote is HIDDEN when there is none. At most 1,000 are counted. `spans` restricts which
    members of a group are looked at for the quote.
    """
    if not group_ids:
        return {}
    ids = sorted(set(group_ids))
    everything = (0, 2**63 - 1)
    with connection.cursor() as cursor:
        cursor.execute(
            reading.NEWEST_REPLIES,
            {
                "groups": ids,
                "firsts": [spans.get(id_, everything)[0] for id_ in ids],
                "lasts": [spans.get(id_, everything)[1] for id_ in ids],
            },
        )
        rows: list[tuple[int, list[int], int]] = cursor.fetchall()
    reply_ids = {id_ for _, newest, _ in rows for id_ in newest}
    replies = Post.objects.standing().in_bulk(reply_ids) if reply_ids else {}
    return {
        group_id: (next((Quote(id_, replies[id_].preview) for id_ in newest if id_ in replies), HIDDEN), times)
        for group_id, newest, times in rows
    }


def newest_notices(group_ids: Collection[int], spans: Mapping[int, Span]) -> dict[int, Notice]:
    """{group id: the newest that moderators wrote}, for `spans` as above. One statement, and one for each group."""
    newest = {}
    for group_id in group_ids:
        members = GroupMember.objects.filter(group=group_id, active=True)
        if group_id in spans:
            members = members.filter(ordinal__range=spans[group_id])
        newest[group_id] = members.order_by("-at", "-ordinal").values_list("reply_id", flat=True).first()
    wanted = [id_ for id_ in newest.values() if id_]
    found = Notice.objects.select_related("action__rule", "report__case__person").in_bulk(wanted)
    return {group_id: found[id_] for group_id, id_ in newest.items() if id_ in found}
