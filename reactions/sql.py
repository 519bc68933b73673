"""The statements behind reacting: the reaction, its count and its message stored or not stored as one.

One round trip each. Three separate ones cost 2.1 ms of CPU in the web process, one 0.67 ms.
"""

from socialapp.counters import sql as counters
from socialapp.messaging.messages import ActivityKind, ReactionAdded, ReactionRemoved
from socialapp.messaging.outbox import publish_sql
from socialapp.posts.sql import HELD, NAMED, TAGS
from socialapp.sql import acting, active, allows, blocks_between, is_open, reachable, shown, visible_to_each, width

# Only if the actor may act: a reaction of a person who was suspended meanwhile would be counted, but not listed.
VISIBLE_POST = f"""
    SELECT post.id, post.author_id FROM ({acting("%(person)s")}) AS actor
    CROSS JOIN posts_post AS post JOIN users_person AS author ON author.id = post.author_id
    WHERE post.id = %(post)s AND {visible_to_each("%(person)s", "post", "author")}
"""
# A post that may be shared is open to all, so that nothing else about the person who shares it is checked.
ANYBODYS = is_open("post")
# Callers are people, or digests of tokens. A token used for the first time today is not found: its use is to be noted.
# Nor is one that has ended, or may not write: why, `BearerAuthentication.check` says.
CALLERS = f"""
        SELECT n, post_id, request_id, coalesce(token.person_id, asked.person_id) AS person_id
        FROM unnest(%(posts)s::bigint[], %(people)s::bigint[], %(digests)s::text[], %(requests)s::text[])
             WITH ORDINALITY AS asked (post_id, person_id, digest, request_id, n) LEFT JOIN users_token AS token
             ON token.digest = asked.digest AND token.last_used_on = current_date AND {allows("token", "write")}"""
ONE = "post_id = %(post)s AND person_id = %(person)s"


def add(table: str, kind: ActivityKind, which: str = "true") -> str:
    """Store reactions of several callers, to posts that they may see and for which `which` is true.

    Yields for each (actor, post exists, is new, author is notified). The actor is the caller's id, or null if they may
    not act. %(posts)s has the posts, %(people)s or %(digests)s the callers, %(requests)s the ids of the requests. Locks
    are always taken in the same order. The first of several equal reactions is the new one. People are not notified
    of their own reactions.
    """
    return f"""
    WITH asked AS MATERIALIZED (
        {CALLERS}
    ), actor AS MATERIALIZED (
        SELECT asked.n, asked.post_id, asked.request_id, person.id
        FROM asked JOIN users_person AS person ON person.id = asked.person_id
        WHERE {active("person")} FOR KEY SHARE OF person
    ), post AS MATERIALIZED (
        SELECT actor.n, actor.id AS actor_id, actor.request_id, post.id, post.author_id
        FROM actor JOIN posts_post AS post ON post.id = actor.post_id
        JOIN users_person AS author ON author.id = post.author_id
        WHERE {visible_to_each("actor.id", "post", "author")} AND {which}
    ), first AS MATERIALIZED (
        SELECT DISTINCT ON (id, actor_id) * FROM post ORDER BY id, actor_id, n
    ), added AS (
        INSERT INTO {table} (post_id, person_id) SELECT id, actor_id FROM first ORDER BY id, actor_id
        ON CONFLICT DO NOTHING RETURNING post_id, person_id AS actor_id, created_at AS at
    ), fact AS (
        SELECT author_id AS recipient_id, added.actor_id, '{kind}' AS kind, post_id, 0 AS reply_id, at, request_id
        FROM added JOIN first ON first.id = added.post_id AND first.actor_id = added.actor_id
        WHERE author_id <> added.actor_id
    ), counter AS ({counters.change(f"post.{kind}s", "post_id", 1, "added")}
    ), message AS ({publish_sql(ReactionAdded, "fact", of_one_request=False)})
    SELECT actor.id, post.n IS NOT NULL, added.at IS NOT NULL,
           added.at IS NOT NULL AND first.author_id <> first.actor_id
    FROM asked LEFT JOIN actor USING (n) LEFT JOIN post USING (n) LEFT JOIN first USING (n)
    LEFT JOIN added ON added.post_id = first.id AND added.actor_id = first.actor_id
    ORDER BY n
    """


