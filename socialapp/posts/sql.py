"""What a post's text says beside its words: its tags and mentions made to be these, those whom it mentions notified.

One round trip, after a post was written or changed; none for a text without either.
"""

from socialapp.messaging.messages import ReactionAdded, ReactionRemoved
from socialapp.messaging.outbox import publish_sql
from socialapp.sql import active

# Whom the names in a text mean: not its author, nor whom nobody sees.
NAMED = f"""
    SELECT id AS person_id FROM users_person
    WHERE username = ANY(%(names)s) AND id <> %(author)s AND {active("users_person")}
"""
TAGS = "SELECT DISTINCT name FROM unnest(%(tags)s::text[]) AS name"

# Who is named first counts once, however often a text is edited: a mention that stays is not told again. Whoever wrote
# what is answered, or began the thread, is notified of the reply itself.
NAME = f"""
WITH gone_tags AS (
    DELETE FROM posts_posttag WHERE post_id = %(post)s AND name <> ALL(%(tags)s)
), new_tags AS (
    INSERT INTO posts_posttag (post_id, name) SELECT %(post)s, name FROM ({TAGS}) AS tag
    ON CONFLICT DO NOTHING
), gone AS (
    DELETE FROM posts_mention AS mention USING users_person AS person
    WHERE mention.post_id = %(post)s AND person.id = mention.person_id AND person.username <> ALL(%(names)s)
    RETURNING mention.person_id
), fresh AS (
    INSERT INTO posts_mention (post_id, person_id)
    SELECT %(post)s, person_id FROM ({NAMED}) AS named
    WHERE NOT EXISTS (
        SELECT FROM posts_post AS post LEFT JOIN posts_post AS beginning ON beginning.id = post.thread
        WHERE post.id = %(post)s AND person_id IN (post.reply_to_author, beginning.author_id)
    )
    ORDER BY person_id ON CONFLICT DO NOTHING
    RETURNING person_id
), added AS (
    SELECT person_id AS recipient_id, %(author)s AS actor_id, 'mention' AS kind, %(post)s AS post_id, 0 AS reply_id,
           clock_timestamp() AS at FROM fresh
), removed AS (
    SELECT person_id AS recipient_id, %(author)s AS actor_id, 'mention' AS kind, %(post)s AS post_id, 0 AS reply_id,
           clock_timestamp() AS at FROM gone
), said AS ({publish_sql(ReactionAdded, "added")}
), taken_back AS ({publish_sql(ReactionRemoved, "removed")})
SELECT EXISTS (SELECT FROM fresh) OR EXISTS (SELECT FROM gone)
"""
