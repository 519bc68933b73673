"""The statement of keeping a post: one round trip, where the ORM would take five to hold the person and the post."""

from socialapp.sql import acting, visible_to

SAVE = f"""
WITH post AS (
    SELECT post.id FROM ({acting("%(person)s")}) AS actor
    CROSS JOIN posts_post AS post JOIN users_person AS author ON author.id = post.author_id
    WHERE post.id = %(post)s AND {visible_to("%(person)s", "post", "author")}
), added AS (
    INSERT INTO bookmarks_bookmark (person_id, post_id) SELECT %(person)s, id FROM post
    ON CONFLICT DO NOTHING RETURNING id
)
SELECT EXISTS (SELECT FROM post), EXISTS (SELECT FROM added)
"""