def remove(table: str, kind: ActivityKind, which: str) -> str:
    """Yields how many were removed, and whether anyone's inbox changes."""
    return f"""
    WITH removed AS (
        DELETE FROM {table} WHERE {which} RETURNING post_id, person_id AS actor_id, uncounted
    ), fact AS (
        SELECT author_id AS recipient_id, actor_id, '{kind}' AS kind, post_id, 0 AS reply_id, clock_timestamp() AS at
        FROM removed JOIN posts_post AS post ON post.id = removed.post_id WHERE author_id <> actor_id
    ), counter AS ({counters.change(f"post.{kind}s", "post_id", -1, "removed WHERE uncounted IS NULL")}
    ), message AS ({publish_sql(ReactionRemoved, "fact")})
    SELECT count(*), EXISTS (SELECT FROM fact) FROM removed
    """


def _notified(replies: str) -> str:
    """A SELECT of who is notified of `replies`, and how: the author of the post that is answered, and of the thread.

    Each is notified once, and no one of their own replies. The thread's author is notified only of replies that are
    open to all: they may not see others, unless these mention them. Posts do not notify the same people of a mention.
    """
    return f"""
    SELECT answered_author_id AS recipient_id,
           CASE WHEN begins_thread THEN '{ActivityKind.COMMENT}' ELSE '{ActivityKind.REPLY}' END AS kind,
           answered_id AS post_id, actor_id, reply_id, at FROM {replies} WHERE answered_author_id <> actor_id
    UNION ALL
    SELECT beginner_id, '{ActivityKind.COMMENT}', thread, actor_id, reply_id, at
    FROM {replies} WHERE NOT answers_beginning AND is_open AND beginner_id NOT IN (actor_id, reply_to_author)
    """


def _replies(at: str, which: str) -> str:
    """A SELECT of replies as `_notified` wants them."""
    return f"""
    SELECT reply.id AS reply_id, reply.author_id AS actor_id, {at} AS at, answered.id AS answered_id,
           answered.author_id AS answered_author_id, reply.reply_to_author,
           answered.thread IS NULL AS begins_thread, reply.reply_to_id IS NOT DISTINCT FROM reply.thread
           AS answers_beginning, reply.thread, beginning.author_id AS beginner_id, reply.uncounted,
           {is_open("reply")} AS is_open
    FROM posts_post AS reply LEFT JOIN posts_post AS answered ON answered.id = reply.reply_to_id
    LEFT JOIN posts_post AS beginning ON beginning.id = reply.thread
    WHERE {which}
    """


