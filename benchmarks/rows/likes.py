"""Many likes at once, as if each had been accepted: the same rows as the product's own statement makes."""

from reactions.statements import VISIBLE_POST
from socialapp.messaging.messages import ReactionAdded
from socialapp.messaging.outbox import publish_sql
from socialapp.tallies.operations import change_sql

# Of `pair`, the rows (post_id, person_id): like, count and message, as `reactions.statements.add` makes them of one.
LIKES = f"""
WITH pair AS MATERIALIZED ({{pairs}}), added AS (
    INSERT INTO reactions_like (post_id, person_id) SELECT post_id, person_id FROM pair
    ON CONFLICT DO NOTHING RETURNING post_id, person_id AS actor_id, created_at AS at
), fact AS (
    SELECT author_id AS recipient_id, actor_id, 'like' AS kind, post_id, 0 AS comment_id, at
    FROM added JOIN posts_post AS post ON post.id = added.post_id WHERE author_id <> actor_id
), tally AS ({change_sql("post.likes", "post_id", 1, "added")}
), message AS ({publish_sql(ReactionAdded, "fact")})
SELECT count(*) FROM added
"""
