"""The badge, and how far an inbox has come: one statement for as many people as are asked about."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

from notifications.inbox.followed_posts import WANTED
from socialapp.sql import Prepared

UNREAD_CAP = 100


@dataclass(frozen=True, slots=True)
class InboxState:
    """How someone's inbox stands. `seq` and `version` grow with each change: of what is in it, and of what is read.

    `unread` is at most UNREAD_CAP, which stands for that many or more. `at` is the
    database's time, in microseconds since 1970.
    """

    seq: int
    version: int
    unread: int
    at: int


def inbox_states(person_ids: Collection[int]) -> dict[int, InboxState]:
    """{person id: InboxState}. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDINGS, {"people": list(person_ids)})
        return {person_id: InboxState(*values) for person_id, *values in cursor.fetchall()}


def unread_count(person_id: int) -> int:
    """How many entries are unread; UNREAD_CAP stands for that many or more. One statement."""
    return inbox_states([person_id])[person_id].unread


def marks(person_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """{person id: (seq, version)} and nothing else, so cheap enough to ask about thousands every few seconds."""
    with connection.cursor() as cursor:
        cursor.execute(_MARKS, {"people": list(person_ids)})
        return {person_id: (seq, version) for person_id, seq, version in cursor.fetchall()}


_MARKS = """
SELECT who.id, coalesce(inbox.seq, 0), coalesce(mark.version, 0)
FROM unnest(%(people)s::bigint[]) AS who(id)
LEFT JOIN notifications_inbox AS inbox ON inbox.person_id = who.id
LEFT JOIN notifications_readmark AS mark ON mark.person_id = who.id
"""
_POST_VISIBLE = "post.deleted_at IS NULL AND post.hidden_at IS NULL"
_AUTHOR_VISIBLE = "author.suspended_at IS NULL AND author.deleted_at IS NULL"
_VISIBLE = f"{_POST_VISIBLE} AND {_AUTHOR_VISIBLE}"
# The order of the unread groups is of no matter, but it keeps the planner on the index: where most groups are one
# person's, and all of them are read, it would look for a first hundred through the whole table. The author of a new
# post is looked at after it: of most whom someone follows there is none.
_STANDINGS = Prepared(
    f"""
SELECT who.id, coalesce(inbox.seq, 0), mark.version, least(groups.n + posts.n + marked_unread.n, {UNREAD_CAP}),
       (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
FROM unnest(%(people)s::bigint[]) AS who(id)
LEFT JOIN notifications_inbox AS inbox ON inbox.person_id = who.id
CROSS JOIN LATERAL (
    SELECT coalesce(max(seq), 0) AS seq, max(posts_at) AS posts_at, coalesce(max(version), 0) AS version
    FROM notifications_readmark WHERE person_id = who.id
) AS mark
CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM (
        SELECT FROM notifications_group AS found
        LEFT JOIN posts_post AS post ON post.id = found.post_id
        LEFT JOIN users_person AS author ON author.id = post.author_id
        WHERE found.recipient_id = who.id AND found.unread_seq > mark.seq AND found.count > 0
          AND {_VISIBLE} ORDER BY found.unread_seq DESC LIMIT {UNREAD_CAP}
    ) AS few
) AS groups
CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM (
        SELECT FROM follows_follow AS follow
        CROSS JOIN LATERAL (
            SELECT post.author_id FROM posts_post AS post
            WHERE post.author_id = follow.followee_id AND {_POST_VISIBLE}
              AND post.reply_to_author IS NULL
              AND post.id >= item_id_at(greatest(follow.created_at, mark.posts_at))
              AND post.created_at > greatest(follow.created_at, mark.posts_at)
              AND NOT EXISTS (
                SELECT FROM notifications_postmark AS marked
                WHERE marked.person_id = who.id AND marked.post_id = post.id AND NOT marked.unread
              ) LIMIT {UNREAD_CAP}
        ) AS fresh
        WHERE follow.follower_id = who.id AND {WANTED.format(person="who.id", followee="follow.followee_id")}
          AND (SELECT {_AUTHOR_VISIBLE} FROM users_person AS author WHERE author.id = fresh.author_id)
        LIMIT {UNREAD_CAP}
    ) AS few
) AS posts
CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM (
        SELECT FROM notifications_postmark AS marked JOIN posts_post AS post ON post.id = marked.post_id
        JOIN users_person AS author ON author.id = post.author_id
        WHERE marked.person_id = who.id AND marked.unread AND {_VISIBLE}
          AND post.created_at <= mark.posts_at AND marked.at > mark.posts_at LIMIT {UNREAD_CAP}
    ) AS few
) AS marked_unread
""",
    people="bigint[]",
)