# The visibility of a reply that asks for %(visibility)s: null, if it may not be that wide and does not give way.
_AUDIENCE = f"""
    CASE WHEN {width("%(visibility)s")} >= {width("post.visibility")} THEN %(visibility)s
         WHEN %(gives_way)s THEN post.visibility END
"""
# The answered post is not removed meanwhile: the removal waits, or came first, and then there is nothing to answer.
#
# Only replies that are open to all are counted for everybody. One that is not mentions the author of what it answers.
# One that is held is neither counted nor does it notify; its caller gives neither tags nor names.
ADD_REPLY = f"""
WITH post AS MATERIALIZED (
    SELECT post.id, post.author_id, coalesce(post.thread, post.id) AS thread, post.thread IS NULL AS begins_thread,
           beginning.author_id AS beginner_id, {_AUDIENCE} AS visibility,
           {reachable("post.author_id", "%(person)s")} AND {reachable("beginning.author_id", "%(person)s")}
           AS is_reachable
    FROM ({VISIBLE_POST}) AS visible JOIN posts_post AS post ON post.id = visible.id
    LEFT JOIN posts_post AS beginning ON beginning.id = post.thread
    WHERE NOT {blocks_between("beginning.author_id", "%(person)s")}
    FOR KEY SHARE OF post
), added AS (
    INSERT INTO posts_post AS reply (
        author_id, body, reply_to_id, reply_to_author, thread, client_key, client_digest, hidden_at,
        visibility, warning, sensitive, language
    )
    SELECT %(person)s, %(body)s, id, author_id, thread, %(key)s, %(digest)s, {HELD},
           visibility, %(warning)s, %(sensitive)s, %(language)s
    FROM post WHERE visibility IS NOT NULL AND is_reachable
    ON CONFLICT (author_id, client_key) WHERE client_key <> '' DO NOTHING
    RETURNING id, author_id AS actor_id, reply_to_author, thread, created_at AS at, {is_open("reply")} AS is_open
), tag AS (
    INSERT INTO posts_posttag (post_id, name) SELECT added.id, tag.name FROM added CROSS JOIN ({TAGS}) AS tag
), addressee AS (
    INSERT INTO posts_mention (post_id, person_id) SELECT id, reply_to_author FROM added
    WHERE NOT is_open AND reply_to_author <> actor_id
), mention AS (
    INSERT INTO posts_mention (post_id, person_id)
    SELECT added.id, named.person_id FROM added CROSS JOIN post CROSS JOIN ({NAMED}) AS named
    WHERE named.person_id <> post.author_id AND (NOT is_open OR named.person_id IS DISTINCT FROM post.beginner_id)
    RETURNING post_id, person_id
), cause AS (
    SELECT added.id AS reply_id, actor_id, at, post.id AS answered_id, post.author_id AS answered_author_id,
           reply_to_author, begins_thread, begins_thread AS answers_beginning, added.thread, beginner_id, is_open
    FROM added CROSS JOIN post WHERE NOT %(held)s
), fact AS ({_notified("cause")}
    UNION ALL
    SELECT person_id, '{ActivityKind.MENTION}', post_id, actor_id, 0, at FROM mention JOIN added ON id = post_id
), counter AS ({counters.change("post.comments", "answered_id", 1, "cause WHERE is_open")}
), message AS ({publish_sql(ReactionAdded, "fact")})
SELECT post.id IS NOT NULL, post.is_reachable, post.visibility, added.id, added.reply_to_author, added.thread, added.at,
       EXISTS (SELECT FROM fact), EXISTS (SELECT FROM fact WHERE post_id = post.id)
FROM (VALUES (true)) AS always LEFT JOIN post ON true LEFT JOIN added ON true
"""


def announce(message: type[ReactionAdded | ReactionRemoved]) -> str:
    """Count the replies in `ids`, and notify of them, or no longer. The caller holds their locks.

    Yields whether somebody is notified. What is shown again is as old as it was: nothing was done anew.
    """
    counted = "cause WHERE uncounted IS NULL AND answered_id IS NOT NULL AND is_open"
    by, at = (1, "reply.created_at") if message is ReactionAdded else (-1, "clock_timestamp()")
    return f"""
    WITH cause AS MATERIALIZED ({_replies(at, "reply.id = ANY(%(ids)s)")}
    ), fact AS ({_notified("cause")}
    ), counter AS ({counters.change("post.comments", "answered_id", by, counted)}
    ), message AS ({publish_sql(message, "fact")})
    SELECT EXISTS (SELECT FROM fact)
    """


APPEARED = announce(ReactionAdded)
DISAPPEARED = announce(ReactionRemoved)

# For a person who was suspended, or is back. What is deleted or hidden does not count either way.
SETTLE_LIKES = counters.settle("reactions_like", "post.likes", "post_id", "uncounted")
SETTLE_SHARES = counters.settle("reactions_share", "post.shares", "post_id", "uncounted")
_COUNTED_REPLIES = f"{shown('posts_post')} AND {is_open('posts_post')}"
SETTLE_REPLIES = counters.settle("posts_post", "post.comments", "reply_to_id", "uncounted", counts=_COUNTED_REPLIES)

# What every inbox must hold of reactions (for `manage.py audit`).
_STANDING = _replies("reply.created_at", f"reply.thread IS NOT NULL AND {shown('reply')}")


def _facts_of(table: str, kind: ActivityKind) -> str:
    return (
        f"SELECT author_id AS recipient_id, '{kind}' AS kind, post.id AS post_id, person_id AS actor_id, 0 AS reply_id "
        f"FROM {table} JOIN posts_post AS post ON post.id = post_id WHERE author_id <> person_id"
    )


_LIKES, _SHARES = _facts_of("reactions_like", ActivityKind.LIKE), _facts_of("reactions_share", ActivityKind.SHARE)
FACTS = f"""{_LIKES} UNION ALL {_SHARES} UNION ALL
SELECT recipient_id, kind, post_id, actor_id, reply_id FROM ({_notified(f"({_STANDING}) AS standing")}) AS reply
"""
