"""The statements by which live streams learn what is new, for many people at once."""

from notifications.preferences.sql import muted_in_feeds, wants_new_posts
from socialapp.sql import Prepared, in_feeds, shown, visible_to_each

_MICROSECONDS = "(extract(epoch FROM created_at) * 1000000)::bigint"


def newest(condition: str) -> str:
    """A SELECT of the newest posts that begin a thread, by id: those with `condition`."""
    return f"""
SELECT id, author_id, {_MICROSECONDS} FROM posts_post
WHERE {condition} AND reply_to_author IS NULL AND {shown("posts_post")} AND {in_feeds("posts_post")}
ORDER BY id DESC LIMIT %(limit)s
"""


POSTS_FOR = f"""
SELECT post.id, post.author_id, post.at FROM (
    SELECT followee_id AS id FROM follows_follow
    WHERE follower_id = %(person)s AND NOT {muted_in_feeds("%(person)s", "followee_id")}
    UNION ALL SELECT %(person)s
) AS who CROSS JOIN LATERAL (
    SELECT id, author_id, {_MICROSECONDS} AS at FROM posts_post
    WHERE author_id = who.id AND {shown("posts_post")} AND {in_feeds("posts_post")}
      AND reply_to_author IS NULL AND id >= item_id_at(to_timestamp(%(since)s / 1000000.0))
      AND created_at > to_timestamp(%(since)s / 1000000.0)
    ORDER BY id DESC LIMIT %(limit)s
) AS post
ORDER BY post.id DESC LIMIT %(limit)s
"""
ONLINE_FOLLOWERS = f"""
SELECT followee_id, follower_id, {wants_new_posts("follower_id", "followee_id")}
FROM follows_follow WHERE followee_id = ANY(%(authors)s) AND follower_id = ANY(%(people)s)
  AND NOT {muted_in_feeds("follower_id", "followee_id")}
"""
VISIBLE = Prepared(
    f"""
SELECT who.id, post.id FROM unnest(%(people)s::bigint[], %(posts)s::bigint[]) AS who(id, post_id)
JOIN posts_post AS post ON post.id = who.post_id JOIN users_person AS author ON author.id = post.author_id
WHERE {visible_to_each("who.id", "post", "author")}
""",
    people="bigint[]",
    posts="bigint[]",
)
GROUPS = """
SELECT who.id, found.id, coalesce(found.unread_seq > coalesce(mark.seq, 0), false)
FROM unnest(%(people)s::bigint[], %(seqs)s::bigint[]) AS who(id, seq)
LEFT JOIN notifications_readmark AS mark ON mark.person_id = who.id
CROSS JOIN LATERAL (
    SELECT id, seq, unread_seq FROM notifications_group
    WHERE recipient_id = who.id AND seq > who.seq AND count > 0 ORDER BY seq DESC LIMIT %(limit)s
) AS found
ORDER BY who.id, found.seq DESC
"""
