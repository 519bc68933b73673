"""Keep a post, and let it go. Each may be repeated."""

from django.db import connection

from socialapp.bookmarks.models import Bookmark
from socialapp.posts.models import Post
from socialapp.posts.operations import or_gone
from socialapp.sql import acting, visible

PURGE_BATCH = 1_000

_SAVE = f"""
WITH post AS (
    SELECT post.id FROM ({acting("%(person)s")}) AS actor
    CROSS JOIN posts_post AS post JOIN users_person AS author ON author.id = post.author_id
    WHERE post.id = %(post)s AND {visible("post", "author")}
), added AS (
    INSERT INTO bookmarks_bookmark (person_id, post_id) SELECT %(person)s, id FROM post
    ON CONFLICT DO NOTHING RETURNING id
)
SELECT EXISTS (SELECT FROM post), EXISTS (SELECT FROM added)
"""


def save(*, person_id: int, post_id: int) -> bool:
    """True the first time. Raises Post.DoesNotExist. One statement."""
    with or_gone(), connection.cursor() as cursor:
        cursor.execute(_SAVE, {"person": person_id, "post": post_id})
        post_exists, added = cursor.fetchone()
    if not post_exists:
        raise Post.DoesNotExist("There is no such post, or it may not be seen.")
    return bool(added)


def unsave(*, person_id: int, post_id: int) -> bool:
    """True when it was saved. Raises nothing: what is gone is not kept."""
    return bool(Bookmark.objects.filter(person_id=person_id, post_id=post_id).delete()[0])


def remove_bookmarks_of(person_id: int) -> bool:
    """Remove a batch of what someone kept. True while there may be more."""
    kept = Bookmark.objects.filter(person_id=person_id)
    return bool(kept.filter(pk__in=list(kept.values_list("pk", flat=True)[:PURGE_BATCH])).delete()[0])
