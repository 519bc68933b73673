"""A backlog of likes, made inside of the product: the same rows as if each had been accepted by itself."""

import time

from django.db import connection

from socialapp.counters import sql as counters
from socialapp.messaging import outbox
from socialapp.messaging.dispatch import wake_workers_now
from socialapp.messaging.messages import ReactionAdded
from socialapp.messaging.outbox import publish_sql

# As `reactions.sql.add`, of all rows (post_id, person_id) of `pair` at once. Waking workers is left to the sweep.
_LIKES = f"""
WITH pair AS MATERIALIZED ({{pairs}}), added AS (
    INSERT INTO reactions_like (post_id, person_id) SELECT post_id, person_id FROM pair
    ON CONFLICT DO NOTHING RETURNING post_id, person_id AS actor_id, created_at AS at
), fact AS (
    SELECT author_id AS recipient_id, actor_id, 'like' AS kind, post_id, 0 AS reply_id, at
    FROM added JOIN posts_post AS post ON post.id = added.post_id WHERE author_id <> actor_id
), counter AS ({counters.change("post.likes", "post_id", 1, "added")}
), message AS ({publish_sql(ReactionAdded, "fact")})
SELECT count(*) FROM fact
"""
_PEOPLE = """
    SELECT array_agg(person.id ORDER BY person.id) AS ids FROM users_person AS person WHERE username ~ '^[dp][0-9]+$'
"""
_POSTS = """
    SELECT array_agg(id ORDER BY id) AS ids FROM (
        SELECT post.id FROM posts_post AS post JOIN users_person AS author ON author.id = author_id
        WHERE username ~ '^p[0-9]+$' ORDER BY post.id LIMIT %(first)s + %(posts)s - 1
    ) AS few
"""
# The n-th like is of the n-th post, over and over; each lap is by the people after its author.
_SPREAD = f"""
    SELECT posts.ids[%(first)s + n %% %(posts)s] AS post_id,
           people.ids[1 + (%(first)s + n %% %(posts)s + %(lap)s + n / %(posts)s) %% cardinality(people.ids)]
               AS person_id
    FROM ({_PEOPLE}) AS people, ({_POSTS}) AS posts, generate_series(0, %(number)s - 1) AS n ORDER BY n
"""
_MORE_PEOPLE = """
INSERT INTO users_person (username, name, bio, email, password, is_staff, is_superuser, suspended_reason)
SELECT 'd' || n, '', '', '', '!', false, false, '' FROM generate_series(1, %s) AS n ON CONFLICT DO NOTHING
"""


def add_people(number: int) -> None:
    """Who like what is liked by many."""
    with connection.cursor() as cursor:
        cursor.execute(_MORE_PEOPLE, [number])
        cursor.execute("ANALYZE users_person")


def store(number: int, *, first: int, posts: int, lap: int) -> int:
    """So many likes that wait, of `posts` posts from the `first` on (from 1). Returns how many of them tell somebody.

    Each lap of the posts is by people of its own.
    """
    values = {"number": number, "first": first, "posts": posts, "lap": lap} | outbox.request()
    with connection.cursor() as cursor:
        cursor.execute(_LIKES.format(pairs=_SPREAD), values)
        (count,) = cursor.fetchone()
    return int(count)


def store_and_wake(number: int, *, first: int, posts: int, lap: int) -> tuple[int, float]:
    """Store them, then wake workers. Returns how many notify somebody, and when workers were woken (Unix time)."""
    stored, woken_at = store(number, first=first, posts=posts, lap=lap), time.time()
    wake_workers_now()
    return stored, woken_at
