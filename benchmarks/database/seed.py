"""Many rows in seconds, by INSERT … SELECT: people, posts, shares, followers, and inboxes that hold what they must.

All of it is as the product would have made it, so that `manage.py audit` finds nothing wrong in it.
"""

from dataclasses import dataclass
from typing import Any

import psycopg2

# The people m1, m2, … have this id plus their number, so that statements need not look them up.
BASE = 1_000_000
READER, FEEDER, STAR, SMALL, LONELY = (BASE - place for place in (1, 2, 3, 4, 5))
FOLLOWED_BY_FEEDER, FOLLOWED_BY_READER = 3_000, 200
POSTS_PER_AUTHOR, POSTS_PER_SHARE = 33, 5

# Reader is mentioned in each post, feeder follows many, all follow star, and nobody but these two follows small.
# Lonely follows as many, all of whom posted a day ago and have been silent since: the people of other benches.
_NAMED = f"""
INSERT INTO users_person (id, username, name, bio, email, password, is_staff, is_superuser, suspended_reason)
SELECT {BASE} - place, name, '', '', '', '!', false, false, ''
FROM unnest(ARRAY['reader', 'feeder', 'star', 'small', 'lonely']) WITH ORDINALITY AS named(name, place);
INSERT INTO users_token (person_id, name, digest, last_used_on)
SELECT id, 'bench', encode(sha256(('sa_' || username)::bytea), 'hex'), (now() AT TIME ZONE 'UTC')::date
FROM users_person WHERE id IN ({READER}, {FEEDER}, {STAR}, {SMALL});
"""
# Of the people of other benches; they are all that there are before the first of these rows.
# A day older, by their ids, too: each column that points at a post goes along, also the one without a foreign key.
_SILENT = """
DO $$ DECLARE
    day CONSTANT bigint := 86400000::bigint << 12;
    pointer record;
BEGIN
    UPDATE posts_post SET id = id - day, created_at = created_at - interval '1 day';
    UPDATE posts_post SET thread = thread - day WHERE thread IS NOT NULL;
    UPDATE notifications_groupmember SET reply_id = reply_id - day WHERE reply_id <> 0;
    UPDATE counters_counter SET subject_id = subject_id - day WHERE name LIKE 'post.%%';
    UPDATE counters_counterdelta SET subject_id = subject_id - day WHERE name LIKE 'post.%%';
    FOR pointer IN
        SELECT conrelid::regclass AS place, attname AS name FROM pg_constraint
        JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
        WHERE contype = 'f' AND confrelid = 'posts_post'::regclass
    LOOP
        EXECUTE format('UPDATE %%s SET %%I = %%I - $1', pointer.place, pointer.name, pointer.name) USING day;
    END LOOP;
END $$
"""
_PEOPLE = f"""
INSERT INTO users_person (id, username, name, bio, email, password, is_staff, is_superuser, suspended_reason)
SELECT {BASE} + i, 'm' || i, '', '', '', '!', false, false, '' FROM generate_series(%(first)s, %(last)s) AS i;
SELECT setval(pg_get_serial_sequence('users_person', 'id'), greatest(max(id), {BASE} + %(last)s)) FROM users_person;
"""
# A hundred a second, the last of them a minute ago; those of one author lie far apart, as they do where many post.
# Each lot has milliseconds of its own, and so no id twice.
_POSTS = f"""
DROP TABLE IF EXISTS fresh;
CREATE TEMP TABLE fresh AS
SELECT next_item_id(at) AS post_id, {BASE} + 1 + i %% %(authors)s AS author_id, at AS created_at, i
FROM generate_series(%(first)s, %(last)s) AS i CROSS JOIN LATERAL (
    SELECT date_trunc('second', now()) + interval '1 ms' * (%(first)s %% 7)
           - interval '60 s' - (%(last)s - i) * interval '10 ms' AS at
) AS moment;
INSERT INTO posts_post (id, author_id, body, created_at)
SELECT post_id, author_id, 'Good morning ' || i, created_at FROM fresh ORDER BY post_id;
INSERT INTO posts_mention (post_id, person_id) SELECT post_id, {READER} FROM fresh ORDER BY post_id;
"""
_SHARES = f"""
INSERT INTO reactions_share (id, person_id, post_id, created_at)
SELECT next_item_id(created_at + interval '30.005 s'), {BASE} + 1 + (i * 7) %% %(authors)s, post_id,
       created_at + interval '30.005 s'
FROM fresh WHERE i %% {POSTS_PER_SHARE} = 0 AND author_id <> {BASE} + 1 + (i * 7) %% %(authors)s;
INSERT INTO notifications_group (recipient_id, kind, post_id, count, newest_ids, at, seq, unread_seq)
SELECT author_id, 'share', post_id, 1, ARRAY[person_id], share.created_at, i, i
FROM fresh JOIN reactions_share AS share USING (post_id);
INSERT INTO notifications_inbox (person_id, seq)
SELECT recipient_id, max(seq) FROM notifications_group JOIN fresh USING (post_id) WHERE kind = 'share' GROUP BY 1
ON CONFLICT (person_id) DO UPDATE SET seq = greatest(notifications_inbox.seq, excluded.seq);
INSERT INTO counters_counter (name, subject_id, total) SELECT 'post.likes', post_id, 1 + i %% 50 FROM fresh;
"""
_MENTIONS = f"""
INSERT INTO notifications_group (recipient_id, kind, post_id, count, newest_ids, at, seq, unread_seq)
SELECT {READER}, 'mention', post_id, 1, ARRAY[author_id], created_at, i, i FROM fresh;
INSERT INTO notifications_inbox (person_id, seq) VALUES ({READER}, %(last)s)
ON CONFLICT (person_id) DO UPDATE SET seq = excluded.seq;
INSERT INTO notifications_groupmember (group_id, actor_id, at, delivered_at)
SELECT id, newest_ids[1], at, at FROM notifications_group JOIN fresh USING (post_id)
WHERE (recipient_id > {BASE} OR recipient_id = {READER}) AND kind IN ('share', 'mention');
"""
_FOLLOWERS = f"""
INSERT INTO follows_follow (follower_id, followee_id)
SELECT {BASE} + i, {STAR} FROM generate_series(%(first)s, %(last)s) AS i;
"""
# Spread evenly over those who write. They follow since an hour ago: older posts notify no one.
_FOLLOWED = f"""
INSERT INTO follows_follow (follower_id, followee_id, created_at)
SELECT person, {BASE} + 1 + (%(authors)s::bigint * place / most)::int, now() - interval '1 hour'
FROM unnest(ARRAY[{FEEDER}, {READER}], ARRAY[{FOLLOWED_BY_FEEDER}, {FOLLOWED_BY_READER}]) AS t(person, wanted)
CROSS JOIN LATERAL (SELECT least(wanted, %(authors)s) AS most) AS limited
CROSS JOIN LATERAL generate_series(0, most - 1) AS place;
INSERT INTO follows_follow (follower_id, followee_id) VALUES ({FEEDER}, {SMALL}), ({READER}, {SMALL});
INSERT INTO follows_follow (follower_id, followee_id)
SELECT {LONELY}, id FROM users_person WHERE username ~ '^p[0-9]+$' ORDER BY id LIMIT {FOLLOWED_BY_FEEDER};
"""
_TOLD_OF_FOLLOWS = """
INSERT INTO notifications_group (recipient_id, kind, count, at, seq, unread_seq)
SELECT followee_id, 'follow', count(*), max(created_at), 1, 1 FROM follows_follow
WHERE id > %(newest_follow)s GROUP BY 1
ON CONFLICT (recipient_id, kind, post_id) DO UPDATE SET count = notifications_group.count + excluded.count;
INSERT INTO notifications_groupmember (group_id, actor_id, at, delivered_at)
SELECT found.id, follower_id, created_at, created_at FROM follows_follow AS follow
JOIN notifications_group AS found ON found.recipient_id = followee_id AND kind = 'follow' AND post_id IS NULL
WHERE follow.id > %(newest_follow)s;
"""
_NEWEST = "SELECT coalesce(max(id), 0) FROM follows_follow"


@dataclass(frozen=True)
class Range:
    """The numbers of what is made: people, posts, followers, notifications."""

    first: int
    last: int


def grow(database_url: str, made: Range) -> None:
    """So many more of each: people, their posts, followers of star, notifications of reader."""
    connection = psycopg2.connect(database_url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            # All rows fit together by construction: no trigger has to look again.
            cursor.execute("SET session_replication_role = replica; SET work_mem = '256MB'")
            cursor.execute(_NEWEST)
            (newest_follow,) = cursor.fetchone() or (0,)
            values: dict[str, Any] = {
                "first": made.first, "last": made.last, "authors": max(made.last // POSTS_PER_AUTHOR, 1),
                "newest_follow": newest_follow,
            }  # fmt: skip
            begins = (_SILENT, _NAMED, _FOLLOWED) if made.first == 1 else ()
            for statement in (*begins, _PEOPLE, _POSTS, _SHARES, _MENTIONS, _FOLLOWERS, _TOLD_OF_FOLLOWS):
                cursor.execute(statement, values)
            cursor.execute("VACUUM ANALYZE")
            # Else it writes for minutes what was made in seconds, while it is measured.
            cursor.execute("CHECKPOINT")
    finally:
        connection.close()
