"""Many rows in seconds: people, posts, shares, followers and notifications, by INSERT … SELECT."""

from dataclasses import dataclass

import psycopg2

# The first of the people m1, m2, … has this id plus one, so that statements need not look them up.
BASE = 1_000_000
FOLLOWED_BY_FEEDER, FOLLOWED_BY_READER = 3_000, 200
POSTS_PER_AUTHOR, POSTS_PER_SHARE = 33, 5

# Reader has the notifications, feeder follows many, star is followed by all, small by reader and feeder alone.
_NAMED = f"""
INSERT INTO users_person (id, username, name, bio, email, password, is_staff, is_superuser, suspended_reason)
SELECT {BASE} - place, name, '', '', '', '!', false, false, ''
FROM unnest(ARRAY['reader', 'feeder', 'star', 'small']) WITH ORDINALITY AS t(name, place) ON CONFLICT DO NOTHING;
INSERT INTO follows_follow (follower_id, followee_id) SELECT {BASE} - 1, {BASE} - 4 UNION ALL SELECT {BASE} - 2, {BASE} - 4
ON CONFLICT DO NOTHING;
INSERT INTO users_token (person_id, name, digest, last_used_on)
SELECT id, 'bench', encode(sha256(('sa_' || username)::bytea), 'hex'), (now() AT TIME ZONE 'UTC')::date
FROM users_person WHERE id BETWEEN {BASE} - 4 AND {BASE} - 1 ON CONFLICT DO NOTHING;
"""
READER, FEEDER, STAR, SMALL = BASE - 1, BASE - 2, BASE - 3, BASE - 4

_PEOPLE = f"""
INSERT INTO users_person (id, username, name, bio, email, password, is_staff, is_superuser, suspended_reason)
SELECT {BASE} + i, 'm' || i, '', '', '', '!', false, false, '' FROM generate_series(%(first)s, %(last)s) AS i;
SELECT setval(pg_get_serial_sequence('users_person', 'id'), {BASE} + %(last)s);
"""
# Ten a second, the last of them a minute ago; each author's lie far apart, as they do where many post.
_POSTS = f"""
INSERT INTO posts_post (author_id, body, created_at)
SELECT {BASE} + 1 + i %% %(authors)s, 'Good morning ' || i, now() - interval '60 s' - (%(last)s - i) * interval '0.1 s'
FROM generate_series(%(first)s, %(last)s) AS i;
"""
_SEEDED_POSTS = f"""
(SELECT id AS post_id, author_id, created_at, row_number() OVER (ORDER BY id) + %(first)s - 1 AS i
 FROM posts_post WHERE id > %(newest)s AND author_id > {BASE}) AS post
"""
_SHARES = f"""
INSERT INTO reactions_share (person_id, post_id, created_at)
SELECT {BASE} + 1 + (i * 7) %% %(authors)s, post_id, created_at + interval '30 s' FROM {_SEEDED_POSTS}
WHERE i %% {POSTS_PER_SHARE} = 0;
"""
_COUNTS = f"""
INSERT INTO tallies_tally (name, subject_id, total)
SELECT 'post.likes', post_id, 1 + i %% 50 FROM {_SEEDED_POSTS};
"""
_NOTIFICATIONS = f"""
INSERT INTO notifications_group (recipient_id, kind, post_id, count, newest_ids, at, seq, unread_seq)
SELECT {READER}, (ARRAY['like', 'share', 'comment', 'mention'])[1 + i %% 4], post_id, 1,
       ARRAY[{BASE} + 1 + i %% %(last)s], created_at + interval '10 s', i, i FROM {_SEEDED_POSTS};
INSERT INTO notifications_member (group_id, actor_id, at, delivered_at)
SELECT id, newest_ids[1], at, at FROM notifications_group
WHERE recipient_id = {READER} AND seq BETWEEN %(first)s AND %(last)s;
INSERT INTO notifications_inbox (person_id, seq) VALUES ({READER}, %(last)s)
ON CONFLICT (person_id) DO UPDATE SET seq = excluded.seq;
"""
_FOLLOWERS = f"""
INSERT INTO follows_follow (follower_id, followee_id)
SELECT {BASE} + i, {STAR} FROM generate_series(%(first)s, %(last)s) AS i;
"""


@dataclass(frozen=True)
class Followed:
    """That somebody follows so many of the people, spread evenly over the authors."""

    follower: int
    count: int


FOLLOWED = (Followed(FEEDER, FOLLOWED_BY_FEEDER), Followed(READER, FOLLOWED_BY_READER))


def authors_of(rows: int) -> int:
    """How many write, where there are so many posts."""
    return max(rows // POSTS_PER_AUTHOR, 1)


def grow(database_url: str, first: int, last: int) -> None:
    """So many of each, numbered `first` to `last`: people, their posts, followers of star, notifications of reader."""
    connection = psycopg2.connect(database_url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        # All rows fit together by construction: no trigger has to look again.
        cursor.execute("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'")
        cursor.execute(_NAMED)
        cursor.execute("SELECT coalesce(max(id), 0) FROM posts_post")
        (newest,) = cursor.fetchone()
        values = {"first": first, "last": last, "authors": authors_of(last), "newest": newest}
        import time
        for statement in (_PEOPLE, _POSTS, _SHARES, _COUNTS, _NOTIFICATIONS, _FOLLOWERS):
            t=time.time()
            cursor.execute(statement, values)
            print(statement[:60].strip(), time.time()-t)
        if first == 1:
            for each in FOLLOWED:
                _follow(cursor, each, authors_of(last))
        t=time.time()
        cursor.execute("VACUUM ANALYZE")
        print("vac", time.time()-t)
    connection.close()


def _follow(cursor, followed, authors):
    cursor.execute(f"INSERT INTO follows_follow (follower_id, followee_id, created_at) SELECT {followed.follower}, {BASE}+1+i*greatest({authors}/{followed.count},1), now() - interval '1 hour' from generate_series(0, least({followed.count},{authors})-1) as i")
