"""What was accepted of the fleet, compared with the rows of its database."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from tests.fleet.client import Reaction
from tests.fleet.database import Database

Fact = tuple[str, int, int, int]  # kind, person, post, id of the comment

LIKES = "SELECT 'like', person_id, post_id, 0::bigint FROM reactions_like"
COMMENTS = "SELECT 'comment', author_id, reply_to_id, id FROM posts_post WHERE reply_to_id IS NOT NULL"
IN_INBOXES = """
    SELECT kind, actor_id, post_id, reply_id FROM notifications_groupmember AS member
    JOIN notifications_group AS found ON found.id = member.group_id
    WHERE active AND kind IN ('like', 'comment')
"""
# From the commit of a like to that of its place in an inbox.
TO_INBOX = """
    SELECT extract(epoch FROM pg_xact_commit_timestamp(member.xmin) - pg_xact_commit_timestamp(liked.xmin))::float
    FROM reactions_like AS liked
    JOIN notifications_group AS found ON found.post_id = liked.post_id AND found.kind = 'like'
    JOIN notifications_groupmember AS member ON member.group_id = found.id AND member.actor_id = liked.person_id
    WHERE liked.created_at >= to_timestamp({since})
"""


@dataclass(frozen=True)
class Difference:
    """Facts that should be there and are not; that are there more than once, or that no client was answered for."""

    lost: int
    doubled: int
    examples: list[Fact]


def accepted(reactions: Iterable[Reaction]) -> Counter[Fact]:
    """What must be there once: of likes those that were not taken back."""
    facts = Counter[Fact]()
    for each in reactions:
        if each.wait is not None:
            kind = "comment" if each.kind == "comment" else "like"
            facts[kind, each.person, each.post, each.made] = 0 if each.kind == "unlike" else 1
    return +facts


def compare(wanted: Counter[Fact], database: Database) -> Difference:
    """With the reactions themselves, and with inboxes, each of which must have each once."""
    rows = Counter(map(tuple, database.rows(LIKES) + database.rows(COMMENTS)))
    inboxes = Counter(map(tuple, database.rows(IN_INBOXES)))
    lost = (wanted - rows) + (wanted - inboxes)
    doubled = (rows - wanted) + (inboxes - wanted)
    return Difference(lost.total(), doubled.total(), [*lost, *doubled][:5])
