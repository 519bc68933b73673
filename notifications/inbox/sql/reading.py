"""What an inbox shows, and what its reader has read."""

from notifications.preferences.sql import wants_new_posts
from socialapp.sql import Prepared, active, in_feeds, shown, visible_to_each

# All that came up to `until` is read; NULL: all that is there. The mark goes up to where the first later group begins
# to be unread, so that it takes in what was marked unread since.
#
# Marks of single new posts count while they are younger than the mark of all; so those that the last one overruled are
# kept until the next, and the last one can be undone.
MARK_ALL_READ = """
WITH seen AS (
    SELECT coalesce(
        (SELECT min(newer.unread_seq) - 1 FROM notifications_group AS newer
         WHERE newer.recipient_id = %(person)s AND newer.count > 0
           AND newer.seq > %(until)s::bigint AND newer.unread_seq > %(until)s::bigint),
        (SELECT seq FROM notifications_inbox WHERE person_id = %(person)s), 0
    ) AS seq, least(clock_timestamp(), %(until_at)s::timestamptz) AS at
), overruled AS (
    DELETE FROM notifications_postmark WHERE person_id = %(person)s
     AND at <= (SELECT posts_at FROM notifications_readmark WHERE person_id = %(person)s)
)
INSERT INTO notifications_readmark AS mark (person_id, seq, posts_at, version, previous_seq)
SELECT %(person)s, seq, at, 1, 0 FROM seen
ON CONFLICT (person_id) DO UPDATE SET seq = greatest(mark.seq, excluded.seq),
    posts_at = greatest(mark.posts_at, excluded.posts_at), version = mark.version + 1,
    previous_seq = mark.seq, previous_posts_at = mark.posts_at
"""
NOTE_SHOWN = """
INSERT INTO notifications_readmark AS mark (person_id, shown_seq, shown_at)
VALUES (%(person)s, %(seq)s, %(at)s)
ON CONFLICT (person_id) DO UPDATE SET shown_seq = greatest(mark.shown_seq, excluded.shown_seq),
    shown_at = greatest(mark.shown_at, excluded.shown_at)
WHERE mark.shown_seq IS NULL OR mark.shown_seq < excluded.shown_seq OR mark.shown_at < %(newest_post_at)s
"""
# Only new posts of people they follow, which replies are not: no one fills the table with marks of others.
#
# Being unread is no younger than it must be to count, so that the next mark of all overrules it, whatever that was
# bound by.
MARK_POSTS = f"""
INSERT INTO notifications_postmark (person_id, post_id, unread, at)
SELECT follower_id, post.id, %(unread)s, CASE
    WHEN %(unread)s THEN greatest(post.created_at, mark.posts_at) + interval '1 microsecond'
    ELSE clock_timestamp() END
FROM posts_post AS post JOIN follows_follow ON followee_id = author_id AND follower_id = %(person)s
LEFT JOIN notifications_readmark AS mark ON mark.person_id = %(person)s
WHERE post.id = ANY(%(posts)s) AND post.thread IS NULL AND {in_feeds("post")}
ORDER BY post.id
ON CONFLICT (person_id, post_id) DO UPDATE SET unread = excluded.unread, at = excluded.at
"""

# --- What an inbox shows. ---

UNREAD_CAP = 100

MARKS = """
SELECT who.id, coalesce(inbox.seq, 0), coalesce(mark.version, 0)
FROM unnest(%(people)s::bigint[]) AS who(id)
LEFT JOIN notifications_inbox AS inbox ON inbox.person_id = who.id
LEFT JOIN notifications_readmark AS mark ON mark.person_id = who.id
"""
# The order of the unread groups does not matter, but it keeps the planner on the index: where most groups are one
# person's, and all of them are read, it would look for a first hundred through the whole table. The author is looked at
# after the new post, because most of the people someone follows have none.
STATES = Prepared(
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
          AND (found.post_id IS NULL OR ({visible_to_each("who.id", "post", "author")}))
        ORDER BY found.unread_seq DESC LIMIT {UNREAD_CAP}
    ) AS few
) AS groups
CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM (
        SELECT FROM follows_follow AS follow
        CROSS JOIN LATERAL (
            SELECT post.author_id FROM posts_post AS post
            WHERE post.author_id = follow.followee_id AND {shown("post")} AND {in_feeds("post")}
              AND post.reply_to_author IS NULL
              AND post.id >= item_id_at(greatest(follow.created_at, mark.posts_at))
              AND post.created_at > greatest(follow.created_at, mark.posts_at)
              AND NOT EXISTS (
                SELECT FROM notifications_postmark AS marked
                WHERE marked.person_id = who.id AND marked.post_id = post.id AND NOT marked.unread
              ) LIMIT {UNREAD_CAP}
        ) AS fresh
        WHERE follow.follower_id = who.id AND {wants_new_posts("who.id", "follow.followee_id")}
          AND (SELECT {active("author")} FROM users_person AS author WHERE author.id = fresh.author_id)
        LIMIT {UNREAD_CAP}
    ) AS few
) AS posts
CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM (
        SELECT FROM notifications_postmark AS marked JOIN posts_post AS post ON post.id = marked.post_id
        JOIN users_person AS author ON author.id = post.author_id
        WHERE marked.person_id = who.id AND marked.unread AND {visible_to_each("who.id", "post", "author")}
          AND {in_feeds("post")} AND post.created_at <= mark.posts_at AND marked.at > mark.posts_at LIMIT {UNREAD_CAP}
    ) AS few
) AS marked_unread
""",
    people="bigint[]",
)

# At most so many of a group's newest replies are searched for one that its recipient may see, and so many are counted.
_NEWEST = 5
_COUNTED = 1_000
NEWEST_REPLIES = Prepared(
    f"""
SELECT span.group_id, newest.reply_ids, (
    SELECT count(*) FROM (
        SELECT FROM notifications_groupmember WHERE group_id = span.group_id AND active LIMIT {_COUNTED}
    ) AS few
)
FROM unnest(%(groups)s::bigint[], %(firsts)s::bigint[], %(lasts)s::bigint[]) AS span(group_id, first, last)
JOIN notifications_group AS found ON found.id = span.group_id
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(post.id ORDER BY few.at DESC, few.id DESC), ARRAY[]::bigint[]) AS reply_ids FROM (
        SELECT reply_id, at, id FROM notifications_groupmember AS member
        WHERE member.group_id = span.group_id AND active AND id BETWEEN span.first AND span.last
        ORDER BY at DESC, id DESC LIMIT {_NEWEST}
    ) AS few JOIN posts_post AS post ON post.id = few.reply_id JOIN users_person AS author ON author.id = post.author_id
    WHERE {visible_to_each("found.recipient_id", "post", "author")}
) AS newest
""",
    **dict.fromkeys(("groups", "firsts", "lasts"), "bigint[]"),
)
